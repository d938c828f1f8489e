"""What answers about orders look like; see bodies.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.bodies import ContactShown, Shown
from api.shapes import Money
from schemas.orders.messages import OrderStatus


class OrderLineShown(Shown):
    sku: str
    title: str
    quantity: int
    unit_price: Money
    gross: Money
    discount: Money
    vat_basis_points: int
    vat: Money


class OrderDelivery(Shown):
    method: str
    gross: Money
    vat: Money


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
    total: Money
    captured: Money
    refunded: Money
    contact: Annotated[ContactShown | None, Field(description="Null once it is erased.")]


class OrderMoved(Shown):
    id: str
    status: OrderStatus


class OrderListed(Shown):
    id: str
    status: OrderStatus
    channel: str
    total: Money
    refunded: Money
    placed_at: AwareDatetime


class OrderPage(Shown):
    orders: list[OrderListed]
    next: Annotated[str | None, Field(description="Send it as `after` to get the next page; null: this is the last.")]


class RefundAsked(Shown):
    id: str
    order_id: str
    payment_id: str
    amount: Money
    status: Literal["requested"]
