"""An order is placed, paid, cancelled and refunded, and whom it concerns is sent so."""

from __future__ import annotations

import pytest

from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import OrderPlaced, OrderState, OrderStatus
from schemas.payments.messages import CancelPayment
from streams.keeping import leaves_at
from streams.orders.room import ORDERS
from streams.runtime.decider import refusal_of
from tests.rooms import sent
from tests.unit.orders import examples as w

S = OrderStatus


def names(*events: object) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_placed_order_is_pending_and_its_checkout_is_answered() -> None:
    now, events = w.decided(OrderState(), w.place())
    assert isinstance(events[0], OrderPlaced)
    assert (events[0].lines, events[0].contact, events[0].placed_at) == (w.LINES, b"sealed", w.NOW)
    assert (now.status, now.total_minor, now.lines) == (S.PENDING, w.TOTAL, w.LINES)
    assert sent(ORDERS, w.place(), now, events) == [(f"checkout/{w.CHECKOUT}", events[0])]


def test_a_total_that_is_not_the_sum_of_its_parts_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="total"):
        w.decided(OrderState(), w.place(total=w.TOTAL + 1))


def test_a_cancelled_order_gives_back_the_money_and_every_unit_once() -> None:
    now, events = w.decided(w.order_in(S.CONFIRMED), w.cancel())
    assert list(ORDERS.react(w.cancel(), now, events)) == [
        CancelPayment(payment_id=w.PAYMENT, reason="changed_mind"),
        ReturnStock(sku="BOOK", location="popup", quantity=1, order_id=w.ORDER),
        ReturnStock(sku="VASE", location="warehouse", quantity=2, order_id=w.ORDER),
    ]
    again, nothing = w.decided(now, w.cancel())
    assert list(ORDERS.react(w.cancel(), again, nothing)) == []


def test_s11_one_order_and_one_confirmation_however_often_both_are_asked_for() -> None:
    _, events = w.decided(OrderState(), *(w.place(), w.confirm()) * 3)
    assert names(*events) == ["OrderPlaced", "OrderConfirmed"]


def test_s13_an_order_begins_with_its_placing_and_with_nothing_else() -> None:
    for command in (w.confirm(), w.advance(S.PICKING), w.cancel(), w.refunded(0), w.refunded(5)):
        now, events = w.decided(OrderState(), command)
        assert (now, names(*events)) == (OrderState(), ["OrderRefused"])


@pytest.mark.parametrize("status", [each for each in S if each not in (S.UNKNOWN, S.RETURNED, S.REFUNDED)])
def test_s17_a_refund_is_recorded_in_every_status_and_moves_none(status: OrderStatus) -> None:
    state = w.order_in(status)
    now, events = w.decided(state, w.refunded(w.TOTAL), w.refunded(w.TOTAL))
    assert names(*events) == ["OrderMoneyRecorded"]
    assert (now.status, now.money.refunded_minor) == (status, w.TOTAL)


def test_s17_a_returned_order_is_refunded_when_all_is_back_and_returned_again_when_a_refund_failed() -> None:
    returned = w.order_in(S.RETURNED)
    part, _ = w.decided(returned, w.refunded(w.TOTAL - 1))
    assert part.status is S.RETURNED
    full, events = w.decided(part, w.refunded(w.TOTAL, 3))
    assert (full.status, names(*events)) == (S.REFUNDED, ["OrderMoneyRecorded", "OrderAdvanced"])
    bounced, events = w.decided(full, w.refunded(0, 4))
    assert (bounced.status, bounced.money.refunded_minor) == (S.RETURNED, 0)


def test_an_order_whose_money_is_back_before_its_goods_is_refunded_on_their_return() -> None:
    now, events = w.decided(w.order_in(S.DELIVERED), w.refunded(w.TOTAL), w.advance(S.RETURNED))
    assert names(*events) == ["OrderMoneyRecorded", "OrderAdvanced", "OrderAdvanced"]
    assert now.status is S.REFUNDED


def test_advancing_or_refunding_concerns_no_other_room() -> None:
    for command in (w.advance(S.RETURNED), w.refunded(5)):
        now, events = w.decided(w.order_in(S.DELIVERED), command)
        assert sent(ORDERS, command, now, events) == []


def test_the_reply_tells_the_status() -> None:
    now, events = w.decided(w.order_in(S.CONFIRMED), w.advance(S.PICKING))
    assert (ORDERS.reply(now).status, refusal_of(events)) == (S.PICKING, "")  # type: ignore[attr-defined]  # an OrderState


def test_finished_orders_leave_memory_and_orders_set_no_timer() -> None:
    assert ORDERS.expires_at(w.order_in(S.CANCELLED)) == leaves_at(w.NOW)
    assert ORDERS.expires_at(w.order_in(S.PACKED)) is None
    assert ORDERS.next_timer_at(w.order_in(S.PENDING)) is None
