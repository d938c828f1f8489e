"""From the request to the end, whatever Stripe says when."""

from __future__ import annotations

import pytest

from schemas.checkout.messages import (
    CheckoutFailure,
    NoteActionRequired,
    NoteAuthorised,
    NoteCaptured,
    NoteDeclined,
    NoteIntent,
    NotePaymentEnded,
)
from schemas.payments.messages import (
    PaymentCaptured,
    PaymentsCommand,
    PaymentState,
    PaymentStatus,
    RecordIntentFailed,
)
from schemas.record import Record
from schemas.topics import CHECKOUT
from streams.payments.outcomes import NOTICES_MAX
from streams.runtime.decider import Send
from tests.unit.payments import wishes as w

INTENT_FAILED = RecordIntentFailed(payment_id=w.PAYMENT, failure="amount_too_small")


def noted(note: Record) -> list[Send]:
    return [Send(CHECKOUT, w.CHECKOUT, note)]


def ended(failure: CheckoutFailure) -> list[Send]:
    return noted(NotePaymentEnded(checkout_id=w.CHECKOUT, failure=failure))


@pytest.mark.parametrize(
    ("state", "command", "events", "told"),
    [
        (PaymentState(), w.request(), ["PaymentRequested"], []),
        (
            w.REQUESTED,
            w.intent(),
            ["PaymentIntentCreated"],
            noted(NoteIntent(checkout_id=w.CHECKOUT, client_secret="secret")),
        ),
        (w.REQUESTED, INTENT_FAILED, ["PaymentFailed"], ended(CheckoutFailure.PAYMENT_FAILED)),
        (w.AWAITING, INTENT_FAILED, [], []),
        (w.AWAITING, w.challenged(), ["PaymentActionRequired"], noted(NoteActionRequired(checkout_id=w.CHECKOUT))),
        (
            w.AWAITING,
            w.declined(),
            ["PaymentDeclined"],
            noted(NoteDeclined(checkout_id=w.CHECKOUT, failure="card_declined")),
        ),
        (w.AUTHORISED, w.challenged(), [], []),
        (w.AUTHORISED, w.declined(), [], []),
        (w.AWAITING, w.authorised(), ["PaymentAuthorised"], noted(NoteAuthorised(checkout_id=w.CHECKOUT))),
        (w.REQUESTED, w.authorised(), ["PaymentAuthorised"], noted(NoteAuthorised(checkout_id=w.CHECKOUT))),
        (w.CAPTURED, w.authorised(), [], []),
        (w.AUTHORISED, w.capture(), ["CaptureRequested"], []),
        (
            w.CAPTURING,
            w.captured(),
            ["PaymentCaptured"],
            noted(NoteCaptured(checkout_id=w.CHECKOUT, captured_minor=w.AMOUNT)),
        ),
        (
            w.AUTHORISED,
            w.succeeded(),
            ["PaymentCaptured"],
            noted(NoteCaptured(checkout_id=w.CHECKOUT, captured_minor=w.AMOUNT)),
        ),
        (w.CAPTURED, w.succeeded(), [], []),
        (w.CAPTURED, w.capture_failed(), [], []),
        (w.AUTHORISED, w.capture_failed(), [], []),
        (w.CAPTURING, w.capture_failed(), ["CaptureFailed", "VoidRequested"], ended(CheckoutFailure.CAPTURE_FAILED)),
        (w.CAPTURING, w.cancelled_at_stripe(), ["PaymentVoided"], ended(CheckoutFailure.PAYMENT_CANCELLED)),
        (w.REQUESTED, w.cancelled_at_stripe(), ["PaymentVoided"], ended(CheckoutFailure.PAYMENT_CANCELLED)),
        (w.CAPTURED, w.cancelled_at_stripe(), [], []),
        (w.AWAITING, w.cancel(), ["VoidRequested"], []),
        (w.AUTHORISED, w.cancel(), ["VoidRequested"], []),
        (w.REQUESTED, w.cancel(), ["PaymentCancelDeferred"], []),
        (w.CAPTURING, w.cancel(), ["PaymentCancelDeferred"], []),
        (w.CAPTURED, w.cancel(), ["RefundRequested"], []),
        (w.VOIDING, w.authorised(), [], []),
        (w.VOIDING, w.not_voided(), [], []),
        (w.VOIDING, w.voided(), ["PaymentVoided"], ended(CheckoutFailure.PAYMENT_CANCELLED)),
        (w.VOIDED, w.voided(), [], []),
        # The money was taken before the checkout asked for it: it is told again when it does.
        (w.CAPTURED, w.capture(), [], noted(NoteCaptured(checkout_id=w.CHECKOUT, captured_minor=w.AMOUNT))),
        (w.CAPTURING, w.capture(), [], []),
        (w.VOIDED, w.capture(), ["PaymentRefused"], ended(CheckoutFailure.CAPTURE_FAILED)),
        (PaymentState(), w.capture(), ["PaymentRefused"], []),
        (PaymentState(), w.request(amount=0, shares=()), ["PaymentRefused"], ended(CheckoutFailure.PAYMENT_FAILED)),
        (w.CAPTURED, w.refund(0), ["PaymentRefused"], []),
    ],
)
def test_what_is_decided_and_who_is_told(
    state: PaymentState, command: PaymentsCommand, events: list[str], told: list[Send]
) -> None:
    assert w.names(w.decided(state, command)[1]) == events
    assert w.to_checkout(state, command) == told


