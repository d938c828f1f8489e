"""What is known of one order, and how each event changes it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.orders.messages import (
    OrderAdvanced,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRefundRecorded,
    OrderRefused,
    OrdersEvent,
    OrderState,
    OrderStatus,
)
from streams.orders.transitions import MOVES


def evolve(state: OrderState, event: OrdersEvent) -> OrderState:
    """The order after the event."""
    after = _moved(state, event)
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
                payment_id=event.payment_id,
                lines=event.lines,
                allocations=event.allocations,
                total_minor=event.total_minor,
                updated_at=event.placed_at,
            )
        case OrderConfirmed(captured_minor=captured, confirmed_at=at):
            return replace(state, status=OrderStatus.CONFIRMED, captured_minor=captured, updated_at=at)
        case OrderAdvanced(previous=previous, status=status, advanced_at=at):
            assert previous is state.status, "decided on another order"
            return replace(state, status=status, updated_at=at)
        case OrderCancelled(previous=previous, cancelled_at=at):
            assert previous is state.status, "decided on another order"
            return replace(state, status=OrderStatus.CANCELLED, updated_at=at)
        case OrderRefundRecorded(refunded_total_minor=refunded):
            return replace(state, refunded_minor=refunded)
        case _:
            assert_never(event)
