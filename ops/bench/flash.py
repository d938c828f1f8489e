"""A flash sale: three shoppers for every unit, all at the last step in the same moment."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop

from ops.bench.figures import at_least, at_most, percentile
from ops.bench.harness import Harness
from ops.bench.shopper import Tally, TimedShopper, fill_shelves
from ops.shoppers import EdgeRefused, Unanswered, session

PART = "flash"
SHOPPERS, UNITS = 300, 100
FILLING_AT_ONCE = 10
ANSWERED_SECONDS_MAX = 3.0
ELSEWHERE = {
    "Vendure 3.7": "300 sold in 17 s",
    "django-oscar 4.2": "300 sold in 21 s",
    "Medusa 2.21": "20 sold, 280 conflicts, in 80 s",
}


@dataclass(slots=True)
class Sale:
    """What became of everybody."""

    answered: list[float] = field(default_factory=list)  # seconds until they knew, by 201, by 409 or by looking again
    statuses: Counter[int] = field(default_factory=Counter)  # of the first answers
    ordered: int = 0
    seconds: float = 0.0


def run(harness: Harness) -> None:
    sku = f"flash-{time.time_ns() % 1_000_000}"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, harness.window() as window:
        sale = runner.run(_sale(harness, sku))
    facts = {
        "shoppers": SHOPPERS,
        "units": UNITS,
        "first_answers": dict(sale.statuses),
        "answered_seconds_p50": round(percentile(sale.answered, 0.5), 2),
        "elsewhere": ELSEWHERE,
    }
    for name, value, unit, goal in (
        ("orders confirmed, not too many", sale.ordered, "orders", at_most(UNITS)),
        ("orders confirmed, not too few", sale.ordered, "orders", at_least(UNITS)),
        ("the last shopper is answered", max(sale.answered, default=float("nan")), "s", at_most(ANSWERED_SECONDS_MAX)),
        ("everybody is answered", len(sale.answered), "answers", at_least(SHOPPERS)),
        ("the last order is confirmed", sale.seconds, "s", None),
    ):
        harness.report.add(PART, window.conditions, name, value, unit, goal, **facts)


async def _sale(harness: Harness, sku: str) -> Sale:
    settings, sale, turns = harness.stack.settings(), Sale(), asyncio.Semaphore(FILLING_AT_ONCE)

    async def fill(shopper: TimedShopper) -> None:
        async with turns:
            await shopper.fill({sku: 1})

    async def buy(shopper: TimedShopper) -> None:
        won = await shopper.won()
        sale.statuses[shopper.first_status] += 1
        sale.answered.append(time.monotonic() - began)
        if won:
            await shopper.buy()
            sale.ordered += 1
            sale.seconds = time.monotonic() - began

    async with session(connections=0) as http:
        await fill_shelves(settings, http, [sku], UNITS)
        tally = Tally()
        shoppers = [TimedShopper(settings, http, tally) for _ in range(SHOPPERS)]
        await asyncio.gather(*map(fill, shoppers))
        began = time.monotonic()
        outcomes = await asyncio.gather(*map(buy, shoppers), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, EdgeRefused | Unanswered):
            harness.report.say(f"a shopper was let down: {outcome}")
        elif isinstance(outcome, BaseException):
            raise outcome
    return sale
