"""Whatever Stripe has to say, said in any order and up to three times each, leads to the same payment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.payments.messages import PaymentsCommand, PaymentState, PaymentStatus
from schemas.payments.refunds import RefundStatus
from tests.unit.payments import examples as w

Story = tuple[PaymentState, tuple[PaymentsCommand, ...], PaymentStatus]

TWO_REFUNDS = w.decided(w.CAPTURED, w.refund(333, "a"), w.refund(400, "b"))[0]
CANCELLED_IN_CAPTURE = w.decided(w.CAPTURING, w.cancel())[0]

# Where the payment is, what is said, where it ends.
STORIES: dict[str, Story] = {
    "the shopper pays after a decline and a challenge": (
        w.REQUESTED,
        (w.intent(), w.declined(), w.challenged(), w.processing(), w.authorised()),
        PaymentStatus.AUTHORISED,
    ),
    "the capture is answered and reported": (
        w.CAPTURING,
        (w.intent(), w.captured(), w.succeeded(), w.authorised(), w.processing()),
        PaymentStatus.CAPTURED,
    ),
    "everything is late": (
        w.REQUESTED,
        (w.intent(), w.declined(), w.challenged(), w.authorised(), w.succeeded()),
        PaymentStatus.CAPTURED,
    ),
    "the payment is cancelled at the provider": (
        w.REQUESTED,
        (w.intent(), w.cancelled_at_stripe(), w.declined(), w.challenged()),
        PaymentStatus.VOIDED,
    ),
    "the void is answered and reported, the authorisation late": (
        w.VOIDING,
        (w.voided(), w.cancelled_at_stripe(), w.authorised(), w.intent(), w.not_voided()),
        PaymentStatus.VOIDED,
    ),
    "the void comes too late": (
        w.VOIDING,
        (w.not_voided(w.AMOUNT), w.succeeded(), w.captured(), w.authorised(), w.cancel()),
        PaymentStatus.CAPTURED,
    ),
    "cancelled while the intent is made": (
        w.REQUESTED,
        (w.cancel(), w.intent(), w.declined(), w.challenged()),
        PaymentStatus.VOIDING,
    ),
    "cancelled while the money is taken": (
        CANCELLED_IN_CAPTURE,
        (w.captured(), w.succeeded(), w.cancel(), w.authorised()),
        PaymentStatus.CAPTURED,
    ),
    "the capture fails": (
        w.CAPTURING,
        (w.capture_failed(), w.cancelled_at_stripe(), w.voided()),
        PaymentStatus.VOIDED,
    ),
    "two refunds succeed, a third comes from the dashboard": (
        TWO_REFUNDS,
        (
            w.refund_answer(RefundStatus.PENDING, "a", "re_a"),
            w.refund_webhook(RefundStatus.SUCCEEDED, 333, "a", "re_a"),
            w.refund_answer(RefundStatus.SUCCEEDED, "b", "re_b"),
            w.refund_webhook(RefundStatus.SUCCEEDED, 400, "b", "re_b"),
            w.refund_webhook(RefundStatus.SUCCEEDED, 20, "", "re_c"),
            w.refund_webhook(RefundStatus.PENDING, 20, "", "re_c"),
        ),
        PaymentStatus.CAPTURED,
    ),
    "a refund fails after it succeeded": (
        TWO_REFUNDS,
        (
            w.refund_answer(RefundStatus.PENDING, "a", "re_a"),
            w.refund_webhook(RefundStatus.SUCCEEDED, 333, "a", "re_a"),
            w.refund_webhook(RefundStatus.FAILED, 333, "a", "re_a"),
            w.refund_webhook(RefundStatus.SUCCEEDED, 400, "b", "re_b"),
        ),
        PaymentStatus.CAPTURED,
    ),
}


@pytest.mark.parametrize("name", STORIES)
@settings(deadline=None)
@given(data=st.data())
def test_s11_the_same_news_in_any_order_any_number_of_times_is_the_same_payment(name: str, data: st.DataObject) -> None:
    start, news, status = STORIES[name]
    told = [each for each in news for _ in range(data.draw(st.integers(1, 3)))]
    plainly, plain_events = w.decided(start, *news)
    oddly, odd_events = w.decided(start, *data.draw(st.permutations(told)))
    assert oddly.status is status
    assert comparable(oddly) == comparable(plainly)
    assert w.balances(odd_events) == w.balances(plain_events)
    for once in ("PaymentAuthorised", "PaymentCaptured", "PaymentVoided", "CaptureRequested", "RefundRequested"):
        assert w.names(odd_events).count(once) <= 1


def comparable(state: PaymentState) -> object:
    """All of the state; in which order refunds were heard of, and how many facts it took, is no difference."""
    return replace(state, money_facts=0), sorted(state.refunds), sorted(state.disputes)


def test_s11_one_checkout_paid_three_times_over_is_one_capture() -> None:
    news = (w.authorised(), w.capture(), w.succeeded(), w.captured()) * 3
    now, events = w.decided(w.AWAITING, *news)
    assert w.names(events) == ["PaymentAuthorised", "CaptureRequested", "PaymentCaptured"]
    assert now.captured_minor == w.AMOUNT
