"""Orders, as their buyers see them: read, and cancelled while that is possible."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import Field, StringConstraints

from api.answers import answer, edge_of, moment, pending
from api.auth import CartSecret, actor_of, may_touch
from api.bodies_orders import OrderMoved, OrderShown
from api.cart import CHANNEL
from api.docs import READS, once_only, problems
from api.errors import Problem
from api.idempotency import IdempotencyKey, once
from api.positions import ReadYourWrites, not_while_rebuilding, position
from api.shapes import Channel, Closed, Id, pounds
from connectors import contact_vault
from connectors.contact_vault import Contact
from connectors.projection import Shown
from schemas.orders.messages import (
    CancelOrder,
    OrderLine,
    OrderMoney,
    OrderRefusal,
    OrderReply,
    OrderState,
    OrderStatus,
)
from schemas.topics import ORDERS

router = APIRouter(prefix="/v1/orders", tags=["orders"])

OrderIdPath = Annotated[Id, Path(description="Id of the order.")]
Reason = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_]{1,40}$"),
    Field(description="Why, as a code.", examples=["changed_mind"]),
]


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


class Cancellation(Closed):
    """Why an order is not wanted any more."""

    reason: Reason = "changed_mind"


@router.get(
    "/{order_id}",
    response_model=OrderShown,
    dependencies=[ReadYourWrites],
    responses=problems("order_not_found", *READS),
)
async def read_order(request: Request, order_id: OrderIdPath, cart_secret: CartSecret = "") -> Response:
    """The order as it was placed, and how far it is."""
    row, key = await find(request, order_id, cart_secret)
    contact = contact_vault.unseal(key, row.state.checkout_id, row.state.contact)
    return answer(200, shown(row.state, contact), bloomfield_position=position(ORDERS, order_id, row.version))


@router.post(
    "/{order_id}/cancel",
    response_model=OrderMoved,
    dependencies=[ReadYourWrites],
    responses=once_only("order_not_found", "illegal_transition", "order_disputed", *READS),
)
async def cancel_order(
    request: Request,
    order_id: OrderIdPath,
    idempotency_key: IdempotencyKey,
    body: Annotated[Cancellation | None, Body()] = None,
    cart_secret: CartSecret = "",
    channel: Annotated[Channel, CHANNEL] = Channel.WEB,
) -> Response:
    """Cancel: the stock goes back on the shelf and the money to the buyer.

    Not once it is packed, unless its money went back already; not while a dispute of its payment is open.
    """
    row, _ = await find(request, order_id, cart_secret)
    wanted = body or Cancellation()

    async def act(command_id: str) -> Response:
        command = CancelOrder(order_id=order_id, reason=wanted.reason)
        return await move(request, command, command_id, actor=actor_of(request), channel=channel)

    return await once(request, idempotency_key, f"cart:{row.state.cart_id}", act)


async def find(request: Request, order_id: str, secret: str) -> tuple[Shown[OrderState], bytes | None]:
    """An order that the caller may see, and the key of its contact details, if there is one. Raises Problem."""
    row = await edge_of(request).views.state_and_key(OrderState, order_id)
    if row is None:
        await not_while_rebuilding(request)
    if row is None or not may_touch(request, row[0].state.cart_id, secret):
        raise not_found()
    return row


def not_found() -> Problem:
    """One answer for an order that is not there and for one that is somebody else's."""
    return Problem(
        "order_not_found",
        "There is no such order, or the header Cart-Secret is not the secret of its cart. Just after a payment, "
        "follow the checkout until it is completed.",
    )


async def move(request: Request, command: Any, command_id: str, *, actor: str, channel: str) -> Response:
    """Publish a command that moves an order, and answer with where it is then. Raises Problem."""
    commands = edge_of(request).commands
    envelope = commands.envelope(command_id, actor=actor, channel=channel)
    decided = await commands.ask(command, envelope, OrderReply)
    if decided is None:
        return pending(command_id, f"/v1/orders/{command.order_id}")
    reply, about = decided
    match reply.refusal:
        case None:
            at = position(ORDERS, command.order_id, about.version)
            return answer(200, {"id": command.order_id, "status": reply.status}, bloomfield_position=at)
        case OrderRefusal.ORDER_UNKNOWN:
            raise not_found()
        case OrderRefusal.ILLEGAL_TRANSITION:
            raise _illegal(reply.status)
        case OrderRefusal.DISPUTED | OrderRefusal.REFUNDED:
            raise _held(reply.status, reply.refusal)
        case other:
            raise Problem("refused", f"The order refused: {other}.", reason=str(other))


def _illegal(status: OrderStatus) -> Problem:
    onwards = [str(target) for target in ADVANCES_TO.get(status, ())]
    detail = f"The order is {status}. It can be advanced to {', '.join(onwards) or 'nothing'}"
    if status in CANCELLABLE:
        detail += ", or cancelled by POST /v1/orders/{id}/cancel."
    elif status is CANCELLABLE_ONCE_REFUNDED:
        detail += ", and be cancelled only once all its money went back."
    else:
        detail += ", and not be cancelled."
    return Problem("illegal_transition", detail, order_status=str(status), can_advance_to=onwards)


def _held(status: OrderStatus, reason: OrderRefusal) -> Problem:
    told: dict[str, Any] = {"order_status": str(status), "reason": str(reason)}
    if reason is OrderRefusal.DISPUTED:
        detail = "A dispute of its payment is open: the order neither goes on nor is cancelled until Stripe says how "
        return Problem("order_disputed", detail + "it ended. Answer it in Stripe's dashboard.", **told)
    detail = "All its money is back with the customer, or on its way: its goods stay. "
    end = "Cancel it by POST /v1/orders/{id}/cancel and they are for sale again."
    if status is OrderStatus.PART_DESPATCHED:
        end = "Advance it to returned when what had gone is back."
    return Problem("order_refunded", detail + end, **told)


def shown(order: OrderState, contact: Contact | None) -> dict[str, Any]:
    """What a GET shows."""
    delivery, money = order.delivery, order.money
    return {
        "id": order.order_id, "status": order.status, "cart_id": order.cart_id, "checkout_id": order.checkout_id,
        "payment_id": order.payment_id, "channel": order.channel, "placed_at": moment(order.placed_at),
        "lines": [_line(line) for line in order.lines],
        "delivery": {
            "method": delivery.method, "gross": pounds(delivery.gross_minor), "vat": pounds(delivery.vat_minor),
        },
        "total": pounds(order.total_minor), "captured": pounds(money.captured_minor),
        "refunded": pounds(money.refunded_minor), "refund_pending": pounds(money.refund_pending_minor),
        "refund_owed": pounds(money.owed_minor), "dispute": _dispute(money),
        "contact": contact,
    }  # fmt: skip


def _dispute(money: OrderMoney) -> dict[str, Any] | None:
    if money.dispute_status is None:
        return None
    return {"status": money.dispute_status, "disputed": pounds(money.disputed_minor), "lost": pounds(money.lost_minor)}


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "sku": line.sku, "title": line.title, "quantity": line.quantity,
        "unit_price": pounds(line.unit_price_minor), "gross": pounds(line.gross_minor),
        "discount": pounds(line.discount_minor), "vat_basis_points": line.vat_basis_points,
        "vat": pounds(line.vat_minor),
    }  # fmt: skip
