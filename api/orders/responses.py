"""Orders as they are shown."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from msgspec import Meta

from api.checkout.responses import ContactResponse
from api.http.responses import Amount, Body, DateTime, Next, pounds
from connectors.view_reads import OrderRow
from schemas.orders.messages import OrderStatus
from schemas.payments.disputes import DisputeStatus


class OrderLineResponse(Body):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    gross: Amount
    discount: Amount
    vat_basis_points: int
    vat: Amount


class OrderDelivery(Body):
    method: str
    gross: Amount
    vat: Amount


class DisputeResponse(Body):
    status: Annotated[DisputeStatus, Meta(description="Stripe's; of several disputes, the one that matters most.")]
    disputed: Annotated[Amount, Meta(description="Under disputes that are open: the order is held meanwhile.")]
    lost: Annotated[Amount, Meta(description="Back with the customer by disputes that were lost.")]


class OrderResponse(Body):
    id: str
    status: OrderStatus
    cart_id: str
    checkout_id: str
    payment_id: str
    channel: str
    placed_at: DateTime
    lines: list[OrderLineResponse]
    delivery: OrderDelivery
    total: Amount
    captured: Amount
    refunded: Amount
    refund_pending: Annotated[Amount, Meta(description="Asked for, or not settled by Stripe yet.")]
    refund_owed: Annotated[Amount, Meta(description="Stripe will not send it back: a person must see to it.")]
    dispute: Annotated[DisputeResponse | None, Meta(description="Null: the payment was never disputed.")]
    contact: Annotated[ContactResponse | None, Meta(description="Null once it is erased.")]

    @classmethod
    def of_row(cls, row: OrderRow) -> Self:
        """The order of the view."""
        gross, vat = pounds(row.delivery_gross_minor), pounds(row.delivery_vat_minor)
        return cls.of(
            row,
            id=row.order_id,
            delivery=OrderDelivery(method=row.delivery_method, gross=gross, vat=vat),
            refund_owed=pounds(row.owed_minor),
            dispute=row.dispute_status and DisputeResponse.of(row, status=row.dispute_status),
            contact=ContactResponse.opened(row.contact_key, row.checkout_id, row.contact),
        )


class OrderStatusResponse(Body):
    id: str
    status: OrderStatus


class OrderSummaryResponse(Body):
    id: str
    status: OrderStatus
    channel: str
    total: Amount
    refunded: Amount
    dispute_status: Annotated[DisputeStatus | None, Meta(description="Null: the payment was never disputed.")]
    placed_at: DateTime


class OrderPage(Body):
    orders: list[OrderSummaryResponse]
    next: Next


class RefundResponse(Body):
    id: str
    order_id: str
    payment_id: str
    amount: Amount
    status: Literal["requested"]
