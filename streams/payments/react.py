"""The order is sent how its money stands; a capture that was made before it was asked for is answered."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.orders.messages import RecordOrderMoney
from schemas.payments.messages import (
    AlreadyCaptured,
    CancelPayment,
    CapturePayment,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
)
from schemas.record import Record
from streams.payments.state import MONEY, money


def react(command: PaymentsCommand, state: PaymentState, events: tuple[PaymentsEvent, ...]) -> Iterator[Record]:
    """Messages for others. The order learns how its money stands before the checkout learns of the events."""
    # An order that was not placed yet has missed what was sent: it is sent again when its checkout goes on, or ends.
    missed = isinstance(command, CapturePayment | CancelPayment) and state.money_facts
    if missed or any(isinstance(event, MONEY) for event in events):
        yield RecordOrderMoney(order_id=state.order_id, money=money(state))
    if isinstance(command, CapturePayment) and not events and state.status is PaymentStatus.CAPTURED:
        # PaymentCaptured may have come when nobody listened yet.
        yield AlreadyCaptured(payment_id=state.payment_id, answer_to=state.answer_to, amount_minor=state.captured_minor)
