"""The account as a whole: its objects, its settings, its memory of calls, its webhooks; and work without a call."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe import cards, disputes, refunds
from tests.doubles.stripe.context import Context, Event
from tests.doubles.stripe.contract import Contract
from tests.doubles.stripe.faults import TokenBucket
from tests.doubles.stripe.idempotency import IdempotencyKeys
from tests.doubles.stripe.settings import Overrides, defaults, merge
from tests.doubles.stripe.store import Object, Store
from tests.doubles.stripe.webhooks import Delivery, Webhooks

REQUESTS_LOGGED_MAX = 20_000
EVENTS_KEPT_MAX = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    secret_key: str
    publishable_key: str  # Empty: any key that begins with pk_.
    webhook_secret: str
    webhook_url: str
    contract_url: str
    seed: int


class Double:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = defaults(account.webhook_url, account.seed)
        self.overrides = Overrides()
        # Two, so that the moment of a delivery does not change what the calls meet.
        self.call_dice, self.webhook_dice = random.Random(account.seed), random.Random(account.seed)
        self.webhooks = Webhooks(account.webhook_secret, self.settings["webhooks"], self.overrides, self.webhook_dice)
        self.contract = Contract(account.contract_url)
        self.timers: set[asyncio.TimerHandle] = set()
        self.forget()

    def forget(self) -> None:
        """An empty account. The settings are another matter: `reset` restores those too."""
        self.store = Store()
        self.keys = IdempotencyKeys()
        self.bucket = TokenBucket()
        self.events: dict[str, Event] = {}
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_LOGGED_MAX)
        self.counts: Counter[str] = Counter()
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def reset(self) -> None:
        self.forget()
        self.overrides.orders.clear()
        self.configure(defaults(self.account.webhook_url, self.account.seed))
        self.webhooks.reset()

    def configure(self, patch: Any) -> None:
        self.settings = merge(self.settings, patch)
        self.webhooks.settings = self.settings["webhooks"]
        if "seed" in patch:
            for dice in (self.call_dice, self.webhook_dice):
                dice.seed(self.settings["seed"])

    def record(self, ctx: Context) -> list[Delivery]:
        """Keep what happened, and plan who is told about it."""
        for event in ctx.events:
            self.events[event.id] = event
        while len(self.events) > EVENTS_KEPT_MAX:
            del self.events[next(iter(self.events))]
        planned = self.webhooks.plan(ctx.events)
        ctx.events = []
        return planned

    def happen(self, work: Callable[[Context], Any], **context: Any) -> Any:
        """Something that no API call caused: an expiry, a settlement, a dispute, a passed challenge."""
        ctx = Context(self.store, **context)
        result = work(ctx)
        self.webhooks.start(self.record(ctx))
        self.follow_up(result)
        return result

    def follow_up(self, result: Any) -> None:
        """What some test cards do on their own after a while."""
        kind = result.get("object") if isinstance(result, dict) else None
        if kind == "refund":
            self._settle_later(result)
        elif kind == "payment_intent" and result["status"] == "succeeded":
            self._dispute(result)

    def _settle_later(self, refund: Object) -> None:
        seconds = self.settings["settle_seconds"]
        outcome = refunds.settles_as(Context(self.store), refund)
        if seconds is None or not outcome:
            return
        self._later(seconds, lambda ctx: refunds.settle(ctx, refund, outcome))

    def _dispute(self, intent: Object) -> None:
        charge = self.store.get("charge", intent["latest_charge"])
        reason = cards.BY_NUMBER[self.store.cards[charge["payment_method"]]].dispute
        if reason and not charge["disputed"]:
            amount = charge["amount_captured"]
            self._later(0, lambda ctx: disputes.open_dispute(ctx, charge, amount=amount, reason=reason))

    def _later(self, seconds: float, work: Callable[[Context], Any]) -> None:
        def run() -> None:
            self.timers.discard(timer)
            ctx = Context(self.store)
            work(ctx)
            self.webhooks.start(self.record(ctx))

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self.timers.add(timer)

    def log(self, entry: dict[str, Any]) -> None:
        self.requests.append({"at": time.time(), **entry})
        self.counts[entry["operation"] or "unknown"] += 1
