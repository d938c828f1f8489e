"""Orders as they are shown, and why orders and refunds are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from msgspec import Meta

from api.cart.responses import DiscountResponse
from api.checkout.responses import AppliedPromotionResponse, ContactResponse, DeliverOn
from api.http.problems import Problem
from api.http.responses import Amount, Body, DateTime, Next, pounds
from api.log.gateway import Gateway
from schemas.orders.messages import ROOM as ORDERS_ROOM
from schemas.orders.messages import (
    AdvanceOrder,
    CancelOrder,
    DeliveryCharge,
    OrderLine,
    OrderRefusal,
    OrderState,
    OrderStatus,
)
from schemas.orders.rules import CANCELLABLE_ONCE_REFUNDED, MOVES
from schemas.payments.disputes import DisputeStatus
from schemas.payments.messages import ROOM as PAYMENTS_ROOM
from schemas.payments.messages import PaymentRefusal, PaymentState
from schemas.pricing.vat import net_of_delivery, net_of_line
from schemas.promotions.terms import AppliedPromotion


class OrderLineResponse(Body):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    gross: Amount
    discount: Amount
    discounts: Annotated[list[DiscountResponse], Meta(description="Which promotion takes how much off.")]
    paid: Annotated[Amount, Meta(description="Gross less discount: what a return of the line gives back.")]
    vat_basis_points: int
    vat: Annotated[Amount, Meta(description="Contained in what is paid.")]

    @classmethod
    def shown(cls, line: OrderLine, promotions: Sequence[AppliedPromotion]) -> Self:
        """A line as charged."""
        discounts = DiscountResponse.all_of(line.discounts, promotions)
        return cls.of(line, paid=pounds(net_of_line(line)), discounts=discounts)


class OrderDelivery(Body):
    method: str
    deliver_on: DeliverOn
    gross: Amount
    discount: Amount
    paid: Annotated[Amount, Meta(description="Gross less discount.")]
    vat: Amount

    @classmethod
    def shown(cls, delivery: DeliveryCharge) -> Self:
        """Delivery as charged."""
        return cls.of(delivery, paid=pounds(net_of_delivery(delivery)))


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
    promotions: Annotated[list[AppliedPromotionResponse], Meta(description="What was taken off, and why.")]
    total: Amount
    vat_rounding: Annotated[str, Meta(description="The rule of HMRC by which VAT was rounded.")]
    captured: Amount
    refunded: Amount
    refund_pending: Annotated[Amount, Meta(description="Asked for, or not settled by Stripe yet.")]
    refund_owed: Annotated[Amount, Meta(description="Stripe will not send it back: a person must see to it.")]
    dispute: Annotated[DisputeResponse | None, Meta(description="Null: the payment was never disputed.")]
    contact: Annotated[ContactResponse | None, Meta(description="Null once it is erased.")]

    @classmethod
    def opened(cls, order: OrderState, key: bytes | None) -> Self:
        """The order of the view; the key opens its contact details."""
        money = order.money
        return cls.of(
            order,
            id=order.order_id,
            lines=[OrderLineResponse.shown(line, order.promotions) for line in order.lines],
            delivery=OrderDelivery.shown(order.delivery),
            captured=pounds(money.captured_minor),
            refunded=pounds(money.refunded_minor),
            refund_pending=pounds(money.refund_pending_minor),
            refund_owed=pounds(money.owed_minor),
            dispute=money.dispute_status and DisputeResponse.of(money, status=money.dispute_status),
            contact=ContactResponse.opened(key, order.checkout_id, order.contact),
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

    @classmethod
    def listed(cls, order: OrderState) -> Self:
        """An order of a list."""
        money = order.money
        refunded, status = pounds(money.refunded_minor), money.dispute_status
        return cls.of(order, id=order.order_id, refunded=refunded, dispute_status=status)


class OrderPage(Body):
    orders: list[OrderSummaryResponse]
    next: Next


class RefundResponse(Body):
    id: str
    order_id: str
    payment_id: str
    amount: Amount
    status: Literal["requested"]


def not_found() -> Problem:
    """One problem for an order that is not there and for one that is somebody else's."""
    return Problem(
        "order_not_found",
        "There is no such order, or the header Cart-Secret is not the secret of its cart. Just after a payment, "
        "follow the checkout until it is completed.",
    )


def illegal_transition(order: OrderState, _command: object = None) -> Problem:
    """The order cannot go there; where it can go instead."""
    moves = MOVES[order.status]
    onwards = [target.value for target, by in moves.items() if by is AdvanceOrder]
    detail = f"The order is {order.status}. It can be advanced to {', '.join(onwards) or 'nothing'}"
    if CancelOrder not in moves.values():
        detail += ", and not be cancelled."
    elif order.status is CANCELLABLE_ONCE_REFUNDED:
        detail += ", and be cancelled only once all its money went back."
    else:
        detail += ", or cancelled by POST /v1/orders/{id}/cancel."
    return Problem("illegal_transition", detail, order_status=order.status, can_advance_to=onwards)


def _disputed(order: OrderState, _command: object) -> Problem:
    return Problem(
        "order_disputed",
        "A dispute of its payment is open: the order neither goes on nor is cancelled until Stripe says how it ended. "
        "It is answered in Stripe's dashboard, by staff.",
        order_status=order.status,
        reason=OrderRefusal.DISPUTED,
    )


def _refunded(order: OrderState, _command: object) -> Problem:
    end = "Cancel it by POST /v1/orders/{id}/cancel and they are for sale again."
    if order.status is OrderStatus.PART_DESPATCHED:
        end = "Advance it to returned when what had gone is back."
    return Problem(
        "order_refunded",
        f"All its money is back with the customer, or on its way: its goods stay. {end}",
        order_status=order.status,
        reason=OrderRefusal.REFUNDED,
    )


def _too_much(payment: PaymentState, _command: Any) -> Problem:
    left = max(payment.refundable_minor, 0)
    detail = f"Of the payment £{left / 100:,.2f} is left. Refund that at most."
    return Problem("refund_exceeds_captured", detail, refundable=pounds(left))


ORDERS: Gateway[OrderState] = Gateway(
    room=ORDERS_ROOM,
    location="/v1/orders/{0.order_id}",
    refused="The order refused",
    refusals={
        OrderRefusal.ORDER_UNKNOWN: lambda _order, _command: not_found(),
        OrderRefusal.ILLEGAL_TRANSITION: illegal_transition,
        OrderRefusal.DISPUTED: _disputed,
        OrderRefusal.REFUNDED: _refunded,
    },
)
PAYMENTS: Gateway[PaymentState] = Gateway(
    room=PAYMENTS_ROOM,
    location="",  # of the order, which a command does not name
    refused="The payment refused",
    refusals={
        PaymentRefusal.PAYMENT_UNKNOWN: lambda _payment, _: Problem(
            "payment_not_found", "The payment of this order is forgotten. Refund it with Stripe."
        ),
        PaymentRefusal.WRONG_STATUS: lambda payment, _: Problem(
            "wrong_status", f"The payment is {payment.status}: nothing can be refunded. Cancel the order."
        ),
        PaymentRefusal.DISPUTED: lambda _payment, _: Problem(
            "payment_disputed",
            "A dispute of this payment is open: Stripe refunds nothing until it has ended. Answer it there.",
        ),
        PaymentRefusal.REFUND_EXCEEDS_CAPTURED: _too_much,
    },
)