def test_a_request_of_another_checkout_tells_that_one_that_it_will_not_be_paid() -> None:
    [send] = w.sent(w.AWAITING, w.request(checkout="other"))
    assert (send.key, send.command) == (
        "other",
        NotePaymentEnded(checkout_id="other", failure=CheckoutFailure.PAYMENT_FAILED),
    )


def test_s13_processing_moves_nothing_and_a_challenge_authorises_nothing() -> None:
    assert w.decided(w.AWAITING, w.processing()) == (w.AWAITING, ())
    now, events = w.decided(w.AWAITING, w.challenged())
    assert (now.status, w.names(events)) == (PaymentStatus.AWAITING_SHOPPER, ["PaymentActionRequired"])


def test_an_intent_authorised_before_our_call_was_answered_can_be_captured_and_is_not_moved_back() -> None:
    early = w.after(w.authorised())
    assert (early.status, early.intent_id) == (PaymentStatus.AUTHORISED, w.INTENT)
    assert w.decided(early, w.intent()) == (early, ())


def test_the_same_challenge_is_told_once_and_a_second_challenge_again() -> None:
    _, events = w.decided(w.AWAITING, w.challenged("evt_a"), w.challenged("evt_a"), w.challenged("evt_b"))
    assert w.names(events) == ["PaymentActionRequired"] * 2


def test_a_tester_of_stolen_cards_fills_no_memory() -> None:
    now, events = w.decided(w.AWAITING, *(w.declined(f"evt_{number}") for number in range(NOTICES_MAX * 2)))
    assert len(events) == len(now.told) == NOTICES_MAX
    assert w.decided(now, w.authorised())[0].told == ()


def test_a_webhook_of_an_intent_made_by_mistake_is_not_ours() -> None:
    stray = w.webhook("canceled", "canceled", intent_id="pi_stray")
    assert w.decided(w.AUTHORISED, stray) == (w.AUTHORISED, ())


def test_captured_means_authorised_even_when_that_was_told_last() -> None:
    now, events = w.decided(w.AWAITING, w.succeeded(), w.authorised())
    assert w.names(events) == ["PaymentAuthorised", "PaymentCaptured"]
    assert now == w.CAPTURED


def test_a_capture_of_less_is_booked_as_stripe_says() -> None:
    now, [event] = w.decided(w.CAPTURING, w.captured(510))
    assert isinstance(event, PaymentCaptured)
    assert (now.captured_minor, event.amount_minor) == (510, 510)
    assert {key: amount for key, amount in w.balances((event,)).items() if key[1] is None} == {
        ("stripe_balance", None): 510
    }


def test_a_succeeded_intent_without_money_books_nothing() -> None:
    assert w.decided(w.CAPTURING, w.succeeded(0)) == (w.CAPTURING, ())
