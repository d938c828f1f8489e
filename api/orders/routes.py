"""Orders, as their buyers see them: read, and cancelled while that is possible."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.requests import HTTPConnection

from api.cart.requests import ChannelHeader
from api.http.auth import CartSecret, may_touch, shopper
from api.http.docs import VIEWS, keyed, reads
from api.http.fields import Channel
from api.http.idempotency import IdempotencyKey, Key
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding, position
from api.http.responses import respond
from api.orders.requests import Cancellation, OrderIdPath
from api.orders.responses import ORDERS, OrderResponse, OrderStatusResponse, not_found
from connectors.postgres.reads import Views
from connectors.projection import Versioned
from schemas.orders.messages import CancelOrder, OrderState

router = APIRouter(prefix="/v1/orders", tags=["orders"], dependencies=[ReadYourWrites])


@router.get("/{order_id}", **reads(OrderResponse, "order_not_found", *VIEWS))
async def read_order(request: Request, order_id: OrderIdPath, cart_secret: CartSecret = "") -> Response:
    """The order as it was placed, and how far it is."""
    version, order = await show(request, order_id, cart_secret)
    return respond(order, 200, {"bloomfield-position": position(ORDERS.room, order_id, version)})


@router.post(
    "/{order_id}/cancel",
    **keyed(OrderStatusResponse, "order_not_found", "illegal_transition", "order_disputed", *VIEWS, status=200),
)
async def cancel_order(
    request: Request,
    order_id: OrderIdPath,
    idempotency_key: IdempotencyKey,
    body: Annotated[Cancellation | None, Body()] = None,
    cart_secret: CartSecret = "",
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Cancel: the stock goes back on the shelf and the money to the buyer.

    Not once it is packed, unless its money went back already; not while a dispute of its payment is open.
    """
    order, _ = await find(request, order_id, cart_secret)
    command = CancelOrder(order_id=order_id, reason=(body or Cancellation()).reason)
    key = Key(idempotency_key, f"cart:{order.state.cart_id}")
    return await ORDERS.decide(request, command, shown, sender=shopper(request, channel), key=key)


def shown(order: OrderState, _command: object) -> OrderStatusResponse:
    """Where an order is after a command."""
    return OrderStatusResponse.of(order, id=order.order_id)


async def show(connection: HTTPConnection, order_id: str, secret: str) -> tuple[int, OrderResponse]:
    """Version and order, as whoever has the secret of its cart may see it. Raises Problem."""
    order, contact_key = await find(connection, order_id, secret)
    return order.version, OrderResponse.opened(order.state, contact_key)


async def find(request: HTTPConnection, order_id: str, secret: str) -> tuple[Versioned[OrderState], bytes | None]:
    """An order that the caller may see, and the key of its contact details, if there is one. Raises Problem."""
    found = await part(request, Views).state_and_key(OrderState, order_id)
    if found is None:
        await not_while_rebuilding(request)
    if found is None or not may_touch(request, found[0].state.cart_id, secret):
        raise not_found()
    return found
