"""From the request to the end, whatever Stripe says when."""

from __future__ import annotations

import pytest

from schemas.payments.messages import (
    PaymentCaptured,
    PaymentRefused,
    PaymentsCommand,
    PaymentState,
    PaymentStatus,
    RecordIntentFailed,
)
from streams.payments.outcomes import NOTICES_MAX
from tests.unit.payments import examples as w

INTENT_FAILED = RecordIntentFailed(payment_id=w.PAYMENT, failure="amount_too_small")


@pytest.mark.parametrize(
    ("state", "command", "events", "answers"),
    [
        (PaymentState(), w.request(), ["PaymentRequested"], []),
        (
            w.REQUESTED,
            w.intent(),
            ["PaymentIntentCreated"],
            ["PaymentIntentCreated"],
        ),
        (w.REQUESTED, INTENT_FAILED, ["PaymentFailed"], ["PaymentFailed"]),
        (w.AWAITING, INTENT_FAILED, [], []),
        (w.AWAITING, w.challenged(), ["PaymentActionRequired"], ["PaymentActionRequired"]),
        (
            w.AWAITING,
            w.declined(),
            ["PaymentDeclined"],
            ["PaymentDeclined"],
        ),
        (w.AUTHORISED, w.challenged(), [], []),
        (w.AUTHORISED, w.declined(), [], []),
        (w.AWAITING, w.authorised(), ["PaymentAuthorised"], ["PaymentAuthorised"]),
        (w.REQUESTED, w.authorised(), ["PaymentAuthorised"], ["PaymentAuthorised"]),
        (w.CAPTURED, w.authorised(), [], []),
        (w.AUTHORISED, w.capture(), ["CaptureRequested"], []),
        (
            w.CAPTURING,
            w.captured(),
            ["PaymentCaptured"],
            ["PaymentCaptured"],
        ),
        (
            w.AUTHORISED,
            w.succeeded(),
            ["PaymentCaptured"],
            ["PaymentCaptured"],
        ),
        (w.CAPTURED, w.succeeded(), [], []),
        (w.CAPTURED, w.capture_failed(), [], []),
        (w.AUTHORISED, w.capture_failed(), [], []),
        (w.CAPTURING, w.capture_failed(), ["CaptureFailed", "VoidRequested"], ["CaptureFailed"]),
        (w.CAPTURING, w.cancelled_at_stripe(), ["PaymentVoided"], ["PaymentVoided"]),
        (w.REQUESTED, w.cancelled_at_stripe(), ["PaymentVoided"], ["PaymentVoided"]),
        (w.CAPTURED, w.cancelled_at_stripe(), [], []),
        (w.AWAITING, w.cancel(), ["VoidRequested"], []),
        (w.AUTHORISED, w.cancel(), ["VoidRequested"], []),
        (w.REQUESTED, w.cancel(), ["PaymentCancelDeferred"], []),
        (w.CAPTURING, w.cancel(), ["PaymentCancelDeferred"], []),
        (w.CAPTURED, w.cancel(), ["RefundRequested"], []),
        (w.VOIDING, w.authorised(), [], []),
        (w.VOIDING, w.not_voided(), [], []),
        (w.VOIDING, w.voided(), ["PaymentVoided"], ["PaymentVoided"]),
        (w.VOIDED, w.voided(), [], []),
        # The money was taken before the checkout asked for it: it is answered so when it does.
        (w.CAPTURED, w.capture(), [], ["AlreadyCaptured"]),
        (w.CAPTURING, w.capture(), [], []),
        (w.VOIDED, w.capture(), ["PaymentRefused"], ["PaymentRefused"]),
        (PaymentState(), w.capture(), ["PaymentRefused"], []),
        (PaymentState(), w.request(amount=0, shares=()), ["PaymentRefused"], ["PaymentRefused"]),
        (w.CAPTURED, w.refund(0), ["PaymentRefused"], []),
    ],
)
def test_what_is_decided_and_what_the_checkout_is_answered(
    state: PaymentState, command: PaymentsCommand, events: list[str], answers: list[str]
) -> None:
    assert w.names(w.decided(state, command)[1]) == events
    assert w.names(w.answers(state, command)) == answers


def test_a_request_of_another_checkout_is_answered_that_it_will_not_be_paid() -> None:
    [(to, refused)] = w.sent(w.AWAITING, w.request(checkout="other"))
    assert isinstance(refused, PaymentRefused)
    assert (to, refused.command) == ("checkout/other", "RequestPayment")


def test_s13_processing_moves_nothing_and_a_challenge_authorises_nothing() -> None:
    assert w.decided(w.AWAITING, w.processing()) == (w.AWAITING, ())
    now, events = w.decided(w.AWAITING, w.challenged())
    assert (now.status, w.names(events)) == (PaymentStatus.AWAITING_SHOPPER, ["PaymentActionRequired"])


def test_an_intent_authorised_before_our_call_was_answered_can_be_captured_and_is_not_moved_back() -> None:
    early = w.after(w.authorised())
    assert (early.status, early.intent_id) == (PaymentStatus.AUTHORISED, w.INTENT)
    assert w.decided(early, w.intent()) == (early, ())


def test_the_same_challenge_is_sent_once_and_a_second_challenge_again() -> None:
    _, events = w.decided(w.AWAITING, w.challenged("evt_a"), w.challenged("evt_a"), w.challenged("evt_b"))
    assert w.names(events) == ["PaymentActionRequired"] * 2


def test_a_tester_of_stolen_cards_fills_no_memory() -> None:
    now, events = w.decided(w.AWAITING, *(w.declined(f"evt_{number}") for number in range(NOTICES_MAX * 2)))
    assert len(events) == len(now.notified) == NOTICES_MAX
    assert w.decided(now, w.authorised())[0].notified == ()


def test_a_webhook_of_an_intent_made_by_mistake_is_not_ours() -> None:
    stray = w.webhook("canceled", "canceled", intent_id="pi_stray")
    assert w.decided(w.AUTHORISED, stray) == (w.AUTHORISED, ())


def test_captured_means_authorised_even_when_that_came_last() -> None:
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
