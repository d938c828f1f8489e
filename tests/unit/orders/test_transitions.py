"""Every pair of statuses, for every command that moves an order."""

from __future__ import annotations

from itertools import product

from schemas.orders.messages import (
    OrderAdvanced,
    OrderCancelled,
    OrderConfirmed,
    OrderRefusal,
    OrderRefused,
    OrderState,
    OrderStatus,
)
from schemas.orders.rules import MOVES
from streams.orders.room import ORDERS
from streams.runtime.decider import refusal_of
from tests.cases import every
from tests.unit.orders import examples as w

S = OrderStatus

# Written out a second time, on purpose: what staff may do by hand, and what may be cancelled.
BY_HAND = {
    (S.CONFIRMED, S.PICKING),
    (S.PICKING, S.PACKED),
    (S.PACKED, S.PART_DESPATCHED),
    (S.PACKED, S.DESPATCHED),
    (S.PART_DESPATCHED, S.DESPATCHED),
    (S.PART_DESPATCHED, S.RETURNED),
    (S.DESPATCHED, S.DELIVERED),
    (S.DESPATCHED, S.DELIVERY_FAILED),
    (S.DELIVERY_FAILED, S.DESPATCHED),
    (S.DELIVERY_FAILED, S.RETURNED),
    (S.DELIVERED, S.RETURNED),
}
CANCELLABLE = {S.PENDING, S.CONFIRMED, S.PICKING}


def refusal_from(state: OrderState) -> OrderRefusal:
    return OrderRefusal.ORDER_UNKNOWN if state.status is S.UNKNOWN else OrderRefusal.ILLEGAL_TRANSITION


def test_the_table_is_closed_over_every_status() -> None:
    assert MOVES.keys() == set(OrderStatus)
    reachable = {S.UNKNOWN} | {target for targets in MOVES.values() for target in targets}
    assert reachable == set(OrderStatus)


@every("status, target", product(S, S))
def test_an_order_is_advanced_by_the_table_and_not_otherwise(status: OrderStatus, target: OrderStatus) -> None:
    state = w.order_in(status)
    now, events = w.decided(state, w.advance(target))
    if (status, target) in BY_HAND:
        assert events == (OrderAdvanced(order_id=w.ORDER, previous=status, status=target, advanced_at=w.NOW),)
        assert (now.status, now.updated_at) == (target, w.NOW)
    elif status is target and status is not S.UNKNOWN:
        assert (now, events) == (state, ())
    else:
        reason = refusal_from(state)
        assert events == (OrderRefused(order_id=w.ORDER, command="AdvanceOrder", reason=reason, status=status),)
        assert now == state
        assert refusal_of(events) == reason


@every("status", S)
def test_an_order_is_cancelled_while_nothing_is_packed(status: OrderStatus) -> None:
    state = w.order_in(status)
    now, events = w.decided(state, w.cancel())
    if status in CANCELLABLE:
        [event] = events
        assert isinstance(event, OrderCancelled)
        assert (event.previous, event.allocations, event.payment_id) == (status, w.ALLOCATIONS, w.PAYMENT)
        assert now.status is S.CANCELLED
    elif status is S.CANCELLED:
        assert events == ()
    else:
        expected = OrderRefused(order_id=w.ORDER, command="CancelOrder", reason=refusal_from(state), status=status)
        assert (now, events) == (state, (expected,))


@every("status", S)
def test_an_order_is_confirmed_once_and_never_after_it_was_cancelled(status: OrderStatus) -> None:
    state = w.order_in(status)
    now, events = w.decided(state, w.confirm())
    if status is S.PENDING:
        assert events == (OrderConfirmed(order_id=w.ORDER, confirmed_at=w.NOW),)
        assert now.status is S.CONFIRMED
    elif status in (S.UNKNOWN, S.CANCELLED):
        expected = OrderRefused(order_id=w.ORDER, command="ConfirmOrder", reason=refusal_from(state), status=status)
        assert (now, events) == (state, (expected,))
    else:
        assert (now, events) == (state, ())


def test_a_confirmation_told_again_after_the_order_was_cancelled_decides_nothing() -> None:
    cancelled, _ = w.decided(w.order_in(S.CONFIRMED), w.cancel())
    assert w.decided(cancelled, w.confirm()) == (cancelled, ())


@every("status", [each for each in S if each is not S.UNKNOWN])
def test_an_order_is_placed_once_and_belongs_to_its_checkout(status: OrderStatus) -> None:
    state = w.order_in(status)
    assert w.decided(state, w.place()) == (state, ())
    [event] = w.decided(state, w.place("other"))[1]
    assert isinstance(event, OrderRefused)
    assert event.reason is OrderRefusal.ORDER_EXISTS


def test_the_reasons_stand_by_precedence() -> None:
    told = [
        ORDERS.decide(w.advance(S.DELIVERED), OrderState(), w.NOW),  # unknown, and no legal move either
        ORDERS.decide(w.place("other"), w.order_in(S.CANCELLED), w.NOW),  # exists, and no legal move either
        ORDERS.decide(w.advance(S.DELIVERED), w.held(S.PENDING, w.NEEDS_RESPONSE, w.TOTAL), w.NOW),
        ORDERS.decide(w.advance(S.PICKING), w.held(S.CONFIRMED, w.NEEDS_RESPONSE, w.TOTAL), w.NOW),
        ORDERS.decide(w.advance(S.PICKING), w.held(S.CONFIRMED, None, w.TOTAL), w.NOW),
    ]
    reasons = [event.reason for [event] in told if isinstance(event, OrderRefused)]
    assert reasons == [reason for reason in OrderRefusal if reason is not OrderRefusal.UNKNOWN]


def test_s31_of_a_cancel_and_a_despatch_at_once_exactly_one_wins() -> None:
    picking = w.order_in(S.PICKING)
    cancelled, events = w.decided(picking, w.cancel(), w.advance(S.PACKED), w.advance(S.DESPATCHED))
    assert [type(event).__name__ for event in events] == ["OrderCancelled", "OrderRefused", "OrderRefused"]
    despatched, events = w.decided(picking, w.advance(S.PACKED), w.advance(S.DESPATCHED), w.cancel())
    assert [type(event).__name__ for event in events] == ["OrderAdvanced", "OrderAdvanced", "OrderRefused"]
    assert (cancelled.status, despatched.status) == (S.CANCELLED, S.DESPATCHED)
    assert refusal_of(events) == OrderRefusal.ILLEGAL_TRANSITION
    assert list(ORDERS.react(w.cancel(), despatched, events)) == []
