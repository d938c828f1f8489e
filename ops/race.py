"""`bloomfield race`: shoppers race over HTTP for too few units while workers, the sink and the edge are killed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

import typer

from ops.proof import SAY, a_seed, audit_shop, end
from ops.servers.own import own_stack
from ops.servers.stack import Stack
from ops.shoppers import BROKEN, EdgeRefused, Shopper, StaffClient, Unanswered, session

app = typer.Typer(help=__doc__)

HOLD_SECONDS = 30
VICTIMS = (
    "worker-0",
    "connector-postgres",
    "edge-0",
    "worker-1",
    "connector-stripe",
    "worker-0",
    "edge-0",
    "connector-redis",
)
LAST_UNITS, LEFT, RIGHT = "LAST-UNITS", "CROSS-LEFT", "CROSS-RIGHT"
PROMOTION, CODE = "race", "RACE"
CODED = 3  # every third shopper has the code
CROSSING_UNITS = 15  # of each of the two SKUs that crossing baskets both want


@dataclass(slots=True)
class Result:
    """What the shoppers were told, and what is left on the shelves."""

    answers: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    bought: Counter[str] = field(default_factory=Counter)  # units by SKU in completed checkouts
    shelves: dict[str, int] = field(default_factory=dict)  # units available afterwards
    used: int = 0  # completed checkouts with the code
    kills: int = 0


async def race(stack: Stack, *, shoppers: int, units: int, uses: int, kills: int, seed: int) -> Result:
    """Let them race; returns when every shopper has an answer and every hold has returned."""
    settings, chance = stack.settings(), random.Random(seed)  # noqa: S311 - a schedule, not a secret
    result = Result()
    async with session() as http:
        staff = StaffClient(settings, http, "race")
        stock = {LAST_UNITS: units, LEFT: CROSSING_UNITS, RIGHT: CROSSING_UNITS}
        for sku, quantity in stock.items():
            await staff.price(sku, sku.lower(), 1999)
            await staff.receive(sku, quantity)
        await staff.promote(PROMOTION, CODE, limits={"uses": uses})
        running = [
            asyncio.create_task(
                _shop(Shopper(settings, http), _basket(chance, number), result, coded=not number % CODED)
            )
            for number in range(shoppers)
        ]
        await _harass(stack, running, kills, chance, result)
        await asyncio.gather(*running)
        for sku, quantity in stock.items():
            left = quantity - result.bought[sku]
            try:
                seen = await staff.until_stock(sku, left)
                result.shelves[sku] = seen["available"]
            except Unanswered as never:
                result.unanswered.append(f"{never}; the shoppers heard {dict(result.answers)}")
        try:
            await staff.until_used(PROMOTION, result.used)
        except Unanswered as never:
            result.unanswered.append(str(never))
    return result


def _basket(chance: random.Random, number: int) -> dict[str, int]:
    """Most want one of the last units; some want two SKUs that others want in the opposite order."""
    if number % 5:
        return {LAST_UNITS: 1}
    pair = [LEFT, RIGHT]
    chance.shuffle(pair)
    return dict.fromkeys(pair, 1)


async def _shop(shopper: Shopper, lines: dict[str, int], result: Result, *, coded: bool) -> None:
    try:
        await shopper.fill(lines)
        if coded:
            await shopper.add_code(CODE)
        begun = await shopper.begin()
        if not begun.is_success:
            result.answers[begun.json().get("code", str(begun.status_code))] += 1
            return
        if (await shopper.payable())["status"] != "failed":
            await shopper.pay()
        checkout = await shopper.finished()
        result.answers[checkout["failure"] or checkout["status"]] += 1
        if checkout["status"] == "completed":
            result.bought.update(lines)
            result.used += any(each["code"] == CODE for each in checkout.get("promotions", ()))
    except (Unanswered, EdgeRefused, KeyError, *BROKEN) as error:
        result.unanswered.append(f"{type(error).__name__}: {error}")


async def _harass(
    stack: Stack, running: list[asyncio.Task[None]], kills: int, chance: random.Random, result: Result
) -> None:
    while result.kills < kills and not all(task.done() for task in running):
        await asyncio.wait(running, timeout=chance.uniform(1.0, 3.0))
        victim = VICTIMS[result.kills % len(VICTIMS)]
        await asyncio.to_thread(stack.kill, victim)
        result.kills += 1
        done = sum(task.done() for task in running)
        SAY.print(f"  {result.kills}/{kills} killed {victim:18} {done} of {len(running)} shoppers have their answer")


def clean(result: Result, units: int, uses: int) -> bool:
    """Nobody unanswered, nothing oversold or used too often, every unit sold or back on the shelf."""
    return not result.unanswered and result.bought[LAST_UNITS] <= units and result.used <= uses


@app.callback(invoke_without_command=True)
def main(
    shoppers: Annotated[int, typer.Option(help="How many race.")] = 300,
    units: Annotated[int, typer.Option(help="Units that most of them want.")] = 100,
    uses: Annotated[int, typer.Option(help="How often the code may be used that every third of them has.")] = 30,
    kills: Annotated[int, typer.Option(help="How many processes are killed meanwhile.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the schedule; 0: a new one.")] = 0,
    keep: Annotated[bool, typer.Option(help="Leave the servers up afterwards, to look at the topics.")] = False,
) -> None:
    """Servers of its own; the last line is the tally as JSON."""
    seed = a_seed(seed)
    SAY.print(f"race with seed {seed}: {shoppers} shoppers, {units} units, {uses} uses, {kills} kills")
    environment = {"BLOOMFIELD_HOLD_SECONDS": str(HOLD_SECONDS), "BLOOMFIELD_RATE_PER_MINUTE": "0"}
    with own_stack("race", environment, keep=keep) as stack:
        stack.up()
        result = asyncio.run(race(stack, shoppers=shoppers, units=units, uses=uses, kills=kills, seed=seed))
        verdict = audit_shop(stack)
    SAY.print(dict(result.answers))
    tally = {
        "shoppers": shoppers,
        "units": units,
        "sold": result.bought[LAST_UNITS],
        "uses": uses,
        "used": result.used,
        "unanswered": len(result.unanswered),
        "kills": result.kills,
        "shelves": result.shelves,
    }
    end(tally, verdict, passed=clean(result, units, uses), faults=result.unanswered[:5])
