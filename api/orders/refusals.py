"""Why the orders room refuses, and the payments room a refund, as the caller is told."""

from __future__ import annotations

from typing import Any

from api.http.problems import Problem
from api.http.responses import pounds
from api.log.gateway import Gateway
from schemas.orders.messages import OrderRefusal, OrderState, OrderStatus
from schemas.payments.messages import PaymentRefusal, PaymentState
from schemas.topics import ORDERS as ORDERS_ROOM
from schemas.topics import PAYMENTS as PAYMENTS_ROOM

# What staff can do from each status. The orders room decides; this is for the advice when it refuses.
ADVANCES_TO = {
    OrderStatus.CONFIRMED: (OrderStatus.PICKING,),
    OrderStatus.PICKING: (OrderStatus.PACKED,),
    OrderStatus.PACKED: (OrderStatus.PART_DESPATCHED, OrderStatus.DESPATCHED),
    OrderStatus.PART_DESPATCHED: (OrderStatus.DESPATCHED, OrderStatus.RETURNED),
    OrderStatus.DESPATCHED: (OrderStatus.DELIVERED, OrderStatus.DELIVERY_FAILED),
    OrderStatus.DELIVERY_FAILED: (OrderStatus.DESPATCHED, OrderStatus.RETURNED),
    OrderStatus.DELIVERED: (OrderStatus.RETURNED,),
}
CANCELLABLE = frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PICKING})
CANCELLABLE_ONCE_REFUNDED = OrderStatus.PACKED


def not_found() -> Problem:
    """One problem for an order that is not there and for one that is somebody else's."""
    return Problem(
        "order_not_found",
        "There is no such order, or the header Cart-Secret is not the secret of its cart. Just after a payment, "
        "follow the checkout until it is completed.",
    )


def illegal_transition(order: OrderState, _command: object = None) -> Problem:
    """The order cannot go there; where it can go instead."""
    onwards = [str(target) for target in ADVANCES_TO.get(order.status, ())]
    detail = f"The order is {order.status}. It can be advanced to {', '.join(onwards) or 'nothing'}"
    if order.status in CANCELLABLE:
        detail += ", or cancelled by POST /v1/orders/{id}/cancel."
    elif order.status is CANCELLABLE_ONCE_REFUNDED:
        detail += ", and be cancelled only once all its money went back."
    else:
        detail += ", and not be cancelled."
    return Problem("illegal_transition", detail, order_status=order.status, can_advance_to=onwards)


def _disputed(order: OrderState, _command: object) -> Problem:
    return Problem(
        "order_disputed",
        "A dispute of its payment is open: the order neither goes on nor is cancelled until Stripe says how it ended. "
        "Answer it in Stripe's dashboard.",
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
