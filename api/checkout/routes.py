"""Checkouts: begun with a cart and the total that the shopper saw, then followed step by step."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.cart.carts import Carts
from api.cart.requests import ChannelHeader
from api.cart.responses import require_own
from api.checkout.checkouts import find, show, until_payable
from api.checkout.proposals import proposal
from api.checkout.requests import CheckoutIdPath, NewCheckout, destination_of
from api.checkout.responses import (
    CHECKOUTS,
    FAILED_CODES,
    CheckoutDetailsResponse,
    CheckoutResponse,
    failed,
)
from api.delivery.days import DeliveryDay
from api.delivery.routes import chosen, grams_of
from api.http.auth import CartSecret, shopper
from api.http.docs import VIEWS, keyed, reads, writes
from api.http.fields import Channel
from api.http.idempotency import IdempotencyKey, Key
from api.http.parts import part
from api.http.positions import Given, ReadYourWrites, position
from api.http.responses import respond
from connectors.postgres import contact_vault
from connectors.postgres.connection import AsyncConnectionPool
from process.settings import Settings
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.checkout.messages import CancelCheckout, CheckoutState, CheckoutStep, StartCheckout
from schemas.log import LogIdentity
from schemas.placing import derive_near

router = APIRouter(prefix="/v1/checkouts", tags=["checkouts"])
SEALED = {"email", "shipping_address", "billing_address", "gift"}


@router.post("", **keyed(CheckoutResponse, *FAILED_CODES, *VIEWS))
async def begin_checkout(
    request: Request,
    body: NewCheckout,
    idempotency_key: IdempotencyKey,
    cart_secret: CartSecret = "",
    channel: ChannelHeader = Channel.WEB,
    seen: Given = None,
) -> Response:
    """Hold the stock and prepare the payment. 201: the stock is held; with `client_secret` if Stripe was quick.

    An order whose `total` is nothing is placed at once, without a payment. Send the position of the cart's last change,
    so that its promotions are found.
    """
    require_own(request, body.cart_id, cart_secret)
    destination, partitions = destination_of(body), part(request, LogIdentity).partitions

    async def start(command_id: str) -> StartCheckout:
        day = await _day(request, body, destination)
        checkout_id = derive_near(body.cart_id, command_id, "checkout", partitions)
        contact = body.model_dump(mode="json", include=SEALED)
        return StartCheckout(
            checkout_id=checkout_id, cart_id=body.cart_id, expected_total_minor=body.expected_total.amount_minor,
            delivery_method=body.delivery_method, channel=channel, postcode_area=destination, partitions=partitions,
            contact=await contact_vault.seal(part(request, AsyncConnectionPool), checkout_id, contact),
            hold_seconds=part(request, Settings).hold_seconds, deliver_on=day.day.isoformat() if day else "",
            order_by=int(day.order_by.timestamp() * 1000) if day else 0,
            proposal=await proposal(request, body, channel, seen),
        )  # fmt: skip

    key, wait = Key(idempotency_key, f"cart:{body.cart_id}"), until_payable(request, body.cart_id)
    return await CHECKOUTS.decide(
        request, start, _begun, sender=shopper(request, channel), key=key, wait=wait,
        members=lambda command: {"id": command.checkout_id},
    )  # fmt: skip


@router.get(
    "/{checkout_id}",
    dependencies=[ReadYourWrites],
    **reads(CheckoutDetailsResponse, "checkout_not_found", *VIEWS),
)
async def read_checkout(request: Request, checkout_id: CheckoutIdPath, cart_secret: CartSecret = "") -> Response:
    """The checkout as far as it is."""
    version, checkout = await show(request, checkout_id, cart_secret)
    return respond(checkout, 200, {"bloomfield-position": position(CHECKOUT, checkout_id, version)})


@router.delete(
    "/{checkout_id}",
    dependencies=[ReadYourWrites],
    **writes(CheckoutResponse, "checkout_not_found", "payment_under_way", "checkout_ended", *VIEWS),
)
async def cancel_checkout(
    request: Request,
    checkout_id: CheckoutIdPath,
    cart_secret: CartSecret = "",
    channel: ChannelHeader = Channel.WEB,
) -> Response:
    """Give up: the stock is free again. Once the payment is under way it is too late for this."""
    await find(request, checkout_id, cart_secret)
    command = CancelCheckout(checkout_id=checkout_id)
    return await CHECKOUTS.decide(request, command, CheckoutResponse.shown, sender=shopper(request, channel))


async def _day(request: Request, body: NewCheckout, area: str) -> DeliveryDay | None:
    """The day that was chosen, if one was. Raises Problem when it cannot be had."""
    if body.deliver_on is None:
        return None
    cart = await part(request, Carts).read(body.cart_id)
    units = {sku: line.quantity for sku, line in cart.state.lines.items()} if cart else {}
    return chosen(body.delivery_method, area, await grams_of(request, units), body.deliver_on)


def _begun(checkout: CheckoutState, _command: object) -> CheckoutResponse:
    if checkout.step is CheckoutStep.FAILED:
        raise failed(checkout)
    return CheckoutResponse.shown(checkout)
