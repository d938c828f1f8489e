"""What is known of one order, and how each event changes it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.orders.messages import (
    OrderAdvanced,
    OrderCancelled,
    OrderConfirmed,
    OrderMoneyRecorded,
    OrderPlaced,
    OrderRefused,
    OrdersEvent,
    OrderState,
    OrderStatus,
)
from schemas.orders.rules import MOVES


def evolve(state: OrderState, event: OrdersEvent) -> OrderState:
    """The order after the event."""
    after = _moved(state, event)
    if after is not state:
        after = replace(after, updated_at=max(state.updated_at, _time_of(event)))
    legal = after.status is state.status or after.status in MOVES[state.status]
    assert legal, f"{state.status} to {after.status} is no legal move"
    return after


def _moved(state: OrderState, event: OrdersEvent) -> OrderState:
    match event:
        case OrderRefused():
            return state
        case OrderPlaced():
            return OrderState(
                order_id=event.order_id,
                status=OrderStatus.PENDING,
                checkout_id=event.checkout_id,
                cart_id=event.cart_id,
                payment_id=event.payment_id,
                channel=event.channel,
                lines=event.lines,
                allocations=event.allocations,
                delivery=event.delivery,
                total_minor=event.total_minor,
                contact=event.contact,
                promotions=event.promotions,
                vat_rounding=event.vat_rounding,
                placed_at=event.placed_at,
            )
        case OrderConfirmed():
            return replace(state, status=OrderStatus.CONFIRMED)
        case OrderAdvanced(previous=previous, status=status):
            assert previous is state.status, "decided on another order"
            return replace(state, status=status)
        case OrderCancelled(previous=previous):
            assert previous is state.status, "decided on another order"
            return replace(state, status=OrderStatus.CANCELLED)
        case OrderMoneyRecorded(money=money):
            assert money.sequence > state.money.sequence, "something older came later"
            return replace(state, money=money)
        case _:
            assert_never(event)


def _time_of(event: OrdersEvent) -> int:
    match event:
        case OrderPlaced(placed_at=at) | OrderConfirmed(confirmed_at=at) | OrderAdvanced(advanced_at=at):
            return at
        case OrderCancelled(cancelled_at=at) | OrderMoneyRecorded(recorded_at=at):
            return at
        case OrderRefused():
            return 0  # Changes nothing.
        case _:
            assert_never(event)
