"""Carts: made, read, and changed line by line. What decides is streams/cart; prices are the catalogue's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.requests import HTTPConnection

from api.cart.carts import Carts
from api.cart.pricing import Pricing
from api.cart.requests import (  # fmt: skip
    CartIdPath,
    ChannelHeader,
    NewCart,
    WantedLine,
)
from api.cart.responses import CARTS, CartResponse, CreatedCartResponse, not_found, require_own
from api.http.auth import CartSecret, CartSecrets, shopper
from api.http.conditional import IfMatch, IfNoneMatch, expected_version, unless_known
from api.http.docs import VIEWS, kept, keyed, writes
from api.http.fields import Channel, SkuPath
from api.http.idempotency import IdempotencyKey, Key, require_unguessable
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding, position
from api.http.problems import Problem
from api.http.responses import respond
from api.prices.prices import Prices
from api.promotions.promotions import Promotions
from api.promotions.requests import CodePath, code_of
from schemas.cart.messages import ROOM as CART
from schemas.cart.messages import CreateCart, SetCartCode, SetCartLine
from schemas.envelope import derive_id

router = APIRouter(prefix="/v1/carts", tags=["carts"])


@router.post("", **keyed(CreatedCartResponse, "refused", "idempotency_key_weak"))
async def make_cart(
    request: Request,
    idempotency_key: IdempotencyKey,
    body: Annotated[NewCart | None, Body()] = None,
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Begin an empty cart. The response has its secret, which is shown only here."""
    require_unguessable(idempotency_key)
    pricing, secret_of = part(request, Pricing), part(request, CartSecrets).of

    async def create(command_id: str) -> CreateCart:
        return CreateCart(cart_id=derive_id(command_id, "cart"), channel=channel)

    # Many guests may share an address, and an app may give all its guests one key: each alone is no caller.
    key = Key(idempotency_key, request.client.host if request.client else "")
    return await CARTS.decide(
        request,
        create,
        lambda cart, _: CreatedCartResponse.priced(cart, pricing, secret=secret_of(cart.cart_id)),
        sender=shopper(request, channel),
        key=key,
        members=lambda command: {"id": command.cart_id, "secret": secret_of(command.cart_id)},
    )


@router.get("/{cart_id}", dependencies=[ReadYourWrites], **kept(CartResponse, "cart_not_found", *VIEWS))
async def read_cart(
    request: Request, cart_id: CartIdPath, cart_secret: CartSecret = "", if_none_match: IfNoneMatch = ""
) -> Response:
    """The cart with today's prices, and whether there is stock for each line (`availability`).

    Stock is read from its view, which may be a moment behind; nothing is held for a cart before its checkout.
    """
    version, priced = await show(request, cart_id, cart_secret)
    headers = {"bloomfield-position": position(CART, cart_id, version)}
    return unless_known(respond(priced, 200, headers), if_none_match)


@router.put(
    "/{cart_id}/lines/{sku}",
    **writes(CartResponse, "cart_not_found", "unknown_sku", "cart_closed", "too_many_lines", "version_mismatch"),
)
async def set_line(
    request: Request,
    cart_id: CartIdPath,
    sku: SkuPath,
    body: WantedLine,
    cart_secret: CartSecret = "",
    if_match: IfMatch = "",
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Want this many of a SKU; 0 removes the line. A checkout that is under way with this cart ends.

    The response is the decision alone and waits for no view: its `availability` is null. GET the cart for that.
    """
    require_own(request, cart_id, cart_secret)
    expected, pricing = expected_version(if_match), part(request, Pricing)
    if body.quantity > 0 and await part(request, Prices).of(channel).find_on_sale(sku) is None:
        raise Problem("unknown_sku", f"{sku} is not for sale. Take another SKU.", sku=sku)
    command = SetCartLine(cart_id=cart_id, line=body.of(sku), expected_version=expected)
    return await CARTS.decide(
        request, command, lambda cart, _: CartResponse.priced(cart, pricing), sender=shopper(request, channel)
    )


@router.put(
    "/{cart_id}/codes/{code}",
    **writes(CartResponse, "cart_not_found", "unknown_code", "cart_closed", "too_many_codes", "version_mismatch"),
)
async def add_code(
    request: Request,
    cart_id: CartIdPath,
    code: CodePath,
    cart_secret: CartSecret = "",
    if_match: IfMatch = "",
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Buy with a promotion's code, however it is typed. `promotions` says what it takes off, or why nothing.

    A checkout that is under way with this cart ends.
    """
    require_own(request, cart_id, cart_secret)
    known = code_of(code)
    if not await part(request, Promotions).knows_code(known):
        raise Problem("unknown_code", f"No promotion has the code {known}. Look at how it is written.", cart_code=known)
    return await _set_code(request, SetCartCode(
        cart_id=cart_id, code=known, expected_version=expected_version(if_match)
    ), channel)  # fmt: skip


@router.delete("/{cart_id}/codes/{code}", **writes(CartResponse, "cart_not_found", "cart_closed", "version_mismatch"))
async def remove_code(
    request: Request,
    cart_id: CartIdPath,
    code: CodePath,
    cart_secret: CartSecret = "",
    if_match: IfMatch = "",
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Buy without the code. A checkout that is under way with this cart ends."""
    require_own(request, cart_id, cart_secret)
    return await _set_code(request, SetCartCode(
        cart_id=cart_id, code=code_of(code), wanted=False, expected_version=expected_version(if_match)
    ), channel)  # fmt: skip


async def _set_code(request: Request, command: SetCartCode, channel: Channel) -> Response:
    pricing = part(request, Pricing)
    return await CARTS.decide(
        request, command, lambda cart, _: CartResponse.priced(cart, pricing), sender=shopper(request, channel)
    )


async def show(connection: HTTPConnection, cart_id: str, secret: str) -> tuple[int, CartResponse]:
    """Version and cart, as whoever has its secret may see it now. Raises Problem."""
    require_own(connection, cart_id, secret)
    carts = part(connection, Carts)
    found = await carts.read(cart_id)
    if found is None:
        await not_while_rebuilding(connection)
        raise not_found()
    availability = await carts.availability(found.state)
    return found.version, CartResponse.priced(found.state, part(connection, Pricing), availability)
