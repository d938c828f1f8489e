"""A payment is to be undone, whatever it is doing at that moment."""

from __future__ import annotations

import pytest

from schemas.payments.messages import (
    PaymentCaptured,
    PaymentsCommand,
    PaymentStatus,
    PaymentVoided,
    RecordIntentFailed,
    VoidRequested,
)
from schemas.payments.refunds import RefundRequested
from tests.unit.payments import examples as w

INTENT_FAILED = RecordIntentFailed(payment_id=w.PAYMENT, failure="amount_too_small")


def test_s7_a_hold_that_ends_during_the_challenge_voids_the_payment_and_a_late_authorisation_changes_nothing() -> None:
    challenged = w.after(w.intent(), w.challenged())
    now, events = w.decided(challenged, w.cancel("checkout_expired"), w.authorised(), w.voided(), w.authorised())
    assert w.names(events) == ["VoidRequested", "PaymentVoided"]
    assert (now.status, now.captured_minor) == (PaymentStatus.VOIDED, 0)
    assert isinstance(events[1], PaymentVoided)
    assert events[1].reason == "checkout_expired"


@pytest.mark.parametrize("news", [w.not_voided(w.AMOUNT), w.succeeded(), w.captured()], ids=["void", "webhook", "api"])
def test_s7_money_taken_although_the_payment_was_to_be_voided_goes_back(news: PaymentsCommand) -> None:
    now, events = w.decided(w.VOIDING, news, w.succeeded(), w.captured())
    assert w.names(events) == ["PaymentCaptured", "RefundRequested"]
    assert isinstance(events[1], RefundRequested)
    assert (events[1].refund_id, events[1].amount_minor) == (w.CANCEL_REFUND, w.AMOUNT)
    assert (events[1].intent_id, events[1].reason) == (w.INTENT, "order_cancelled")
    assert now.status is PaymentStatus.CAPTURED
    [answer] = w.answers(w.VOIDING, news)
    assert isinstance(answer, PaymentCaptured) and answer.unwanted


def test_s15_cancelled_before_the_intent_is_known_no_shopper_gets_its_secret() -> None:
    cancelling = w.after(w.cancel())
    now, events = w.decided(cancelling, w.challenged(), w.declined(), w.intent())
    assert w.names(events) == ["PaymentIntentCreated", "VoidRequested"]
    assert isinstance(events[1], VoidRequested)
    assert (events[1].intent_id, events[1].reason) == (w.INTENT, "order_cancelled")
    assert now.status is PaymentStatus.VOIDING
    assert w.sent(cancelling, w.intent()) == []


def test_s15_cancelled_before_the_intent_is_known_an_early_authorisation_is_let_go() -> None:
    now, events = w.decided(w.after(w.cancel()), w.authorised(), w.intent())
    assert w.names(events) == ["VoidRequested"]
    assert now == w.decided(w.after(w.cancel()), w.intent())[0]


def test_s15_cancelled_before_the_intent_is_known_and_no_intent_ever_came() -> None:
    now, events = w.decided(w.after(w.cancel()), INTENT_FAILED, w.intent())
    assert (now.status, w.names(events)) == (PaymentStatus.FAILED, ["PaymentFailed"])


def test_s15_cancelled_during_the_capture_the_money_goes_back_when_it_came() -> None:
    cancelling = w.decided(w.CAPTURING, w.cancel())[0]
    now, events = w.decided(cancelling, w.captured(), w.succeeded())
    assert w.names(events) == ["PaymentCaptured", "RefundRequested"]
    assert now.refunds[w.CANCEL_REFUND].amount_minor == w.AMOUNT
    [answer] = w.answers(cancelling, w.captured())
    assert isinstance(answer, PaymentCaptured) and answer.unwanted


def test_s15_cancelled_during_the_capture_nothing_goes_back_when_nothing_came() -> None:
    now, events = w.decided(w.CAPTURING, w.cancel(), w.capture_failed(), w.voided())
    assert w.names(events) == ["PaymentCancelDeferred", "CaptureFailed", "VoidRequested", "PaymentVoided"]
    assert (now.status, now.refunds) == (PaymentStatus.VOIDED, {})


def test_s15_a_capture_that_was_thought_failed_but_took_the_money_gives_it_back() -> None:
    _, events = w.decided(w.CAPTURING, w.capture_failed(), w.succeeded())
    assert w.names(events) == ["CaptureFailed", "VoidRequested", "PaymentCaptured", "RefundRequested"]


def test_a_cancel_without_a_reason_is_not_forgotten() -> None:
    _, events = w.decided(w.REQUESTED, w.cancel(""), w.intent())
    assert w.names(events)[-1] == "VoidRequested"
