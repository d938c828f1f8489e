"""The account as a whole: its objects, its settings, its memory of calls, its webhooks; and work without a call."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.doubles.stripe import cards, disputes, refunds
from tests.doubles.stripe.books import Books
from tests.doubles.stripe.context import Context, Event
from tests.doubles.stripe.contract import Contract
from tests.doubles.stripe.faults import TokenBucket
from tests.doubles.stripe.journal import Journal
from tests.doubles.stripe.money import is_release
from tests.doubles.stripe.plans import Plan
from tests.doubles.stripe.settings import Overrides, defaults, merge
from tests.doubles.stripe.store import Object
from tests.doubles.stripe.webhooks import Delivery, Webhooks

REQUESTS_LOGGED_MAX = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    secret_key: str
    publishable_key: str  # Empty: any key that begins with pk_.
    webhook_secret: str
    webhook_url: str
    webhook_events: list[str]  # Types, or `*`.
    contract_url: str
    seed: int
    data: Path | None  # None: an account in memory, fresh at every start.


class Double:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = defaults(account.webhook_url, account.webhook_events, account.seed)
        self.overrides = Overrides()
        # Two, so that the moment of a delivery does not change what the calls meet.
        self.call_dice, self.webhook_dice = random.Random(account.seed), random.Random(account.seed)
        hooks, dice = self.settings["webhooks"], self.webhook_dice
        self.webhooks = Webhooks(account.webhook_secret, hooks, self.overrides, dice, self._settled)
        self.contract = Contract(account.contract_url)
        self.timers: set[asyncio.TimerHandle] = set()
        self.journal = Journal(account.data) if account.data else None
        self._open(self._remembered())

    def _open(self, books: Books) -> None:
        self.books = books
        self.store, self.keys, self.events = books.store, books.keys, books.events
        self._new_events: list[Event] = []
        self._new_deliveries: list[Delivery] = []
        self.bucket = TokenBucket()
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_LOGGED_MAX)
        self.counts: Counter[str] = Counter()

    def _remembered(self) -> Books:
        books = Books()
        if self.journal is not None:
            for entry in self.journal.entries():
                books.fold(entry)
            books.complete()
            self.journal.replace(books.everything())
        return books

    def resume(self) -> None:
        """What the process before this one had still to do; needs the running loop."""
        self.webhooks.start([self.webhooks.add(*left) for left in self.books.undelivered.values()])
        for refund in self.store.all("refund"):
            if not is_release(refund):
                self.follow_up(refund)
        for intent in self.store.all("payment_intent"):
            self.follow_up(intent)
        self.store.take_touched()  # Only looked at.

    def forget(self) -> None:
        """An empty account, on disk too. The settings are another matter: `reset` restores those as well."""
        self._stop_timers()
        self._open(Books())
        if self.journal is not None:
            self.journal.replace([])

    def close(self) -> None:
        self._stop_timers()
        self.webhooks.close()

    def _stop_timers(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def reset(self) -> None:
        self.forget()
        self.overrides.orders.clear()
        account = self.account
        self.configure(defaults(account.webhook_url, account.webhook_events, account.seed))
        self.webhooks.reset()

    def configure(self, patch: Any) -> None:
        self.settings = merge(self.settings, patch)
        self.webhooks.settings = self.settings["webhooks"]
        if "seed" in patch:
            for dice in (self.call_dice, self.webhook_dice):
                dice.seed(self.settings["seed"])

    def record(self, ctx: Context) -> list[Delivery]:
        """Remember what happened, and plan who is told about it; `save` must follow before anybody is."""
        self.books.keep(ctx.events)
        planned = self.webhooks.plan(ctx.events)
        self._new_events += ctx.events
        self._new_deliveries += planned
        ctx.events = []
        return planned

    def save(self, key: str = "") -> None:
        """Everything since the last time, in one line: a kill leaves all of it or nothing."""
        touched, events, deliveries = self.store.take_touched(), self._new_events, self._new_deliveries
        self._new_events, self._new_deliveries = [], []
        if self.journal is not None and (touched or events or deliveries or key):
            self.journal.append(self.books.change(touched, events, deliveries, key))

    def _settled(self, event: Event) -> None:
        if self.journal is not None:
            self.journal.append(self.books.settled(event))

    def redeliver(self, event: Event) -> Delivery:
        """What `stripe events resend` does: the same event once more, honestly."""
        again = self.webhooks.add(event, Plan())
        self._new_deliveries.append(again)
        self.save()
        self.webhooks.start([again])
        return again

    def happen(self, work: Callable[[Context], Any], **context: Any) -> Any:
        """Something that no API call caused: an expiry, a settlement, a dispute, a passed challenge."""
        ctx = Context(self.store, **context)
        result = work(ctx)
        planned = self.record(ctx)
        self.save()
        self.webhooks.start(planned)
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
        self._later(seconds, lambda ctx: refunds.settle(ctx, ctx.store.get("refund", refund["id"]), outcome))

    def _dispute(self, intent: Object) -> None:
        charge = self.store.get("charge", intent["latest_charge"])
        reason = cards.BY_NUMBER[self.store.cards[charge["payment_method"]]].dispute
        if reason and all(dispute["charge"] != charge["id"] for dispute in self.store.all("dispute")):
            self._later(0, lambda ctx: self._open_dispute(ctx, charge["id"], reason))

    def _open_dispute(self, ctx: Context, charge_id: str, reason: str) -> Object:
        charge = ctx.store.get("charge", charge_id)
        return disputes.open_dispute(ctx, charge, amount=charge["amount_captured"], reason=reason)

    def _later(self, seconds: float, work: Callable[[Context], Any]) -> None:
        def run() -> None:
            self.timers.discard(timer)
            self.happen(work)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self.timers.add(timer)

    def log(self, entry: dict[str, Any]) -> None:
        self.requests.append({"at": time.time(), **entry})
        self.counts[entry["operation"] or "unknown"] += 1
