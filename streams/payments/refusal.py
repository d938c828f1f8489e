"""Why a payment command is refused."""

from __future__ import annotations

from schemas.payments.messages import (
    CapturePayment,
    PaymentRefusal,
    PaymentsCommand,
    PaymentState,
    PaymentStatus,
    RecordRefund,
    RefundPayment,
    RequestPayment,
)
from streams.payments.refunds import cancel_refund_id, row_of
from streams.payments.state import refundable

# Money that is reserved, and money that is being taken or was: then the wish is under way or fulfilled.
CAPTURABLE = frozenset({PaymentStatus.AUTHORISED, PaymentStatus.CAPTURING, PaymentStatus.CAPTURED})


def refusal(command: PaymentsCommand, state: PaymentState) -> PaymentRefusal | None:
    """The first reason that applies, by descending precedence. A wish already fulfilled is not refused."""
    if state.status is PaymentStatus.UNKNOWN and not isinstance(command, RequestPayment):
        return PaymentRefusal.PAYMENT_UNKNOWN
    match command:
        case RequestPayment():
            if state.status is not PaymentStatus.UNKNOWN and command.checkout_id != state.checkout_id:
                return PaymentRefusal.PAYMENT_EXISTS
            if command.amount_minor <= 0:
                return PaymentRefusal.AMOUNT_NOT_POSITIVE
        case CapturePayment():
            if state.status not in CAPTURABLE or cancel_refund_id(state) in state.refunds:
                return PaymentRefusal.WRONG_STATUS
        case RefundPayment() if command.refund_id not in state.refunds:
            if state.status is not PaymentStatus.CAPTURED:
                return PaymentRefusal.WRONG_STATUS
            if command.amount_minor <= 0:
                return PaymentRefusal.AMOUNT_NOT_POSITIVE
            if command.amount_minor > refundable(state):
                return PaymentRefusal.REFUND_EXCEEDS_CAPTURED
        case RecordRefund() if row_of(command, state) is None:
            return PaymentRefusal.WRONG_STATUS  # nobody asked for this refund, and the amount is not said
        case _:
            pass
    return None
