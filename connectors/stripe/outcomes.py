"""What each event asks of Stripe, and the command that tells the outcome.

Nothing is charged twice, however often an event is read again:
- Stripe remembers an idempotency key (the event's id) for at least 24 hours and repeats its answer.
- A stored 500 is repeated too. Such a key is spent: what was done is looked up, and only if nothing was done is it
  asked for again under the next key.
- An intent is never made for an event older than 23 hours. A checkout lives for minutes, so nobody waits for it; the
  payments room ignores the answer unless the payment still waits, and nobody ever saw the secret of an intent whose
  answer was lost. (Looking for one by metadata would mean listing a day's intents for each old event of a replay.)
- An intent is captured or cancelled once by its own nature, and then says so; an old refund is looked for first.

A refund that Stripe refuses is reported with every refund and dispute that Stripe has of the charge: somebody else may
have moved its money, and the payments room asks again for what is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

import structlog
from msgspec.structs import replace

from connectors.effect import OutcomeUnknown
from connectors.kafka.events import Event
from connectors.stripe.client import Intent, KeyExhausted, Refund, StripeApi, StripeRefused
from connectors.stripe.events import REFUND_STATUS
from schemas.payments.messages import (
    CaptureRequested,
    PaymentRequested,
    PaymentsCommand,
    RecordCapture,
    RecordIntent,
    RecordIntentFailed,
    RecordVoid,
    VoidRequested,
)
from schemas.payments.refunds import RecordRefund, RefundRequested, RefundStatus, SeenRefund

KEY_MS = 23 * 3_600_000  # an hour less than Stripe keeps a key
KEYS_MAX = 20  # per event; so many stored 500s are no accident
CLOCKS_APART_SECONDS = 300
VOID_PAUSE_SECONDS = 2.0

Asked = PaymentRequested | CaptureRequested | VoidRequested | RefundRequested
ASKED = (PaymentRequested, CaptureRequested, VoidRequested, RefundRequested)
MISSING = "resource_missing"  # Stripe knows no such intent
T = TypeVar("T")
LOG = structlog.stdlib.get_logger()


class StripeActions:
    """Does what events ask for."""

    def __init__(self, api: StripeApi, pause: Callable[[float], None], clock: Callable[[], float] = time.time) -> None:
        self._api, self._pause, self._clock = api, pause, clock

    def of(self, event: Event, asked: Asked) -> PaymentsCommand:
        """Do it, and say what came of it. Raises Stopped when the process ends first, OutcomeUnknown."""
        match asked:
            case PaymentRequested():
                return self._intent(event, asked)
            case CaptureRequested():
                return self._capture(event, asked)
            case VoidRequested():
                return self._void(event, asked)
            case RefundRequested():
                return self._refund(event, asked)

    def _is_old(self, event: Event) -> bool:
        return self._clock() * 1000 - event.occurred_at > KEY_MS

    def _intent(self, event: Event, asked: PaymentRequested) -> PaymentsCommand:
        if self._is_old(event):
            return RecordIntentFailed(payment_id=asked.payment_id, failure="too_late")
        metadata = {
            "payment_id": asked.payment_id,
            "answer_to": asked.answer_to,
            "order_id": asked.order_id,
        }
        since = event.occurred_at // 1000 - CLOCKS_APART_SECONDS
        try:
            intent = _once(
                event,
                lambda key: self._api.create_intent(key=key, amount=asked.amount_minor, metadata=metadata),
                lambda: self._api.find_intent(payment_id=asked.payment_id, since_seconds=since),
            )
        except StripeRefused as refused:
            return RecordIntentFailed(payment_id=asked.payment_id, failure=refused.code)
        return RecordIntent(payment_id=asked.payment_id, intent_id=intent.id, client_secret=intent.client_secret)

    def _capture(self, event: Event, asked: CaptureRequested) -> PaymentsCommand:
        try:
            intent = _once(
                event,
                lambda key: self._api.capture(asked.intent_id, key=key, amount=asked.amount_minor),
                lambda: self._if_status(asked.intent_id, "succeeded"),
            )
            failure = "" if intent.status == "succeeded" else intent.status
        except StripeRefused as refused:
            found, failure = self._look(asked.intent_id), refused.code
            intent = found or Intent(asked.intent_id, "", "", 0)
        if intent.status == "succeeded":
            return RecordCapture(payment_id=asked.payment_id, captured_minor=intent.amount_received)
        return RecordCapture(payment_id=asked.payment_id, captured_minor=0, failure=failure)

    def _void(self, event: Event, asked: VoidRequested) -> PaymentsCommand:
        # A payment waits until it is known to be voided or captured, so an intent that cannot be cancelled just now
        # (`processing`) is asked again, under a new key: refusals are remembered as well.
        for number in count():
            failure = ""
            try:
                intent: Intent | None = self._api.cancel(asked.intent_id, key=_key(event, number))
            except (StripeRefused, KeyExhausted) as error:
                failure = error.code if isinstance(error, StripeRefused) else ""
                intent = self._look(asked.intent_id)
            if intent is None:
                # Stripe knows of no such intent: nothing is reserved by it, and nothing can ever be taken.
                LOG.error("stripe_intent_vanished", payment_id=asked.payment_id, intent_id=asked.intent_id)
                return RecordVoid(payment_id=asked.payment_id, voided=True, failure=failure or "intent_missing")
            if intent.status == "canceled":
                return RecordVoid(payment_id=asked.payment_id, voided=True)
            if intent.status == "succeeded":
                received = intent.amount_received
                return RecordVoid(payment_id=asked.payment_id, voided=False, captured_minor=received, failure=failure)
            self._pause(VOID_PAUSE_SECONDS)
        raise AssertionError("count() does not end")

    def _refund(self, event: Event, asked: RefundRequested) -> PaymentsCommand:
        metadata = {"payment_id": asked.payment_id, "refund_id": asked.refund_id}

        def look() -> Refund | None:
            return _ours(self._api.refunds(asked.intent_id), asked.refund_id)

        try:
            refund = (look() if self._is_old(event) else None) or _once(
                event,
                lambda key: self._api.refund(asked.intent_id, key=key, amount=asked.amount_minor, metadata=metadata),
                look,
            )
        except StripeRefused as refused:
            return self._refused_refund(asked, refused.code)
        return _answer(asked, refund)

    def _refused_refund(self, asked: RefundRequested, code: str) -> RecordRefund:
        """The amount may be no longer true: what Stripe has on its books goes with the refusal, for another try."""
        if code == MISSING:
            return _answer(asked, Refund("", "failed", code))
        refunds = self._api.refunds(asked.intent_id)
        if ours := _ours(refunds, asked.refund_id):
            return _answer(asked, ours)  # Done before, under a key that Stripe has forgotten.
        return replace(
            _answer(asked, Refund("", "failed", code)),
            refunds=tuple(refunds),
            disputes=tuple(self._api.disputes(asked.intent_id)),
        )

    def _look(self, intent_id: str) -> Intent | None:
        try:
            return self._api.retrieve(intent_id)
        except StripeRefused:
            return None

    def _if_status(self, intent_id: str, status: str) -> Intent | None:
        intent = self._look(intent_id)
        return intent if intent and intent.status == status else None


def _status_of(refund: Refund) -> RefundStatus:
    """A status that we do not know is of a refund that exists: what becomes of it, a webhook will tell."""
    if refund.status not in REFUND_STATUS:
        LOG.error("stripe_refund_status_unknown", stripe_refund_id=refund.id, status=refund.status)
    return REFUND_STATUS.get(refund.status, RefundStatus.PENDING)


def _answer(asked: RefundRequested, refund: Refund) -> RecordRefund:
    return RecordRefund(
        payment_id=asked.payment_id,
        refund_id=asked.refund_id,
        stripe_refund_id=refund.id,
        status=_status_of(refund),
        failure=refund.failure,
    )


def _ours(refunds: list[SeenRefund], refund_id: str) -> Refund | None:
    found = next((each for each in refunds if each.refund_id == refund_id), None)
    return Refund(found.stripe_refund_id, found.status.value, found.failure) if found else None


def _key(event: Event, number: int) -> str:
    return event.id if number == 0 else f"{event.id}/{number}"


def _once(event: Event, do: Callable[[str], T], look: Callable[[], T | None]) -> T:
    for number in range(KEYS_MAX):
        try:
            return do(_key(event, number))
        except KeyExhausted:
            found = look()
            if found is not None:
                return found
    raise OutcomeUnknown(
        f"{KEYS_MAX} idempotency keys of the event {event.id} are spent, and nothing was done under any"
    )
