"""Why a payment command is refused."""

from __future__ import annotations

from schemas.payments.messages import (
    CapturePayment,
    PaymentRefusal,
    PaymentsCommand,
    PaymentState,
    PaymentStatus,
    RequestPayment,
)
from schemas.payments.refunds import RecordRefund, RefundPayment
from streams.payments.refunds import row_of
from streams.payments.state import is_charged_back, refundable

# Money that is reserved, and money that is being taken or was: then what was asked for is under way or done.
CAPTURABLE = frozenset({PaymentStatus.AUTHORISED, PaymentStatus.CAPTURING, PaymentStatus.CAPTURED})


def refusal(command: PaymentsCommand, state: PaymentState) -> PaymentRefusal | None:
    """The first reason that applies, by descending precedence. What is done already is not refused."""
    if state.status is PaymentStatus.UNKNOWN and not isinstance(command, RequestPayment):
        return PaymentRefusal.PAYMENT_UNKNOWN
    match command:
        case RequestPayment():
            if state.status is not PaymentStatus.UNKNOWN and command.answer_to != state.answer_to:
                return PaymentRefusal.PAYMENT_EXISTS
            if command.amount_minor <= 0:
                return PaymentRefusal.AMOUNT_NOT_POSITIVE
        case CapturePayment():
            taken_back = state.status is PaymentStatus.CAPTURED and state.cancelling
            if state.status not in CAPTURABLE or taken_back:
                return PaymentRefusal.WRONG_STATUS
        case RefundPayment() if command.refund_id not in state.refunds:
            return _of_refund(command, state)
        case RecordRefund() if row_of(command, state) is None:
            return PaymentRefusal.WRONG_STATUS  # nobody asked for this refund, and the amount is not said
        case _:
            pass
    return None


def _of_refund(command: RefundPayment, state: PaymentState) -> PaymentRefusal | None:
    if state.status is not PaymentStatus.CAPTURED:
        return PaymentRefusal.WRONG_STATUS
    if command.amount_minor <= 0:
        return PaymentRefusal.AMOUNT_NOT_POSITIVE
    if is_charged_back(state):
        return PaymentRefusal.DISPUTED
    if command.amount_minor > refundable(state):
        return PaymentRefusal.REFUND_EXCEEDS_CAPTURED
    return None
