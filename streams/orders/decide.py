"""What an order does with each command."""

from __future__ import annotations

from typing import assert_never

from schemas.orders.messages import (
    AdvanceOrder,
    CancelOrder,
    ConfirmOrder,
    OrderAdvanced,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRefundRecorded,
    OrderRefusal,
    OrderRefused,
    OrdersCommand,
    OrdersEvent,
    OrderState,
    OrderStatus,
    PlaceOrder,
    RecordOrderRefund,
)
from streams.orders.transitions import may_move


def decide(command: OrdersCommand, state: OrderState, at: int) -> tuple[OrdersEvent, ...]:
    """The events that the command leads to."""
    if fulfilled(command, state):
        return ()
    if reason := refusal(command, state):
        name = type(command).__name__
        return (OrderRefused(order_id=command.order_id, command=name, reason=reason, status=state.status),)
    match command:
        case PlaceOrder():
            return (place(command, at),)
        case ConfirmOrder(captured_minor=captured):
            assert captured > 0, "a payment takes something"
            return (OrderConfirmed(order_id=command.order_id, captured_minor=captured, confirmed_at=at),)
        case AdvanceOrder(status=target):
            return (_advanced(state, state.status, target, at), *settle(state, target, state.refunded_minor, at))
        case CancelOrder():
            return (cancel(command, state, at),)
        case RecordOrderRefund(refunded_total_minor=refunded):
            recorded = OrderRefundRecorded(order_id=command.order_id, refunded_total_minor=refunded)
            return (recorded, *settle(state, state.status, refunded, at))
        case _:
            assert_never(command)


def fulfilled(command: OrdersCommand, state: OrderState) -> bool:
    """Is this what the order has done already?"""
    match command:
        case PlaceOrder():
            return state.status is not OrderStatus.UNKNOWN and command.checkout_id == state.checkout_id
        case ConfirmOrder():
            return state.captured_minor > 0
        case AdvanceOrder():
            return state.status is command.status and state.status is not OrderStatus.UNKNOWN
        case CancelOrder():
            return state.status is OrderStatus.CANCELLED
        case RecordOrderRefund():
            return state.status is not OrderStatus.UNKNOWN and command.refunded_total_minor == state.refunded_minor
        case _:
            assert_never(command)


def refusal(command: OrdersCommand, state: OrderState) -> OrderRefusal | None:
    """The first reason that applies, by descending precedence."""
    if state.status is OrderStatus.UNKNOWN and not isinstance(command, PlaceOrder):
        return OrderRefusal.ORDER_UNKNOWN
    if state.status is not OrderStatus.UNKNOWN and isinstance(command, PlaceOrder):
        return OrderRefusal.ORDER_EXISTS
    match command:
        case ConfirmOrder():
            legal = may_move(state.status, OrderStatus.CONFIRMED, ConfirmOrder)
        case AdvanceOrder(status=target):
            legal = may_move(state.status, target, AdvanceOrder)
        case CancelOrder():
            legal = may_move(state.status, OrderStatus.CANCELLED, CancelOrder)
        case PlaceOrder() | RecordOrderRefund():
            legal = True  # What was paid back is a fact in any status.
        case _:
            assert_never(command)
    return None if legal else OrderRefusal.ILLEGAL_TRANSITION


def place(command: PlaceOrder, at: int) -> OrderPlaced:
    """The order as the checkout priced it; from here on its prices never change."""
    lines = sum(line.gross_minor - line.discount_minor for line in command.lines)
    assert command.total_minor == lines + command.delivery.gross_minor, "the total is that of its parts"
    return OrderPlaced(
        order_id=command.order_id,
        checkout_id=command.checkout_id,
        cart_id=command.cart_id,
        payment_id=command.payment_id,
        channel=command.channel,
        lines=command.lines,
        allocations=command.allocations,
        delivery=command.delivery,
        total_minor=command.total_minor,
        contact=command.contact,
        placed_at=at,
    )


def cancel(command: CancelOrder, state: OrderState, at: int) -> OrderCancelled:
    """The order ends; the event carries what must go back."""
    return OrderCancelled(
        order_id=state.order_id,
        payment_id=state.payment_id,
        previous=state.status,
        reason=command.reason,
        allocations=state.allocations,
        cancelled_at=at,
    )


def settle(state: OrderState, status: OrderStatus, refunded: int, at: int) -> tuple[OrdersEvent, ...]:
    """A returned order is refunded while all the money is back: no sooner, and no longer."""
    target = OrderStatus.REFUNDED if refunded >= state.captured_minor else OrderStatus.RETURNED
    if not may_move(status, target, RecordOrderRefund):
        return ()
    return (_advanced(state, status, target, at),)


def _advanced(state: OrderState, previous: OrderStatus, status: OrderStatus, at: int) -> OrderAdvanced:
    return OrderAdvanced(order_id=state.order_id, previous=previous, status=status, advanced_at=at)
