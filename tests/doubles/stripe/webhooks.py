"""Delivers events until they are acknowledged (docs.stripe.com/webhooks: retried with an exponential back-off).

Nothing is lost while the receiver is down: each event keeps trying for half an hour. A refused connection makes all of
them wait together, so that a long outage costs next to nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from tests.doubles.stripe.context import Event
from tests.doubles.stripe.http_client import HttpClient
from tests.doubles.stripe.plans import Plan, draw, signed
from tests.doubles.stripe.settings import Overrides, Settings

ATTEMPTS_LOGGED_MAX = 50
EVENTS_LOGGED_MAX = 30_000
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


@dataclass(slots=True, eq=False)
class Delivery:
    event: Event
    plan: Plan
    state: str = "pending"  # pending | acknowledged | suppressed | abandoned | cancelled
    attempts: list[dict[str, Any]] = field(default_factory=list)
    attempts_total: int = 0
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Webhooks:
    def __init__(
        self,
        secret: str,
        settings: Settings,
        overrides: Overrides,
        dice: random.Random,
        on_settled: Callable[[Event], None],
    ) -> None:
        self.settings = settings
        self._on_settled = on_settled
        self.deliveries: dict[str, list[Delivery]] = {}
        self._of_intent: dict[str, list[Delivery]] = {}
        self._secret = secret
        self._overrides = overrides
        self._dice = dice
        self._client = HttpClient()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(settings["concurrency"])
        self._down_until, self._down_seconds = 0.0, 0.0

    def plan(self, events: Iterable[Event]) -> list[Delivery]:
        planned = []
        for event in events:
            if not any(fnmatch(event.type, pattern) for pattern in self.settings["enabled_events"]):
                continue
            order = self._overrides.take("webhooks", event.intent, event_type=event.type)
            planned.append(self.add(event, draw(self.settings, order, self._dice)))
        return planned

    def add(self, event: Event, plan: Plan) -> Delivery:
        delivery = Delivery(event, plan)
        self.deliveries.setdefault(event.id, []).append(delivery)
        self._of_intent.setdefault(event.intent, []).append(delivery)
        while len(self.deliveries) > EVENTS_LOGGED_MAX and self._forget_the_oldest():
            pass
        return delivery

    def start(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            task = asyncio.create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def early(self, deliveries: list[Delivery]) -> list[Delivery]:
        """Send what must overtake the API's answer; return the rest, to be started after it."""
        ahead = [delivery for delivery in deliveries if delivery.plan.early_seconds_max > 0]
        if ahead:
            self.start(ahead)
            waits = [asyncio.ensure_future(delivery.settled.wait()) for delivery in ahead]
            await asyncio.wait(waits, timeout=max(delivery.plan.early_seconds_max for delivery in ahead))
            for wait in waits:
                wait.cancel()
        return [delivery for delivery in deliveries if delivery not in ahead]

    def pending(self) -> int:
        return sum(d.state == "pending" for ds in self.deliveries.values() for d in ds)

    def reset(self) -> None:
        self.close()
        for delivery in (d for ds in self.deliveries.values() for d in ds if d.state == "pending"):
            delivery.state = "cancelled"
        self.deliveries, self._of_intent = {}, {}
        self._gate = asyncio.Semaphore(self.settings["concurrency"])
        self._down_until, self._down_seconds = 0.0, 0.0

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._client.close()

    def _forget_the_oldest(self) -> bool:
        """A long load test must not fill the memory; what is still to be delivered is never forgotten."""
        oldest = next(iter(self.deliveries))
        if any(delivery.state == "pending" for delivery in self.deliveries[oldest]):
            return False
        intent = self.deliveries.pop(oldest)[0].event.intent
        left = [delivery for delivery in self._of_intent.pop(intent, []) if delivery.event.id != oldest]
        if left:
            self._of_intent[intent] = left
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        plan = delivery.plan
        if plan.never:
            self._settle(delivery, "suppressed")
            return
        if plan.delay_seconds > 0:
            await asyncio.sleep(plan.delay_seconds)
        if plan.reorder_seconds_max > 0:
            await self._let_a_later_one_pass(delivery)
        for spoil in plan.spoils:
            await self._attempt(delivery, spoil)
        acknowledged = [await self._until_acknowledged(delivery) for _ in range(plan.copies)]
        delivery.event.acknowledged = True
        self._settle(delivery, "acknowledged" if any(acknowledged) else "abandoned")

    def _settle(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        self._on_settled(delivery.event)
        delivery.settled.set()

    async def _until_acknowledged(self, delivery: Delivery) -> bool:
        give_up_at = time.monotonic() + self.settings["retry_total_seconds"]
        pause = self.settings["retry_first_seconds"]
        while not await self._attempt(delivery, ""):
            if time.monotonic() > give_up_at:
                return False
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(pause * 2, self.settings["retry_cap_seconds"])
        return True

    async def _attempt(self, delivery: Delivery, spoil: str) -> bool:
        body, signature = signed(self._secret, delivery.event.body, delivery.plan, spoil)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept": "*/*",
            "User-Agent": USER_AGENT,
            "Stripe-Signature": signature,
        }
        status, error = 0, ""
        async with self._gate:
            if (wait := self._down_until - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            at, url = time.time(), self.settings["url"]
            try:
                status, _ = await self._client.post(url, headers, body, seconds_max=self.settings["timeout_seconds"])
                self._down_seconds = 0.0
            except (OSError, EOFError, ValueError) as failure:
                error = type(failure).__name__
                if isinstance(failure, ConnectionRefusedError):
                    self._note_down()
        delivery.attempts_total += 1
        if len(delivery.attempts) < ATTEMPTS_LOGGED_MAX:
            delivery.attempts.append({"at": at, "status": status, "error": error, "spoil": spoil})
        return 200 <= status < 300

    def _note_down(self) -> None:
        first, cap = self.settings["retry_first_seconds"], self.settings["retry_cap_seconds"]
        if time.monotonic() >= self._down_until:
            self._down_seconds = min(max(first, self._down_seconds * 2), cap)
            self._down_until = time.monotonic() + self._down_seconds

    async def _let_a_later_one_pass(self, held: Delivery) -> None:
        deadline = time.monotonic() + held.plan.reorder_seconds_max
        while (left := deadline - time.monotonic()) > 0:
            later = self._later(held)
            if later is None:
                await asyncio.sleep(min(left, 0.02))
                continue
            waiter = asyncio.ensure_future(later.settled.wait())
            await asyncio.wait([waiter], timeout=left)
            waiter.cancel()
            return

    def _later(self, held: Delivery) -> Delivery | None:
        """The first honest event of the same intent that happened after this one and does not hold back itself."""
        of_intent = self._of_intent[held.event.intent]
        later = of_intent[of_intent.index(held) + 1 :]
        return next((delivery for delivery in later if delivery.plan.reorder_seconds_max == 0), None)
