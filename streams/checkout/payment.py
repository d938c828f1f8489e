"""What the answers of payments lead to. A webhook may overtake the intent, so both payment steps hear the same."""

from __future__ import annotations

from typing import assert_never

from schemas.checkout.answers import PaymentAnswer
from schemas.checkout.messages import (
    CheckoutAuthorised,
    CheckoutAwaitingPayment,
    CheckoutCardDeclined,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutExtended,
    CheckoutFailure,
    CheckoutState,
    CheckoutStep,
)
from schemas.payments.messages import (
    AlreadyCaptured,
    CaptureFailed,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentRefused,
    PaymentVoided,
)
from streams.checkout.ending import failed

Events = tuple[CheckoutEvent, ...]

EXTENSION_MS = 15 * 60_000  # what a bank's challenge may take
LONGEST_MS = 60 * 60_000  # from the start: no shopper keeps stock from others for longer

PAYING = frozenset({CheckoutStep.PREPARING_PAYMENT, CheckoutStep.AWAITING_PAYMENT})
AUTHORISED = frozenset({CheckoutStep.SEALING, CheckoutStep.COMMITTING, CheckoutStep.PLACING})


def paying(answer: PaymentAnswer, state: CheckoutState, at: int) -> Events:
    """The events that an answer of payments leads to.

    Before PREPARING_PAYMENT no payment exists, so nothing is answered. FAILED: taken back in `react`.
    """
    match answer:
        case PaymentIntentCreated(client_secret=secret):
            return _intent(secret, state)
        case PaymentActionRequired():
            return _extended(state, at) if state.step in PAYING else ()  # later, no clock runs
        case PaymentDeclined(failure=failure):
            if state.step not in PAYING:
                return ()  # A card declined before the one that was taken.
            return (CheckoutCardDeclined(checkout_id=state.checkout_id, failure=failure),)
        case PaymentAuthorised():
            if state.step not in PAYING:
                return ()  # Heard before.
            return (CheckoutAuthorised(checkout_id=state.checkout_id, cart_id=state.cart_id),)
        case PaymentVoided() | PaymentCaptured(unwanted=True):
            return _ended(CheckoutFailure.PAYMENT_CANCELLED, state, at)
        case PaymentCaptured(amount_minor=captured) | AlreadyCaptured(amount_minor=captured):
            return _captured(captured, state, at)
        case PaymentFailed() | PaymentRefused(command="RequestPayment"):
            return _ended(CheckoutFailure.PAYMENT_FAILED, state, at)
        case CaptureFailed() | PaymentRefused():
            return _ended(CheckoutFailure.CAPTURE_FAILED, state, at)
        case _:
            assert_never(answer)


def _intent(client_secret: str, state: CheckoutState) -> Events:
    if state.step is not CheckoutStep.PREPARING_PAYMENT:
        return ()  # Heard before, or the authorisation overtook it and nobody needs the secret.
    return (CheckoutAwaitingPayment(checkout_id=state.checkout_id, client_secret=client_secret),)


def _extended(state: CheckoutState, at: int) -> Events:
    expires_at = min(at + EXTENSION_MS, state.started_at + LONGEST_MS)
    if expires_at <= state.expires_at:
        return ()  # They have that long already, or had all there is.
    return (CheckoutExtended(checkout_id=state.checkout_id, expires_at=expires_at),)


def _captured(captured_minor: int, state: CheckoutState, at: int) -> Events:
    if state.step is not CheckoutStep.CAPTURING:
        # COMPLETED: heard before. Before CAPTURING: somebody captured by hand at the provider; payments answers
        # the CapturePayment that is still to come.
        return ()
    if captured_minor != state.total_minor:
        return (failed(state, CheckoutFailure.CAPTURE_FAILED, at),)  # Taken in part, by hand: it all goes back.
    return (
        CheckoutCompleted(
            checkout_id=state.checkout_id,
            order_id=state.order_id,
            cart_id=state.cart_id,
            captured_minor=captured_minor,
            ended_at=at,
        ),
    )


def _ended(failure: CheckoutFailure, state: CheckoutState, at: int) -> Events:
    if state.step is CheckoutStep.CAPTURING:
        return (failed(state, CheckoutFailure.CAPTURE_FAILED, at),)  # Whatever the provider calls it.
    if state.step in PAYING | AUTHORISED:
        return (failed(state, failure, at),)
    return ()  # COMPLETED: money that goes back now is the order's matter.
