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
    OrderMoney,
    OrderMoneyRecorded,
    OrderPlaced,
    OrderRefusal,
    OrderRefused,
    OrdersCommand,
    OrdersEvent,
    OrderState,
    OrderStatus,
    PlaceOrder,
    RecordOrderMoney,
)
from schemas.orders.rules import CANCELLABLE_ONCE_REFUNDED, TOWARDS_THE_CUSTOMER, may_move
from schemas.pricing.vat import net_of_delivery, net_of_lines


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
        case ConfirmOrder():
            return (OrderConfirmed(order_id=command.order_id, confirmed_at=at),)
        case AdvanceOrder(status=target):
            return (_advanced(state, state.status, target, at), *refunded_or_returned(state, target, state.money, at))
        case CancelOrder():
            return (cancel(command, state, at),)
        case RecordOrderMoney(money=money):
            recorded = OrderMoneyRecorded(order_id=command.order_id, money=money, recorded_at=at)
            return (recorded, *refunded_or_returned(state, state.status, money, at))
        case _:
            assert_never(command)


def fulfilled(command: OrdersCommand, state: OrderState) -> bool:
    """Is this what the order has done already?"""
    match command:
        case PlaceOrder():
            return state.status is not OrderStatus.UNKNOWN and command.checkout_id == state.checkout_id
        case ConfirmOrder():
            begun = state.status not in (OrderStatus.UNKNOWN, OrderStatus.PENDING)
            return begun and (state.status is not OrderStatus.CANCELLED or state.money.captured_minor > 0)
        case AdvanceOrder():
            return state.status is command.status and state.status is not OrderStatus.UNKNOWN
        case CancelOrder():
            return state.status is OrderStatus.CANCELLED
        case RecordOrderMoney():
            return state.status is not OrderStatus.UNKNOWN and command.money.sequence <= state.money.sequence
        case _:
            assert_never(command)


def refusal(command: OrdersCommand, state: OrderState) -> OrderRefusal | None:
    """The first reason that applies, by descending precedence."""
    if state.status is OrderStatus.UNKNOWN and not isinstance(command, PlaceOrder):
        return OrderRefusal.ORDER_UNKNOWN
    if state.status is not OrderStatus.UNKNOWN and isinstance(command, PlaceOrder):
        return OrderRefusal.ORDER_EXISTS
    if not _is_legal(command, state):
        return OrderRefusal.ILLEGAL_TRANSITION
    return _held_by_money(command, state)


def _is_legal(command: OrdersCommand, state: OrderState) -> bool:
    match command:
        case ConfirmOrder():
            return may_move(state.status, OrderStatus.CONFIRMED, ConfirmOrder)
        case AdvanceOrder(status=target):
            return may_move(state.status, target, AdvanceOrder)
        case CancelOrder():
            may_have_gone = state.status is CANCELLABLE_ONCE_REFUNDED and not state.money.is_leaving
            return may_move(state.status, OrderStatus.CANCELLED, CancelOrder) and not may_have_gone
        case PlaceOrder() | RecordOrderMoney():
            return True  # What was paid, or paid back, is a fact in any status.
        case _:
            assert_never(command)


def _held_by_money(command: OrdersCommand, state: OrderState) -> OrderRefusal | None:
    """A pending order may always be cancelled: its checkout may fail, and must be able to take it back."""
    match command:
        case CancelOrder() if state.money.is_disputed and state.status is not OrderStatus.PENDING:
            return OrderRefusal.DISPUTED
        case AdvanceOrder(status=target) if target in TOWARDS_THE_CUSTOMER:
            if state.money.is_disputed:
                return OrderRefusal.DISPUTED
            return OrderRefusal.REFUNDED if state.money.is_leaving else None
        case _:
            return None


def place(command: PlaceOrder, at: int) -> OrderPlaced:
    """The order as the checkout priced it; from here on its prices never change."""
    paid = net_of_lines(command.lines) + net_of_delivery(command.delivery)
    assert command.total_minor == paid, "the total is that of its parts"
    return OrderPlaced(
        order_id=command.order_id,
        checkout_id=command.checkout_id,
        answer_to=command.answer_to,
        cart_id=command.cart_id,
        payment_id=command.payment_id,
        channel=command.channel,
        lines=command.lines,
        allocations=command.allocations,
        delivery=command.delivery,
        total_minor=command.total_minor,
        contact=command.contact,
        promotions=command.promotions,
        vat_rounding=command.vat_rounding,
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


def refunded_or_returned(state: OrderState, status: OrderStatus, money: OrderMoney, at: int) -> tuple[OrdersEvent, ...]:
    """A returned order is refunded while all the money is back: no sooner, and no longer."""
    target = OrderStatus.REFUNDED if money.is_back else OrderStatus.RETURNED
    if not may_move(status, target, RecordOrderMoney):
        return ()
    return (_advanced(state, status, target, at),)


def _advanced(state: OrderState, previous: OrderStatus, status: OrderStatus, at: int) -> OrderAdvanced:
    return OrderAdvanced(order_id=state.order_id, previous=previous, status=status, advanced_at=at)
