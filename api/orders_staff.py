"""Orders, as those who work on them see them: listed, moved on, refunded."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, WithJsonSchema, field_validator

from api import cursors
from api.answers import answer, edge_of, moment, pending
from api.auth import CurrentStaff, bearer
from api.bodies_orders import OrderMoved, OrderPage, RefundAsked
from api.docs import READS, STAFF_ONLY, once_only, problems
from api.errors import Problem
from api.idempotency import IdempotencyKey, once
from api.orders import ADVANCES_TO, OrderIdPath, Reason, move, not_found
from api.positions import ReadYourWrites, not_while_rebuilding, position
from api.shapes import Closed, Money, as_offered, offered, pounds
from schemas.envelope import derive_id
from schemas.orders.messages import AdvanceOrder, OrderState, OrderStatus
from schemas.payments.messages import PaymentRefusal, PaymentReply, RefundPayment
from schemas.topics import PAYMENTS

router = APIRouter(prefix="/v1/admin/orders", tags=["orders (staff)"], dependencies=[Depends(bearer), ReadYourWrites])

CHANNEL = "admin"
PAGE_MAX = 200


Status = Annotated[OrderStatus, offered(OrderStatus), as_offered(OrderStatus)]


class OrderQuery(Closed):
    """Which orders, from the newest to the oldest."""

    status: Annotated[Status | None, Field(description="Only those that are there.")] = None
    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Orders on a page.")] = 50


# What is documented. The others are taken all the same, and refused by the order: it says where it can go instead.
ADVANCED: dict[str, Any] = {
    "type": "string",
    "enum": [status.value for status in OrderStatus if any(status in onwards for onwards in ADVANCES_TO.values())],
}


class Move(Closed):
    """Where an order goes to."""

    status: Annotated[OrderStatus, offered(OrderStatus), WithJsonSchema(ADVANCED), Field(examples=["picking"])]


class NewRefund(Closed):
    """Money that goes back."""

    amount: Money
    reason: Reason

    @field_validator("amount")
    @classmethod
    def _something(cls, amount: Money) -> Money:
        if amount.amount_minor == 0:
            raise ValueError("0 gives nothing back")
        return amount


@router.get("", response_model=OrderPage, responses=problems(*STAFF_ONLY, *READS))
async def list_orders(request: Request, _staff: CurrentStaff, query: Annotated[OrderQuery, Query()]) -> Response:
    """Orders, the newest first."""
    await not_while_rebuilding(request)  # half a list looks like a whole one
    placed_before, before_id = None, None
    if query.after:
        placed_before, before_id = cursors.decode(query.after, int, str)
    rows = await edge_of(request).views.orders(
        status=query.status, placed_before=placed_before, before_id=before_id, limit=query.limit + 1
    )
    page, more = rows[: query.limit], len(rows) > query.limit
    following = cursors.encode(page[-1].placed_at, page[-1].order_id) if more else None
    orders = [
        {
            "id": row.order_id, "status": row.status, "channel": row.channel, "total": pounds(row.total_minor),
            "refunded": pounds(row.money.refunded_minor), "dispute_status": row.money.dispute_status,
            "placed_at": moment(row.placed_at),
        }
        for row in page
    ]  # fmt: skip
    return answer(200, {"orders": orders, "next": following})


@router.post(
    "/{order_id}/advance",
    response_model=OrderMoved,
    responses=once_only(
        *STAFF_ONLY, "order_not_found", "illegal_transition", "order_disputed", "order_refunded", "refused"
    ),
)
async def advance_order(
    request: Request, staff: CurrentStaff, order_id: OrderIdPath, body: Move, idempotency_key: IdempotencyKey
) -> Response:
    """Move an order on: picking, packed, despatched and so on.

    Goods do not go on towards the customer while a dispute of the payment is open, nor once all the money is back.
    """

    async def act(command_id: str) -> Response:
        command = AdvanceOrder(order_id=order_id, status=body.status)
        return await move(request, command, command_id, actor=staff.actor, channel=CHANNEL)

    return await once(request, idempotency_key, staff.actor, act)


@router.post(
    "/{order_id}/refunds",
    status_code=201,
    response_model=RefundAsked,
    responses=once_only(
        *STAFF_ONLY,
        "order_not_found",
        "payment_not_found",
        "wrong_status",
        "payment_disputed",
        "refund_exceeds_captured",
        "refused",
        *READS,
    ),
)
async def refund_order(
    request: Request, staff: CurrentStaff, order_id: OrderIdPath, body: NewRefund, idempotency_key: IdempotencyKey
) -> Response:
    """Give money back. 201: it is asked for; whether Stripe has done it, the order's `refunded` tells."""
    edge = edge_of(request)
    row = await edge.views.state(OrderState, order_id)
    if row is None:
        await not_while_rebuilding(request)
        raise not_found()
    payment_id = row.state.payment_id

    async def act(command_id: str) -> Response:
        refund_id = derive_id(command_id, "refund")
        command = RefundPayment(
            payment_id=payment_id, refund_id=refund_id, amount_minor=body.amount.amount_minor, reason=body.reason
        )
        envelope = edge.commands.envelope(command_id, actor=staff.actor, channel=CHANNEL)
        decided = await edge.commands.ask(command, envelope, PaymentReply)
        if decided is None:
            return pending(command_id, f"/v1/orders/{order_id}", id=refund_id)
        reply, about = decided
        _refuse(reply)
        shown = {
            "id": refund_id, "order_id": order_id, "payment_id": payment_id,
            "amount": pounds(body.amount.amount_minor), "status": "requested",
        }  # fmt: skip
        at = position(PAYMENTS, payment_id, about.version)
        return answer(201, shown, location=f"/v1/orders/{order_id}", bloomfield_position=at)

    return await once(request, idempotency_key, staff.actor, act)


def _refuse(reply: PaymentReply) -> None:
    match reply.refusal:
        case None:
            return
        case PaymentRefusal.PAYMENT_UNKNOWN:
            raise Problem("payment_not_found", "The payment of this order is forgotten. Refund it with Stripe.")
        case PaymentRefusal.WRONG_STATUS:
            raise Problem("wrong_status", f"The payment is {reply.status}: nothing can be refunded. Cancel the order.")
        case PaymentRefusal.DISPUTED:
            detail = "A dispute of this payment is open: Stripe refunds nothing until it has ended. Answer it there."
            raise Problem("payment_disputed", detail)
        case PaymentRefusal.REFUND_EXCEEDS_CAPTURED:
            left = max(reply.refundable_minor, 0)
            detail = f"Of the payment £{left / 100:,.2f} is left. Refund that at most."
            raise Problem("refund_exceeds_captured", detail, refundable=pounds(left))
        case other:
            raise Problem("refused", f"The payment refused: {other}.", reason=str(other))
