"""A payment provider and its shoppers, in memory. It alone knows what was really charged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.messages import (
    CaptureRequested,
    PaymentRequested,
    RecordCapture,
    RecordDispute,
    RecordIntent,
    RecordIntentFailed,
    RecordStripeEvent,
    RecordVoid,
    VoidRequested,
)
from schemas.payments.refunds import RecordRefund, RefundRequested, RefundStatus, SeenRefund
from schemas.record import Record

FIRST = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.WARNING_NEEDS_RESPONSE})
BARRING = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST})
Deed = Callable[[], Iterable[Record]]


class Shopper(Enum):
    """What the shopper, or their bank, does."""

    PAYS = "pays"
    DECLINED_THEN_PAYS = "declined, then pays"
    CHALLENGED_THEN_PAYS = "challenged, then pays"
    CHALLENGED = "challenged, never answers"
    WALKS_AWAY = "walks away"
    HAS_NO_INTENT = "no intent can be made"
    CANNOT_BE_CAPTURED = "the authorisation lapses"


@dataclass(slots=True)
class Intent:
    """One PaymentIntent, as the provider has it."""

    payment_id: str
    amount: int
    shopper: Shopper
    status: str = "requires_payment_method"
    captured: int = 0
    refunds: list[SeenRefund] = field(default_factory=list)
    disputes: dict[str, Dispute] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        """Pence that went back."""
        return sum(each.amount_minor for each in self.refunds)

    @property
    def charged_back(self) -> bool:
        """Then nothing is given back any more: until the dispute is won."""
        return any(each.status in BARRING for each in self.disputes.values())


class FakeProvider:
    """Makes intents, has shoppers pay them, captures, voids and refunds; tells of it up to three times."""

    def __init__(self, seed: int = 0, shoppers: Iterable[Shopper] = (Shopper.PAYS,)) -> None:
        self.random = Random(seed)
        self.intents: dict[str, Intent] = {}
        self._shoppers = tuple(shoppers)
        self._told = 0

    def hear(self, event: Record) -> Iterable[Deed]:
        """What the provider will do because of a fact of payments."""
        match event:
            case PaymentRequested(payment_id=payment_id, amount_minor=amount):
                shopper = self.random.choice(self._shoppers)
                intent = self.intents[payment_id] = Intent(payment_id, amount, shopper)
                if shopper is Shopper.HAS_NO_INTENT:
                    return (lambda: (RecordIntentFailed(payment_id=payment_id, failure="amount_too_small"),),)
                return (lambda: self._created(intent), *self._shopping(intent))
            case CaptureRequested(payment_id=payment_id):
                return (lambda: self._capture(self.intents[payment_id]),)
            case VoidRequested(payment_id=payment_id):
                return (lambda: self._void(self.intents[payment_id]),)
            case RefundRequested(payment_id=payment_id, refund_id=refund_id, amount_minor=amount):
                return (lambda: self._refund(self.intents[payment_id], refund_id, amount),)
        return ()

    def _created(self, intent: Intent) -> Iterable[Record]:
        yield RecordIntent(payment_id=intent.payment_id, intent_id=f"pi_{intent.payment_id}", client_secret="secret")

    def _shopping(self, intent: Intent) -> Iterable[Deed]:
        match intent.shopper:
            case Shopper.DECLINED_THEN_PAYS:
                yield lambda: self._webhook(intent, "payment_intent.payment_failed")
            case Shopper.CHALLENGED_THEN_PAYS | Shopper.CHALLENGED:
                yield lambda: self._webhook(intent, "payment_intent.requires_action")
        if intent.shopper not in (Shopper.CHALLENGED, Shopper.WALKS_AWAY):
            yield lambda: self._authorise(intent)

    def _authorise(self, intent: Intent) -> Iterable[Record]:
        if intent.status == "requires_payment_method":
            intent.status = "requires_capture"
            yield from self._webhook(intent, "payment_intent.amount_capturable_updated")

    def _capture(self, intent: Intent) -> Iterable[Record]:
        if intent.shopper is Shopper.CANNOT_BE_CAPTURED or intent.status == "canceled":
            intent.status = "canceled"
            yield RecordCapture(payment_id=intent.payment_id, captured_minor=0, failure="charge_expired_for_capture")
            return
        if intent.status == "requires_capture":
            intent.status, intent.captured = "succeeded", intent.amount
        assert intent.status == "succeeded", "captured before it was authorised"
        yield RecordCapture(payment_id=intent.payment_id, captured_minor=intent.captured)
        yield from self._webhook(intent, "payment_intent.succeeded")

    def _void(self, intent: Intent) -> Iterable[Record]:
        if intent.status == "succeeded":
            yield RecordVoid(payment_id=intent.payment_id, voided=False, captured_minor=intent.captured)
            return
        intent.status = "canceled"
        yield RecordVoid(payment_id=intent.payment_id, voided=True)
        yield from self._webhook(intent, "payment_intent.canceled")

    def _refund(self, intent: Intent, refund_id: str, amount: int) -> Iterable[Record]:
        if intent.charged_back or intent.refunded + amount > intent.captured:
            yield RecordRefund(
                payment_id=intent.payment_id,
                refund_id=refund_id,
                stripe_refund_id="",
                status=RefundStatus.FAILED,
                failure="charge_disputed" if intent.charged_back else "amount_too_large",
                refunds=tuple(intent.refunds),
                disputes=tuple(intent.disputes.values()),
            )
            return
        made = self._gives_back(intent, refund_id, f"re_{refund_id}", amount)
        yield RecordRefund(
            payment_id=intent.payment_id,
            refund_id=refund_id,
            stripe_refund_id=made.stripe_refund_id,
            status=made.status,
        )

    def _gives_back(self, intent: Intent, ours: str, stripe_refund_id: str, amount: int) -> SeenRefund:
        made = SeenRefund(
            refund_id=ours, stripe_refund_id=stripe_refund_id, status=RefundStatus.SUCCEEDED, amount_minor=amount
        )
        intent.refunds.append(made)
        return made

    # --- what others do: each answers the webhooks, which may be told whenever somebody likes ---

    def refund_by_hand(self, payment_id: str, amount: int) -> list[Record]:
        """Somebody refunds in the dashboard, as far as that is possible."""
        intent = self.intents[payment_id]
        amount = min(amount, intent.captured - intent.refunded)
        if amount <= 0 or intent.charged_back:
            return []
        self._told += 1
        made = self._gives_back(intent, "", f"re_desk_{self._told}", amount)
        event = RecordStripeEvent(
            payment_id=payment_id,
            stripe_event_id=f"evt_{self._told}",
            type="refund.created",
            intent_id=f"pi_{payment_id}",
            stripe_refund_id=made.stripe_refund_id,
            refund_status=made.status,
            refund_amount_minor=amount,
        )
        return [event] * self.random.randint(1, 3)

    def capture_by_hand(self, payment_id: str, amount: int) -> list[Record]:
        """Somebody captures in the dashboard, if the money is reserved."""
        intent = self.intents[payment_id]
        if intent.status != "requires_capture":
            return []
        intent.status, intent.captured = "succeeded", min(amount, intent.amount)
        return list(self._webhook(intent, "payment_intent.succeeded"))

    def dispute(self, payment_id: str, *statuses: DisputeStatus) -> list[Record]:
        """The cardholder disputes all that was taken, and the bank decides: a webhook for each step."""
        intent, told = self.intents[payment_id], list[Record]()
        further = intent.captured and not (intent.disputes and statuses[0] in FIRST)
        for status in statuses if further else ():
            moved = {DisputeStatus.WON: 2}.get(status, 0 if status.value.startswith("warning") else 1)
            shown = Dispute(
                dispute_id=f"dp_{payment_id}",
                status=status,
                amount_minor=intent.captured,
                movements=moved,
                withdrawn_minor=intent.captured if moved == 1 else 0,
                fee_minor=20_00 if moved else 0,
            )
            self._told += 1
            told.append(RecordDispute(payment_id=payment_id, stripe_event_id=f"evt_{self._told}", dispute=shown))
            intent.disputes[shown.dispute_id] = shown
        return told

    def _webhook(self, intent: Intent, kind: str) -> Iterable[Record]:
        self._told += 1
        event = RecordStripeEvent(
            payment_id=intent.payment_id,
            stripe_event_id=f"evt_{self._told}",
            type=kind,
            intent_id=f"pi_{intent.payment_id}",
            intent_status=intent.status,
            amount_capturable_minor=intent.amount if intent.status == "requires_capture" else 0,
            amount_received_minor=intent.captured,
        )
        return [event] * self.random.randint(1, 3)
