"""Carts: made, read, and changed line by line. What decides is streams/cart; prices are the catalogue's."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request, Response
from pydantic import Field

from api.answers import edge_of, new_command, pending
from api.auth import CartSecret, actor_of, may_touch
from api.bodies import CartMade, CartShown
from api.cart_view import not_found, shown_as
from api.docs import READS, once_only, problems, writes
from api.errors import Problem
from api.idempotency import IdempotencyKey, once, require_unguessable
from api.positions import ReadYourWrites, not_while_rebuilding
from api.shapes import UNITS_PER_LINE_MAX, Channel, Closed, Id, SkuPath
from connectors.projection import Shown
from schemas.cart.messages import CartRefusal, CartReply, CreateCart, SetCartLine
from schemas.envelope import derive_id

router = APIRouter(prefix="/v1/carts", tags=["carts"])

CartIdPath = Annotated[Id, Path(description="Id of the cart.")]
IF_MATCH = re.compile(r'"(\d{1,15})(?:-[0-9a-f]{8})?"')
CHANNEL = Header(alias="Bloomfield-Channel", description="The shop front that the shopper uses.")


class NewCart(Closed):
    """Nothing: a cart begins empty."""


class WantedLine(Closed):
    """How many of a SKU the shopper wants in all."""

    quantity: Annotated[
        int, Field(strict=True, ge=0, le=UNITS_PER_LINE_MAX, description="Units; 0 removes the line.", examples=[2])
    ]


@router.post("", status_code=201, response_model=CartMade, responses=once_only("refused", "idempotency_key_weak"))
async def make_cart(
    request: Request,
    idempotency_key: IdempotencyKey,
    body: Annotated[NewCart | None, Body()] = None,
    channel: Annotated[Channel, CHANNEL] = Channel.WEB,
) -> Response:
    """Begin an empty cart. The answer has its secret, which is shown only here."""
    require_unguessable(idempotency_key)
    edge = edge_of(request)

    async def act(command_id: str) -> Response:
        cart_id = derive_id(command_id, "cart")
        envelope = edge.commands.envelope(command_id, actor=actor_of(request), channel=channel)
        decided = await edge.commands.ask(CreateCart(cart_id=cart_id, channel=channel), envelope, CartReply)
        secret = edge.cart_secrets.of(cart_id)
        location = f"/v1/carts/{cart_id}"
        if decided is None:
            return pending(command_id, location, id=cart_id, secret=secret)
        reply, about = decided
        _refuse(reply)
        return shown_as(201, Shown(about.version, reply.cart), edge.prices, more={"secret": secret}, location=location)

    # Many guests may share an address, and an app may give all its guests one key: each alone is no caller.
    caller = request.client.host if request.client else ""
    return await once(request, idempotency_key, caller, act)


@router.get(
    "/{cart_id}",
    response_model=CartShown,
    dependencies=[ReadYourWrites],
    responses=problems("cart_not_found", *READS) | {304: {"description": "It is as your `If-None-Match` says."}},
)
async def read_cart(
    request: Request,
    cart_id: CartIdPath,
    cart_secret: CartSecret = "",
    if_none_match: Annotated[str, Header(alias="If-None-Match", max_length=1_000)] = "",
) -> Response:
    """The cart with today's prices, and whether there is stock for each line (`availability`).

    Stock is read from its view, which may be a moment behind; nothing is held for a cart before its checkout.
    """
    _mine(request, cart_id, cart_secret)
    edge = edge_of(request)
    cart = await edge.cart(cart_id)
    if cart is None:
        await not_while_rebuilding(request)
        raise not_found()
    shown = shown_as(200, cart, edge.prices, availability=await edge.availability(cart.state))
    if {"*", shown.headers["etag"]} & {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(
            status_code=304, headers={name: shown.headers[name] for name in ("etag", "bloomfield-position")}
        )
    return shown


@router.put(
    "/{cart_id}/lines/{sku}",
    response_model=CartShown,
    responses=writes("cart_not_found", "unknown_sku", "cart_closed", "too_many_lines", "version_mismatch"),
)
async def set_line(
    request: Request,
    cart_id: CartIdPath,
    sku: SkuPath,
    body: WantedLine,
    cart_secret: CartSecret = "",
    if_match: Annotated[
        str, Header(alias="If-Match", max_length=100, description="The ETag you have: 412 if the cart has changed.")
    ] = "",
    channel: Annotated[Channel, CHANNEL] = Channel.WEB,
) -> Response:
    """Want this many of a SKU; 0 removes the line. A checkout that is under way with this cart ends.

    The answer is the decision alone and waits for no view: its `availability` is null. GET the cart for that.
    """
    _mine(request, cart_id, cart_secret)
    edge = edge_of(request)
    expected = _expected_version(if_match)
    if body.quantity > 0 and await edge.prices.find_on_sale(sku) is None:
        raise Problem("unknown_sku", f"{sku} is not for sale. Take another SKU.", sku=sku)
    command = SetCartLine(cart_id=cart_id, sku=sku, quantity=body.quantity, expected_version=expected)
    command_id = new_command(request)
    envelope = edge.commands.envelope(command_id, actor=actor_of(request), channel=channel)
    decided = await edge.commands.ask(command, envelope, CartReply)
    if decided is None:
        return pending(command_id, f"/v1/carts/{cart_id}")
    reply, about = decided
    _refuse(reply)
    return shown_as(200, Shown(about.version, reply.cart), edge.prices)


def _mine(request: Request, cart_id: str, secret: str) -> None:
    if not may_touch(request, cart_id, secret):
        raise not_found()


def _refuse(reply: CartReply) -> None:
    cart = reply.cart
    match reply.refusal:
        case None:
            return
        case CartRefusal.CART_UNKNOWN:
            raise not_found()
        case CartRefusal.CART_CLOSED:
            raise Problem("cart_closed", f"The cart is {cart.status}: it can no longer change. Make a new one.")
        case CartRefusal.VERSION_MISMATCH:
            raise Problem(
                "version_mismatch",
                f"The cart is at version {cart.version} by now. Read it again, then decide.",
                version=cart.version,
            )
        case CartRefusal.TOO_MANY_LINES:
            raise Problem("too_many_lines", f"The cart has {len(cart.lines)} lines, and can have no more. Remove one.")
        case other:
            raise Problem("refused", f"The cart refused: {other}.", reason=str(other))


def _expected_version(if_match: str) -> int | None:
    text = if_match.strip()
    if text in ("", "*"):
        return None
    found = IF_MATCH.fullmatch(text)
    if found is None:
        raise Problem("header_malformed", "If-Match is no ETag of a cart. Send that of your last answer, unchanged.")
    return int(found[1])
