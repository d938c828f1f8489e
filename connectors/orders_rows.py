"""Order events as rows of `orders`, `order_lines` and `order_allocations`."""

from __future__ import annotations

from typing import Any, assert_never

from connectors.events import Event
from connectors.rows import ORDER_ALLOCATIONS, ORDER_LINES, ORDERS, Row, moment, patch, put, sealed
from schemas.orders.messages import (
    OrderAdvanced,
    OrderCancelled,
    OrderConfirmed,
    OrderMoneyRecorded,
    OrderPlaced,
    OrderRefused,
    OrdersEvent,
    OrderStatus,
)


def rows(event: Event, body: OrdersEvent) -> tuple[Row, ...]:
    """What the event changes."""
    if isinstance(body, OrderPlaced):
        return (_order(event, body), *_lines(body), *_allocations(body))
    return (patch(ORDERS, order_id=body.order_id, version=event.version, **_changed(body)),)


def _changed(body: OrdersEvent) -> dict[str, Any]:
    match body:
        case OrderConfirmed():
            return {"status": OrderStatus.CONFIRMED}
        case OrderAdvanced(status=status):
            return {"status": status}
        case OrderCancelled():
            return {"status": OrderStatus.CANCELLED}
        case OrderMoneyRecorded(money=money):
            return {
                "captured_minor": money.captured_minor,
                "refunded_minor": money.refunded_minor,
                "refund_pending_minor": money.refund_pending_minor,
                "owed_minor": money.owed_minor,
                "dispute_status": money.dispute_status,
                "disputed_minor": money.disputed_minor,
                "lost_minor": money.lost_minor,
            }
        case OrderPlaced() | OrderRefused():
            return {}
        case _:
            assert_never(body)


def _order(event: Event, body: OrderPlaced) -> Row:
    return put(
        ORDERS,
        order_id=body.order_id,
        status=OrderStatus.PENDING,
        checkout_id=body.checkout_id,
        cart_id=body.cart_id,
        payment_id=body.payment_id,
        channel=body.channel,
        delivery_method=body.delivery.method,
        delivery_gross_minor=body.delivery.gross_minor,
        delivery_vat_minor=body.delivery.vat_minor,
        total_minor=body.total_minor,
        contact=sealed(body.contact),
        placed_at=moment(body.placed_at),
        version=event.version,
    )


def _lines(body: OrderPlaced) -> list[Row]:
    return [
        put(
            ORDER_LINES,
            order_id=body.order_id,
            line=number,
            sku=line.sku,
            title=line.title,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            gross_minor=line.gross_minor,
            discount_minor=line.discount_minor,
            vat_basis_points=line.vat_basis_points,
            vat_minor=line.vat_minor,
        )
        for number, line in enumerate(body.lines)
    ]


def _allocations(body: OrderPlaced) -> list[Row]:
    return [
        put(
            ORDER_ALLOCATIONS,
            order_id=body.order_id,
            sku=each.sku,
            location=each.location,
            quantity=each.quantity,
        )
        for each in body.allocations
    ]
