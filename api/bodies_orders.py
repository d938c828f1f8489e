"""What answers about orders look like; see bodies.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.bodies import Amount, ContactShown, Shown
from schemas.orders.messages import OrderStatus


class OrderLineShown(Shown):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    gross: Amount
    discount: Amount
    vat_basis_points: int
    vat: Amount


class OrderDelivery(Shown):
    method: str
    gross: Amount
    vat: Amount


class OrderShown(Shown):
    id: str
    status: OrderStatus
    cart_id: str
    checkout_id: str
    payment_id: str
    channel: str
    placed_at: AwareDatetime
    lines: list[OrderLineShown]
    delivery: OrderDelivery
    total: Amount
    captured: Amount
    refunded: Amount
    contact: Annotated[ContactShown | None, Field(description="Null once it is erased.")]


class OrderMoved(Shown):
    id: str
    status: OrderStatus


class OrderListed(Shown):
    id: str
    status: OrderStatus
    channel: str
    total: Amount
    refunded: Amount
    placed_at: AwareDatetime


class OrderPage(Shown):
    orders: list[OrderListed]
    next: Annotated[str | None, Field(description="Send it as `after` to get the next page; null: this is the last.")]


class RefundAsked(Shown):
    id: str
    order_id: str
    payment_id: str
    amount: Amount
    status: Literal["requested"]
