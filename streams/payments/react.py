"""What other rooms are told of a payment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from schemas.checkout.messages import (
    CheckoutCommand,
    CheckoutFailure,
    NoteActionRequired,
    NoteAuthorised,
    NoteCaptured,
    NoteDeclined,
    NoteIntent,
    NotePaymentEnded,
)
from schemas.orders.messages import RecordOrderMoney
from schemas.payments.messages import (
    CancelPayment,
    CaptureFailed,
    CapturePayment,
    CaptureRequested,
    DisputeRecorded,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCancelDeferred,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentRefused,
    PaymentRequested,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    PaymentVoided,
    RefundFailed,
    RefundPending,
    RefundRequested,
    RefundSucceeded,
    RequestPayment,
    VoidRequested,
)
from schemas.topics import CHECKOUT, ORDERS
from streams.payments.state import MONEY, money
from streams.runtime.decider import Send


def react(command: PaymentsCommand, state: PaymentState, events: tuple[PaymentsEvent, ...]) -> Iterator[Send]:
    """Commands for other rooms. The order hears first how its money stands, then the checkout what that means."""
    # An order that was not placed yet has missed what was said: it is told again when its checkout goes on, or ends.
    missed = isinstance(command, CapturePayment | CancelPayment) and state.money_facts
    if missed or any(isinstance(event, MONEY) for event in events):
        yield Send(ORDERS, state.order_id, RecordOrderMoney(order_id=state.order_id, money=money(state)))
    for event in events:
        yield from _told(command, state, event)
    if isinstance(command, CapturePayment) and not events and state.status is PaymentStatus.CAPTURED:
        # The money was taken before the checkout asked for it, so it may not have listened when it was told.
        yield _checkout(NoteCaptured(checkout_id=state.checkout_id, captured_minor=state.captured_minor))


def _told(command: PaymentsCommand, state: PaymentState, event: PaymentsEvent) -> Iterator[Send]:
    match event:
        case PaymentRefused():
            yield from _refusal(command, state)
        case PaymentCaptured(checkout_id=checkout_id, amount_minor=amount):
            if state.cancelling:  # Taken only to go back: no order may rest on it.
                yield _ended(checkout_id, CheckoutFailure.PAYMENT_CANCELLED)
            else:
                yield _checkout(NoteCaptured(checkout_id=checkout_id, captured_minor=amount))
        case CaptureFailed(checkout_id=checkout_id):
            yield _ended(checkout_id, CheckoutFailure.CAPTURE_FAILED)
        case PaymentFailed(checkout_id=checkout_id):
            yield _ended(checkout_id, CheckoutFailure.PAYMENT_FAILED)
        case PaymentVoided(checkout_id=checkout_id):
            yield _ended(checkout_id, CheckoutFailure.PAYMENT_CANCELLED)
        case PaymentIntentCreated() | PaymentActionRequired() | PaymentDeclined() | PaymentAuthorised():
            yield from _towards_authorisation(state, event)
        case PaymentRequested() | CaptureRequested() | VoidRequested() | RefundRequested():
            pass  # For the Stripe connector, which reads the events.
        case PaymentCancelDeferred() | RefundPending() | RefundSucceeded() | RefundFailed() | DisputeRecorded():
            pass  # For the order, if it is of money at all.
        case _:
            assert_never(event)


def _towards_authorisation(
    state: PaymentState, event: PaymentIntentCreated | PaymentActionRequired | PaymentDeclined | PaymentAuthorised
) -> Iterator[Send]:
    match event:
        case PaymentIntentCreated(checkout_id=checkout_id, client_secret=secret):
            if not state.cancelling:  # Nobody may pay what is being cancelled.
                yield _checkout(NoteIntent(checkout_id=checkout_id, client_secret=secret))
        case PaymentActionRequired(checkout_id=checkout_id):
            yield _checkout(NoteActionRequired(checkout_id=checkout_id))
        case PaymentDeclined(checkout_id=checkout_id, failure=failure):
            yield _checkout(NoteDeclined(checkout_id=checkout_id, failure=failure))
        case PaymentAuthorised(checkout_id=checkout_id):
            yield _checkout(NoteAuthorised(checkout_id=checkout_id))
        case _:
            assert_never(event)


def _refusal(command: PaymentsCommand, state: PaymentState) -> Iterator[Send]:
    """A checkout that waits for a payment must hear that none will come."""
    if isinstance(command, RequestPayment):
        yield _ended(command.checkout_id, CheckoutFailure.PAYMENT_FAILED)
    if isinstance(command, CapturePayment) and state.checkout_id:
        yield _ended(state.checkout_id, CheckoutFailure.CAPTURE_FAILED)


def _ended(checkout_id: str, failure: CheckoutFailure) -> Send:
    return _checkout(NotePaymentEnded(checkout_id=checkout_id, failure=failure))


def _checkout(note: CheckoutCommand) -> Send:
    return Send(CHECKOUT, note.checkout_id, note)
