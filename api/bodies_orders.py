"""What answers about orders look like; see bodies.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.bodies import Amount, ContactShown, Shown
from schemas.orders.messages import OrderStatus
from schemas.payments.disputes import DisputeStatus


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


class DisputeShown(Shown):
    status: Annotated[DisputeStatus, Field(description="Stripe's; of several disputes, the one that matters most.")]
    disputed: Annotated[Amount, Field(description="Under disputes that are open: the order is held meanwhile.")]
    lost: Annotated[Amount, Field(description="Back with the customer by disputes that were lost.")]


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
    refund_pending: Annotated[Amount, Field(description="Asked for, or not settled by Stripe yet.")]
    refund_owed: Annotated[Amount, Field(description="Stripe will not send it back: a person must see to it.")]
    dispute: Annotated[DisputeShown | None, Field(description="Null: the payment was never disputed.")]
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
    dispute_status: Annotated[DisputeStatus | None, Field(description="Null: the payment was never disputed.")]
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
