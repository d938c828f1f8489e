"""Orders, as those who work on them see them: listed, moved on, refunded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http import cursors
from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, VIEWS, keyed, reads
from api.http.idempotency import IdempotencyKey, Key
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.responses import pounds, respond
from api.orders.refunds import amount_of
from api.orders.requests import Move, NewRefund, OrderIdPath, OrderQuery
from api.orders.responses import ORDERS, PAYMENTS, OrderPage, OrderStatusResponse, OrderSummaryResponse, RefundResponse
from api.orders.routes import find, shown
from connectors.postgres.reads import Views
from schemas.envelope import derive_id
from schemas.orders.messages import AdvanceOrder
from schemas.payments.refunds import RefundPayment

router = APIRouter(prefix="/v1/admin/orders", tags=["orders (staff)"], dependencies=[Depends(bearer), ReadYourWrites])


@router.get("", **reads(OrderPage, *STAFF_ONLY, *VIEWS))
async def list_orders(request: Request, _staff: CurrentStaff, query: Annotated[OrderQuery, Query()]) -> Response:
    """Orders, the newest first."""
    await not_while_rebuilding(request)  # half a list looks like a whole one
    placed_before, before_id = None, None
    if query.after:
        placed_before, before_id = cursors.decode(query.after, int, str)
    rows = await part(request, Views).orders(
        status=query.status, placed_before=placed_before, before_id=before_id, limit=query.limit + 1
    )
    page, following = cursors.page(rows, query.limit, lambda order: (order.placed_at, order.order_id))
    return respond(OrderPage(orders=[OrderSummaryResponse.listed(order) for order in page], next=following))


@router.post(
    "/{order_id}/advance",
    **keyed(
        OrderStatusResponse,
        *STAFF_ONLY, "order_not_found", "illegal_transition", "order_disputed", "order_refunded", "refused",
        status=200,
    ),
)  # fmt: skip
async def advance_order(
    request: Request, staff: CurrentStaff, order_id: OrderIdPath, body: Move, idempotency_key: IdempotencyKey
) -> Response:
    """Move an order on: picking, packed, despatched and so on.

    Goods do not go on towards the customer while a dispute of the payment is open, nor once all the money is back.
    """
    command = AdvanceOrder(order_id=order_id, status=body.status)
    key = Key(idempotency_key, staff.actor)
    return await ORDERS.decide(request, command, shown, sender=staff.sender, key=key)


@router.post(
    "/{order_id}/refunds",
    **keyed(
        RefundResponse,
        *STAFF_ONLY, "order_not_found", "payment_not_found", "wrong_status", "payment_disputed",
        "refund_exceeds_captured", "refused", *VIEWS,
    ),
)  # fmt: skip
async def refund_order(
    request: Request, staff: CurrentStaff, order_id: OrderIdPath, body: NewRefund, idempotency_key: IdempotencyKey
) -> Response:
    """Give money back. 201: it is asked for; whether Stripe has done it, the order's `refunded` tells.

    Of lines, what was paid for them: discounts are the shopper's to keep, not to be paid twice.
    """
    order, _ = await find(request, order_id, "")
    payment_id, amount = order.state.payment_id, amount_of(body, order.state)

    async def refund(command_id: str) -> RefundPayment:
        refund_id = derive_id(command_id, "refund")
        return RefundPayment(payment_id=payment_id, refund_id=refund_id, amount_minor=amount, reason=body.reason)

    return await PAYMENTS.decide(
        request,
        refund,
        lambda _, command: RefundResponse(
            id=command.refund_id, order_id=order_id, payment_id=payment_id, amount=pounds(amount), status="requested"
        ),
        sender=staff.sender,
        key=Key(idempotency_key, staff.actor),
        location=f"/v1/orders/{order_id}",
        members=lambda command: {"id": command.refund_id},
    )
