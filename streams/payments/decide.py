"""What a payment does with each command."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.payments.messages import (
    CancelPayment,
    CapturePayment,
    CaptureRequested,
    PaymentRefusal,
    PaymentRefused,
    PaymentRequested,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    RecordCapture,
    RecordDispute,
    RecordIntent,
    RecordIntentFailed,
    RecordStripeEvent,
    RecordVoid,
    RequestPayment,
)
from schemas.payments.refunds import RecordRefund, RefundPayment
from schemas.room import answer_to
from streams.payments import outcomes, refunds
from streams.payments.refusal import refusal


def decide(command: PaymentsCommand, state: PaymentState, at: int) -> tuple[PaymentsEvent, ...]:
    """The events that the command leads to; facts have the command's time."""
    if reason := refusal(command, state):
        return (refused(command, state, reason),)
    return tuple(replace(fact, at=at) for fact in _facts(command, state))


def _facts(command: PaymentsCommand, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    match command:
        case RequestPayment():
            return request(command, state)
        case RecordIntent():
            return outcomes.record_intent(command, state)
        case RecordIntentFailed():
            return outcomes.record_intent_failed(command, state)
        case RecordStripeEvent():
            return outcomes.record_webhook(command, state)
        case RecordDispute():
            return refunds.record_dispute(command, state)
        case CapturePayment():
            return capture(state)
        case RecordCapture():
            return outcomes.record_capture(command, state)
        case CancelPayment():
            return cancel(command, state)
        case RecordVoid():
            return outcomes.record_void(command, state)
        case RefundPayment():
            return refunds.refund(command, state)
        case RecordRefund():
            return refunds.record_answer(command, state)
        case _:
            assert_never(command)


def refused(command: PaymentsCommand, state: PaymentState, reason: PaymentRefusal) -> PaymentRefused:
    """The refusal as a fact, and as an answer: who waits for a payment must know that none will come."""
    waits = {RequestPayment: answer_to(command), CapturePayment: state.answer_to}.get(type(command), "")
    return PaymentRefused(
        payment_id=command.payment_id,
        answer_to=waits,
        command=type(command).__name__,
        reason=reason,
        status=state.status,
    )


def request(command: RequestPayment, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """Ask the provider for an intent."""
    if state.status is not PaymentStatus.UNKNOWN:
        return ()  # The same command again: already decided.
    shares = command.vat_shares
    assert command.amount_minor == sum(share.gross_minor for share in shares), "every penny stands under a VAT rate"
    assert all(0 <= share.vat_minor <= share.gross_minor for share in shares), "VAT is a part of the gross"
    return (
        PaymentRequested(
            payment_id=command.payment_id,
            answer_to=command.answer_to,
            order_id=command.order_id,
            amount_minor=command.amount_minor,
            vat_shares=shares,
        ),
    )


def capture(state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """Take the reserved money."""
    if state.status is not PaymentStatus.AUTHORISED:
        return ()  # Under way, or taken already.
    return (
        CaptureRequested(
            payment_id=state.payment_id,
            intent_id=state.intent_id,
            amount_minor=state.amount_minor,
        ),
    )


def cancel(command: CancelPayment, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """Undo the payment, however far it is. What cannot be undone yet is remembered."""
    reason = command.reason or "cancelled"  # The state takes an empty reason for not being cancelled.
    match state.status:
        case PaymentStatus.REQUESTED | PaymentStatus.CAPTURING:
            return () if state.cancelling else (refunds.deferred(state, reason),)
        case PaymentStatus.AWAITING_SHOPPER | PaymentStatus.AUTHORISED:
            return (outcomes.void(state, intent_id=state.intent_id, reason=reason),)
        case PaymentStatus.CAPTURED:
            return () if state.cancelling else refunds.take_back(state, reason)
        case PaymentStatus.VOIDING | PaymentStatus.VOIDED | PaymentStatus.FAILED:
            return ()
        case PaymentStatus.UNKNOWN:
            raise AssertionError("refused before")
        case _:
            assert_never(state.status)
