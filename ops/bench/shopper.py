"""A shopper's way through the edge, timed request by request, and the shelves that are filled before."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aiohttp import ClientSession
from tenacity import wait_fixed

from ops.shoppers import BROKEN, Answer, EdgeRefused, Json, Shopper, StaffClient, Unanswered
from process.settings import Settings

ROUTES = {  # and the answers that are no failure
    "POST /v1/carts": {201},
    "PUT /v1/carts/{id}/lines/{sku}": {200},
    "POST /v1/checkouts": {201, 202, 409},
    "GET /v1/checkouts/{id}": {200, 503},
}
AGGREGATE, CART_LINE = re.compile("(?<=/carts/)[^/]+|(?<=/checkouts/)[^/]+"), re.compile("/lines/.+")
SOLD_OUT = "insufficient_stock"
UNDECIDED = ("pending", "unknown", "locking", "pricing", "holding")
ORDER_SECONDS_MAX = 60.0
PENCE = 20_00


@dataclass(slots=True)
class Tally:
    """What all shoppers met."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by route
    refusals: Counter[str] = field(default_factory=Counter)
    ordered: list[float] = field(default_factory=list)  # seconds from paying to a confirmed order


class TimedShopper(Shopper):
    """One visit without patience: every request is sent once, and a 202 is followed by looking at the checkout."""

    first_look_seconds: ClassVar = 0.2
    looks_again: ClassVar = wait_fixed(0.4)

    def __init__(self, settings: Settings, http: ClientSession, tally: Tally) -> None:
        super().__init__(settings, http)
        self._tally = tally
        self.first_status = 0  # of the answer to the checkout

    async def visit(self, lines: Mapping[str, int]) -> None:
        """The whole way, from a new cart to a confirmed order. What went wrong is in the tally."""
        try:
            await self.fill(lines)
            if await self.won():
                await self.buy()
            else:
                self._tally.refusals["sold out"] += 1
        except (EdgeRefused, Unanswered, *BROKEN) as error:
            self._tally.refusals[str(error) or type(error).__name__] += 1

    async def call(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Answer:
        """One request, timed. Raises EdgeRefused when its answer is a failure."""
        route = f"{method} {CART_LINE.sub('/lines/{sku}', AGGREGATE.sub('{id}', path))}"
        began = time.perf_counter()
        try:
            answer = await self.send(method, path, body, key=key)
        except BROKEN as error:
            raise EdgeRefused(f"{route}: {type(error).__name__}") from error
        self._tally.seconds[route].append(time.perf_counter() - began)
        if answer.status_code not in ROUTES[route]:
            raise EdgeRefused(f"{route}: {answer.status_code} {answer.json().get('code', '')}")
        return answer

    decided = call

    async def won(self) -> bool:
        """Begin the checkout at the total shown, and follow a 202 until there is an answer. False: sold out."""
        answer = await self.begin()
        self.first_status = answer.status_code
        if answer.status_code == 409:
            return self._sold_out(answer.json()["code"])
        if answer.status_code == 202:
            await self.until(lambda seen: seen["status"] not in UNDECIDED, ORDER_SECONDS_MAX)
        return self.checkout["status"] != "failed" or self._sold_out(self.checkout["failure"])

    async def buy(self) -> None:
        """Confirm with Stripe as the browser does, and look at the checkout until it is completed."""
        self._unless_failed(await self.payable(ORDER_SECONDS_MAX))
        began = time.perf_counter()
        if "error" in (said := await self.pay()):
            raise EdgeRefused(f"Stripe's confirm: {said['error']}")
        self._unless_failed(await self.finished(ORDER_SECONDS_MAX))
        self._tally.ordered.append(time.perf_counter() - began)

    @staticmethod
    def _unless_failed(checkout: Json) -> None:
        if checkout["status"] == "failed":
            raise EdgeRefused(f"checkout: {checkout['failure']}")

    @staticmethod
    def _sold_out(reason: str) -> bool:
        if reason != SOLD_OUT:
            raise EdgeRefused(f"checkout: {reason}")
        return False


async def fill_shelves(settings: Settings, http: ClientSession, skus: list[str], units: int) -> None:
    """Put the SKUs on sale and on the shelf."""
    staff = StaffClient(settings, http, "bench")
    for sku in skus:
        await staff.price(sku, "A thing", PENCE)
        await staff.receive(sku, units)


async def crowd(
    settings: Settings, http: ClientSession, skus: list[str], rate: float, seconds: float
) -> tuple[Tally, float]:
    """Shoppers arrive at this rate whatever becomes of those before them; returns how late the latest was, too."""
    tally, chance = Tally(), random.Random(int(rate))  # noqa: S311 - a crowd, not a secret
    loop, late, visits = asyncio.get_running_loop(), 0.0, []
    began = due = loop.time()
    while (due := due + chance.expovariate(rate)) < began + seconds:
        await asyncio.sleep(max(due - loop.time(), 0))
        late = max(late, loop.time() - due)
        lines = dict.fromkeys(chance.sample(skus, 2), 1)
        visits.append(asyncio.create_task(TimedShopper(settings, http, tally).visit(lines)))
    await asyncio.gather(*visits)
    return tally, late
