"""Money that goes back, and money that comes back after it did."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas.orders.messages import OrderMoney, RecordOrderMoney
from schemas.payments.messages import PaymentsCommand, PaymentState
from schemas.payments.refunds import RefundFailed, RefundRequested, RefundStatus, RefundSucceeded
from streams.payments.state import kept, refundable
from tests.unit.payments import examples as w

PENDING, SUCCEEDED, FAILED = RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED
ASKED = w.decided(w.CAPTURED, w.refund(400))[0]
CAPTURE = w.decided(w.CAPTURING, w.captured())[1]


def to_order(sequence: int, **how: int) -> list[tuple[str, RecordOrderMoney]]:
    money = OrderMoney(sequence=sequence, captured_minor=w.AMOUNT, **how)  # type: ignore[arg-type]  # pence all
    return [(f"orders/{w.ORDER}", RecordOrderMoney(order_id=w.ORDER, money=money))]


def test_s17_two_refunds_of_the_same_line_are_one() -> None:
    _, events = w.decided(w.CAPTURED, w.refund(400), w.refund(400), w.refund(100))
    assert w.names(events) == ["RefundRequested"]


@pytest.mark.parametrize(
    "news",
    list(
        permutations(
            [
                w.refund_answer(PENDING),
                w.refund_webhook(PENDING, 400),
                w.refund_webhook(SUCCEEDED, 400),
            ]
        )
    ),
)
def test_s17_answer_and_webhooks_in_any_order_record_one_refund(news: tuple[PaymentsCommand, ...]) -> None:
    now, events = w.decided(ASKED, *news, *news)
    assert w.names(events).count("RefundSucceeded") == 1
    assert now.refunds["ref-1"].status is SUCCEEDED
    assert now.refunds["ref-1"].stripe_refund_id == "re_1"
    assert kept(now) == w.AMOUNT - 400


def test_s17_a_failed_refund_restores_the_balance() -> None:
    now, events = w.decided(ASKED, w.refund_webhook(SUCCEEDED, 400), w.refund_webhook(FAILED, 400))
    assert (kept(now), refundable(now)) == (w.AMOUNT, w.AMOUNT)
    assert w.balances(CAPTURE + events) == w.balances(CAPTURE)
    assert isinstance(events[-1], RefundFailed)
    assert events[-1].refunded_total_minor == 0


def test_s17_a_refund_that_failed_can_be_asked_for_again() -> None:
    now, _ = w.decided(ASKED, w.refund_answer(FAILED, stripe_refund_id="", failure="insufficient_funds"))
    assert w.names(w.decided(now, w.refund(w.AMOUNT, "again"))[1]) == ["RefundRequested"]


def test_s17_orders_are_told_the_total_each_time_money_went_or_came_back() -> None:
    assert w.sent(w.CAPTURED, w.refund(400)) == to_order(2, refund_pending_minor=400)
    assert w.sent(ASKED, w.refund_webhook(SUCCEEDED, 400)) == to_order(3, refunded_minor=400)
    done = w.decided(ASKED, w.refund_webhook(SUCCEEDED, 400))[0]
    assert w.sent(done, w.refund_webhook(FAILED, 400)) == to_order(4)
    assert w.sent(done, w.refund_webhook(SUCCEEDED, 400)) == []
    assert w.sent(ASKED, w.refund_answer(PENDING)) == to_order(3, refund_pending_minor=400)


def test_s17_partial_refunds_up_to_all_of_it_leave_every_account_at_zero() -> None:
    parts = [333, 333, 333, 21]
    state, events = w.CAPTURED, CAPTURE
    for number, amount in enumerate(parts):
        refund_id = f"ref-{number}"
        state, more = w.decided(
            state, w.refund(amount, refund_id), w.refund_answer(SUCCEEDED, refund_id, f"re_{number}")
        )
        events += more
    assert w.balances(events) == {}
    assert refundable(state) == 0


def test_a_refund_made_in_stripes_dashboard_is_recorded_under_its_stripe_id() -> None:
    news = w.refund_webhook(SUCCEEDED, 20, refund_id="", stripe_refund_id="re_desk")
    now, [event] = w.decided(w.CAPTURED, news, news)
    assert isinstance(event, RefundSucceeded)
    assert (event.refund_id, event.refunded_total_minor) == ("re_desk", 20)
    assert refundable(now) == w.AMOUNT - 20


def test_a_pending_refund_of_the_dashboard_is_no_longer_refundable() -> None:
    now, events = w.decided(w.CAPTURED, w.refund_webhook(PENDING, 20, refund_id="", stripe_refund_id="re_desk"))
    assert w.names(events) == ["RefundPending"]
    assert (kept(now), refundable(now)) == (w.AMOUNT, w.AMOUNT - 20)


def test_a_webhook_without_our_id_is_found_by_stripes() -> None:
    now, _ = w.decided(ASKED, w.refund_answer(PENDING), w.refund_webhook(SUCCEEDED, 400, refund_id=""))
    assert list(now.refunds) == ["ref-1"]
    assert kept(now) == w.AMOUNT - 400


def test_a_second_stripe_refund_for_one_of_ours_is_money_too() -> None:
    now, _ = w.decided(
        ASKED, w.refund_webhook(SUCCEEDED, 400), w.refund_webhook(SUCCEEDED, 400, stripe_refund_id="re_2")
    )
    assert list(now.refunds) == ["ref-1", "re_2"]
    assert kept(now) == w.AMOUNT - 800


@pytest.mark.parametrize("first", [True, False])
def test_a_refund_that_stripe_shows_was_not_refused(first: bool) -> None:
    news = [w.refund_webhook(SUCCEEDED, 400), w.refund_answer(FAILED, stripe_refund_id="", failure="timeout")]
    now, _ = w.decided(ASKED, *(news if first else reversed(news)))
    assert now.refunds["ref-1"].status is SUCCEEDED
    assert kept(now) == w.AMOUNT - 400


def test_a_failure_is_final() -> None:
    now, events = w.decided(ASKED, w.refund_webhook(FAILED, 400), w.refund_webhook(SUCCEEDED, 400))
    assert w.names(events) == ["RefundFailed"]
    assert kept(now) == w.AMOUNT


def test_a_refund_webhook_that_names_no_refund_or_no_amount_records_nothing() -> None:
    for news in (w.refund_webhook(SUCCEEDED, 400, stripe_refund_id=""), w.refund_webhook(SUCCEEDED, 0)):
        assert w.decided(ASKED, news) == (ASKED, ())


def test_cancelling_a_captured_payment_asks_for_what_is_not_on_its_way() -> None:
    [event] = w.decided(ASKED, w.cancel())[1]
    assert isinstance(event, RefundRequested)
    assert (event.refund_id, event.amount_minor) == (w.CANCEL_REFUND, w.AMOUNT - 400)


def test_a_refund_heard_of_before_its_capture_balances_once_both_are_known() -> None:
    news = w.refund_webhook(SUCCEEDED, 20, refund_id="", stripe_refund_id="re_desk")
    late, events = w.decided(w.CAPTURING, news, w.captured())
    now, others = w.decided(w.CAPTURING, w.captured(), news)
    assert late == now
    assert w.balances(events) == w.balances(others)


@pytest.mark.parametrize("state", [w.CAPTURED, ASKED, PaymentState(), w.VOIDED])
def test_news_of_a_refund_nobody_asked_for_is_refused_not_forgotten(state: PaymentState) -> None:
    assert w.names(w.decided(state, w.refund_answer(SUCCEEDED, "never-asked", "re_9"))[1]) == ["PaymentRefused"]
