"""Commands on one payment of £10.20 over three VAT rates, and a way to have them decided one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from schemas.envelope import derive_id
from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.ledger import LedgerEntry, VatShare
from schemas.payments.messages import (
    CancelPayment,
    CapturePayment,
    DisputeRecorded,
    PaymentCaptured,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    RecordCapture,
    RecordDispute,
    RecordIntent,
    RecordStripeEvent,
    RecordVoid,
    RequestPayment,
)
from schemas.payments.refunds import RecordRefund, RefundFailed, RefundPayment, RefundStatus, RefundSucceeded
from schemas.record import Record
from streams.payments.room import PAYMENTS
from tests.rooms import sent as sent_by

S = DisputeStatus
NOW = 1_700_000_000_000
PAYMENT, CHECKOUT, ORDER, INTENT = "pay-1", "chk-1", "ord-1", "pi_1"
AMOUNT = 1_020
SHARES = (
    VatShare(vat_basis_points=2000, gross_minor=601, vat_minor=100),
    VatShare(vat_basis_points=500, gross_minor=119, vat_minor=6),
    VatShare(vat_basis_points=0, gross_minor=300, vat_minor=0),
)
CANCEL_REFUND = derive_id(PAYMENT, "cancel")

Booked = Counter[tuple[str, int | None]]


def decided(state: PaymentState, *commands: PaymentsCommand) -> tuple[PaymentState, tuple[PaymentsEvent, ...]]:
    """The payment after the commands, and all their events."""
    told: tuple[PaymentsEvent, ...] = ()
    for command in commands:
        events = PAYMENTS.decide(command, state, NOW)
        for event in events:
            state = PAYMENTS.evolve(state, event)
        told += events
    return state, told


def after(*commands: PaymentsCommand) -> PaymentState:
    """A requested payment after the commands."""
    return decided(PaymentState(), request(), *commands)[0]


def sent(state: PaymentState, command: PaymentsCommand) -> list[tuple[str, Record]]:
    """What others are sent when the command is decided, and where."""
    now, events = decided(state, command)
    return sent_by(PAYMENTS, command, now, events)


def answers(state: PaymentState, command: PaymentsCommand) -> list[Any]:
    """What its checkout is sent of it."""
    return [message for to, message in sent(state, command) if to == f"checkout/{CHECKOUT}"]


def names(events: Iterable[Record]) -> list[str]:
    """Messages by name."""
    return [type(event).__name__ for event in events]


def entries_of(event: PaymentsEvent) -> tuple[LedgerEntry, ...]:
    """What an event books."""
    booking = PaymentCaptured | RefundSucceeded | RefundFailed | DisputeRecorded
    return event.entries if isinstance(event, booking) else ()


def balances(events: tuple[PaymentsEvent, ...]) -> Booked:
    """The ledger after the events: accounts by VAT rate, those at zero left out."""
    booked: Booked = Counter()
    for event in events:
        for entry in entries_of(event):
            booked[entry.account.value, entry.vat_basis_points] += entry.amount_minor
    return Counter({account: amount for account, amount in booked.items() if amount})


def request(amount: int = AMOUNT, shares: tuple[VatShare, ...] = SHARES, checkout: str = CHECKOUT) -> RequestPayment:
    return RequestPayment(
        payment_id=PAYMENT, answer_to=f"checkout/{checkout}", order_id=ORDER, amount_minor=amount, vat_shares=shares
    )


def intent() -> RecordIntent:
    return RecordIntent(payment_id=PAYMENT, intent_id=INTENT, client_secret="secret")


def webhook(kind: str, status: str = "", **fields: Any) -> RecordStripeEvent:
    fields = {"stripe_event_id": f"evt_{kind}", "intent_id": INTENT} | fields
    return RecordStripeEvent(payment_id=PAYMENT, type=f"payment_intent.{kind}", intent_status=status, **fields)


def authorised() -> RecordStripeEvent:
    return webhook("amount_capturable_updated", "requires_capture", amount_capturable_minor=AMOUNT)


def challenged(event: str = "evt_challenge") -> RecordStripeEvent:
    return webhook("requires_action", "requires_action", stripe_event_id=event)


def declined(event: str = "evt_decline") -> RecordStripeEvent:
    return webhook("payment_failed", "requires_payment_method", stripe_event_id=event, failure="card_declined")


def processing() -> RecordStripeEvent:
    return webhook("processing", "processing")


def succeeded(amount: int = AMOUNT) -> RecordStripeEvent:
    return webhook("succeeded", "succeeded", amount_received_minor=amount)


def cancelled_at_stripe() -> RecordStripeEvent:
    return webhook("canceled", "canceled")


def capture() -> CapturePayment:
    return CapturePayment(payment_id=PAYMENT)


def captured(amount: int = AMOUNT) -> RecordCapture:
    return RecordCapture(payment_id=PAYMENT, captured_minor=amount)


def capture_failed() -> RecordCapture:
    return RecordCapture(payment_id=PAYMENT, captured_minor=0, failure="charge_expired_for_capture")


def cancel(reason: str = "order_cancelled") -> CancelPayment:
    return CancelPayment(payment_id=PAYMENT, reason=reason)


def voided() -> RecordVoid:
    return RecordVoid(payment_id=PAYMENT, voided=True)


def not_voided(captured_minor: int = 0) -> RecordVoid:
    return RecordVoid(payment_id=PAYMENT, voided=False, captured_minor=captured_minor)


def refund(amount: int, refund_id: str = "ref-1") -> RefundPayment:
    return RefundPayment(payment_id=PAYMENT, refund_id=refund_id, amount_minor=amount, reason="damaged")


def refund_answer(
    status: RefundStatus,
    refund_id: str = "ref-1",
    stripe_refund_id: str = "re_1",
    failure: str = "",
    **books: Any,
) -> RecordRefund:
    return RecordRefund(
        payment_id=PAYMENT,
        refund_id=refund_id,
        stripe_refund_id=stripe_refund_id,
        status=status,
        failure=failure,
        **books,
    )


def refund_webhook(
    status: RefundStatus, amount: int, refund_id: str = "ref-1", stripe_refund_id: str = "re_1"
) -> RecordStripeEvent:
    return RecordStripeEvent(
        payment_id=PAYMENT,
        stripe_event_id=f"evt_{stripe_refund_id}_{status}",
        type="refund.updated",
        intent_id=INTENT,
        refund_id=refund_id,
        stripe_refund_id=stripe_refund_id,
        refund_status=status,
        refund_amount_minor=amount,
    )


def dispute(status: DisputeStatus, dispute_id: str = "dp_1", *, amount: int = AMOUNT, fee: int = 2_000) -> Dispute:
    """A dispute as Stripe shows it at a status: what was withdrawn, and reinstated."""
    movements = {S.WON: 2, S.NEEDS_RESPONSE: 1, S.UNDER_REVIEW: 1, S.LOST: 1}.get(status, 0)
    return Dispute(
        dispute_id=dispute_id,
        status=status,
        amount_minor=amount,
        reason="fraudulent",
        movements=movements,
        withdrawn_minor=amount if movements == 1 else 0,
        fee_minor=fee if movements else 0,
    )


def disputed(shown: Dispute) -> RecordDispute:
    event_id = f"evt_{shown.dispute_id}_{shown.status}_{shown.movements}"
    return RecordDispute(payment_id=PAYMENT, stripe_event_id=event_id, dispute=shown)


REQUESTED = after()
AWAITING = after(intent())
AUTHORISED = after(intent(), authorised())
CAPTURING = after(intent(), authorised(), capture())
CAPTURED = after(intent(), authorised(), capture(), captured())
VOIDING = after(intent(), authorised(), cancel())
VOIDED = after(intent(), authorised(), cancel(), voided())
