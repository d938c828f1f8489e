"""`bloomfield demo`: the main job on real servers, from nothing to audited orders."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from aiohttp import ClientSession
from rich.console import Console
from rich.table import Table

from ops import audit
from ops.demo import shop
from ops.demo.counter import counting, most_wanted
from ops.demo.flash_sale import flash_sale
from ops.demo.journeys import JourneyReport, UnexpectedTurn, buys, dawdles, declined, hears_thrice, sold_out
from ops.demo.shop import BASKET_LINES, SCARCE
from ops.demo.window import looks_around, picture
from ops.products.files import Product
from ops.servers.stack import Stack
from ops.shoppers import BROKEN, EdgeRefused, Shopper, StaffClient, Unanswered, session

app = typer.Typer(help=__doc__)

HOLD_SECONDS = 20  # of the demonstration: long enough to pay, short enough to see a hold end
SHOPPERS_AT_ONCE = 4
AS_PROMISED = "as promised"

Journey = Callable[[Callable[[str], None]], Awaitable[int]]


@app.callback(invoke_without_command=True)
def demo(
    seed: Annotated[int, typer.Option(help="Of the baskets.")] = 7,
    orders: Annotated[int, typer.Option(min=1, help="Ordinary baskets, the smallest first.")] = len(BASKET_LINES),
    products: Annotated[int, typer.Option(min=40, help="How many of the florist's 305 are on sale.")] = 305,
    down: Annotated[bool, typer.Option("--down", help="Stop everything afterwards.")] = False,
) -> None:
    """Start everything, let shoppers buy, follow each order, audit the books. Leaves the servers up to look around."""
    say = Console()
    stack = Stack(environment={"BLOOMFIELD_HOLD_SECONDS": str(HOLD_SECONDS)})
    try:
        as_promised = demonstrate(stack, seed, orders, products, say)
    finally:
        if down:
            stack.down()
    if not down:
        say.print(f"the shop: {stack.addresses.api}/ (open it in a browser)")
        say.print(
            f"look around: `. .venv/bin/activate`, `bloomfield status`, `bloomfield why {SCARCE}`; stop: `make down`"
        )
    if not as_promised:
        say.print("[bold red]demo: NOT as promised[/bold red]")
        raise typer.Exit(1)
    say.print("[bold green]demo: every order, pound and unit accounted for[/bold green]")


def demonstrate(stack: Stack, seed: int, orders: int, products: int, say: Console) -> bool:
    """Everything from the first process to the verdict; returns whether all went as promised."""
    began = time.monotonic()
    stack.up()
    say.print(f"[bold]everything is up[/bold] after {time.monotonic() - began:.0f} s")
    reports = asyncio.run(_shop(stack, seed, orders, shop.products(products), say))
    _summary(say, reports)
    settings = stack.settings()
    verdict = audit.run(
        settings, postgres=True, settled=True, stripe=settings.stripe, report=lambda line: say.print(f"  {line}")
    )
    audit.show(verdict, say)
    failed = [one for one in reports if one.outcome != AS_PROMISED]
    say.print(f"demo took {time.monotonic() - began:.0f} s; {len(reports)} journeys, {len(failed)} went wrong")
    return verdict.ok and not failed


async def _shop(stack: Stack, seed: int, orders: int, on_sale: list[Product], say: Console) -> list[JourneyReport]:
    settings = stack.settings()
    async with session() as http:
        staff = StaffClient(settings, http, "demo")
        await shop.open_shop(staff, on_sale, say)
        await shop.restock_scarce(staff)
        return await _journeys(stack, http, on_sale, shop.baskets(seed, on_sale), orders, say)


async def _journeys(
    stack: Stack, http: ClientSession, on_sale: list[Product], some: list[dict[str, int]], orders: int, say: Console
) -> list[JourneyReport]:
    settings = stack.settings()

    staff = StaffClient(settings, http, "demo")

    def shopper() -> Shopper:
        return Shopper(settings, http)

    plan: list[tuple[str, Journey]] = [
        ("picture", lambda tell: picture(staff, on_sale[0], tell)),
        ("search", lambda tell: looks_around(shopper(), tell)),
        ("sold out", lambda tell: sold_out(shopper(), tell)),
        ("expired hold", lambda tell: dawdles(shopper(), settings.hold_seconds, tell)),
        ("declined card", lambda tell: declined(shopper(), some[3], tell)),
        ("3-D Secure", lambda tell: buys(shopper(), some[4], tell, card="pm_card_authenticationRequired")),
        ("flash sale", lambda tell: flash_sale(staff, shopper, next(iter(some[2])), tell)),
        ("webhooks thrice", lambda tell: hears_thrice(shopper(), some[5], tell)),
        *((f"{len(lines)} lines", lambda tell, lines=lines: buys(shopper(), lines, tell)) for lines in some[:orders]),
    ]
    gate = asyncio.Semaphore(SHOPPERS_AT_ONCE)

    async def walk(name: str, journey: Journey) -> JourneyReport:
        reports = JourneyReport(name)

        def tell(step: str) -> None:
            reports.steps.append(step)
            say.print(f"  [cyan]{name:>15}[/cyan]  {step}")

        async with gate:
            try:
                reports.pence = await journey(tell)
                reports.outcome = AS_PROMISED
            except (UnexpectedTurn, Unanswered, EdgeRefused, KeyError, ValueError, *BROKEN) as error:
                reports.outcome = f"{type(error).__name__}: {error}"
                tell(f"[red]{reports.outcome}[/red]")
        return reports

    watched = most_wanted(some[:orders])
    say.print(f"a page shows how many there are of {watched}, live")
    async with counting(
        http, settings.api, watched, lambda left: say.print(f"  [magenta]{'live':>15}[/magenta]  {left} left")
    ):
        return list(await asyncio.gather(*(walk(name, journey) for name, journey in plan)))


def _summary(say: Console, reports: list[JourneyReport]) -> None:
    table = Table("journey", "outcome", "captured", title="What became of the shoppers")
    for one in reports:
        table.add_row(one.name, one.outcome, f"£{one.pence / 100:,.2f}" if one.pence else "–")
    say.print(table)
