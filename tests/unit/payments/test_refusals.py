"""Refusals change nothing and come in one order."""

from __future__ import annotations

import pytest

from schemas.payments.disputes import DisputeStatus
from schemas.payments.messages import PaymentRefusal, PaymentRefused, PaymentsCommand, PaymentState, PaymentStatus
from schemas.payments.refunds import RefundStatus
from streams.keeping import leaves_at
from streams.payments.refusal import refusal
from streams.payments.room import PAYMENTS
from streams.runtime.decider import refusal_of
from tests.unit.payments import examples as w

UNKNOWN = PaymentState()
DISPUTED = w.decided(w.CAPTURED, w.disputed(w.dispute(DisputeStatus.NEEDS_RESPONSE)))[0]
REFUNDED = w.decided(w.CAPTURED, w.refund(w.AMOUNT, "all"))[0]
FAILED_CAPTURE = w.decided(w.CAPTURING, w.capture_failed())[0]

# By descending precedence. Each case also meets every reason below its own, where one command can meet both.
PRECEDENCE = [
    (w.refund(0), UNKNOWN, PaymentRefusal.PAYMENT_UNKNOWN),
    (w.capture(), UNKNOWN, PaymentRefusal.PAYMENT_UNKNOWN),
    (w.cancel(), UNKNOWN, PaymentRefusal.PAYMENT_UNKNOWN),
    (w.succeeded(), UNKNOWN, PaymentRefusal.PAYMENT_UNKNOWN),
    (w.refund_answer(RefundStatus.SUCCEEDED), UNKNOWN, PaymentRefusal.PAYMENT_UNKNOWN),
    (w.request(amount=0, shares=(), checkout="other"), w.CAPTURED, PaymentRefusal.PAYMENT_EXISTS),
    (w.refund(0), w.AUTHORISED, PaymentRefusal.WRONG_STATUS),
    (w.refund(w.AMOUNT + 1), w.AUTHORISED, PaymentRefusal.WRONG_STATUS),
    (w.refund_answer(RefundStatus.SUCCEEDED, "never-asked"), w.CAPTURED, PaymentRefusal.WRONG_STATUS),
    (w.capture(), w.REQUESTED, PaymentRefusal.WRONG_STATUS),
    (w.capture(), w.AWAITING, PaymentRefusal.WRONG_STATUS),
    (w.capture(), w.VOIDING, PaymentRefusal.WRONG_STATUS),
    (w.capture(), w.VOIDED, PaymentRefusal.WRONG_STATUS),
    (w.capture(), FAILED_CAPTURE, PaymentRefusal.WRONG_STATUS),
    (w.capture(), w.decided(w.CAPTURED, w.cancel())[0], PaymentRefusal.WRONG_STATUS),
    (w.request(amount=0, shares=()), UNKNOWN, PaymentRefusal.AMOUNT_NOT_POSITIVE),
    (w.refund(0), REFUNDED, PaymentRefusal.AMOUNT_NOT_POSITIVE),
    (w.refund(-1), REFUNDED, PaymentRefusal.AMOUNT_NOT_POSITIVE),
    (w.refund(w.AMOUNT + 1), DISPUTED, PaymentRefusal.DISPUTED),
    (w.refund(1), REFUNDED, PaymentRefusal.REFUND_EXCEEDS_CAPTURED),
    (w.refund(w.AMOUNT + 1), w.CAPTURED, PaymentRefusal.REFUND_EXCEEDS_CAPTURED),
]


@pytest.mark.parametrize(("command", "state", "reason"), PRECEDENCE)
def test_the_first_reason_that_applies_is_told(
    command: PaymentsCommand, state: PaymentState, reason: PaymentRefusal
) -> None:
    now, events = w.decided(state, command)
    [refused] = events
    assert isinstance(refused, PaymentRefused)
    assert (refused.command, refused.reason, refused.status) == (type(command).__name__, reason, state.status)
    assert now == state
    assert refusal_of(events) == reason


def test_every_reason_has_a_case_and_the_cases_stand_in_the_order_of_the_reasons() -> None:
    order = [reason for reason in PaymentRefusal if reason is not PaymentRefusal.UNKNOWN]
    assert list(dict.fromkeys(reason for _, _, reason in PRECEDENCE)) == order


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (w.request(), w.CAPTURED),
        (w.intent(), w.AWAITING),
        (w.intent(), w.CAPTURED),
        (w.capture(), w.CAPTURING),
        (w.capture(), w.CAPTURED),
        (w.refund(w.AMOUNT, "all"), REFUNDED),
        (w.cancel(), w.VOIDING),
        (w.cancel(), w.VOIDED),
        (w.cancel(), w.decided(REFUNDED, w.cancel())[0]),
        (w.cancel(), w.after(w.cancel())),
        (w.cancel(), w.decided(w.CAPTURING, w.cancel())[0]),
        (w.cancel(), w.decided(w.CAPTURED, w.cancel())[0]),
    ],
)
def test_what_is_done_already_decides_nothing(command: PaymentsCommand, state: PaymentState) -> None:
    assert refusal(command, state) is None
    now, events = w.decided(state, command)
    assert (now, events) == (state, ())
    assert refusal_of(events) == ""


def test_the_reply_tells_the_status() -> None:
    assert PAYMENTS.reply(w.AUTHORISED).status is PaymentStatus.AUTHORISED  # type: ignore[attr-defined]  # a state


def test_finished_payments_leave_memory_and_payments_set_no_timer() -> None:
    assert PAYMENTS.expires_at(w.VOIDED) == leaves_at(w.NOW)
    assert PAYMENTS.expires_at(w.AUTHORISED) is None
    assert PAYMENTS.next_timer_at(w.AWAITING) is None
