"""Checkouts: begun with a cart and the total that the shopper saw, then followed step by step."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from api.answers import answer, edge_of, new_command, pending
from api.auth import CartSecret, actor_of, may_touch
from api.bodies import CheckoutRead, CheckoutShown
from api.cart import CHANNEL
from api.cart_view import not_found
from api.checkout_view import failed, find, seen, shown
from api.docs import READS, once_only, problems, writes
from api.errors import Problem, validation_problem
from api.idempotency import IdempotencyKey, once
from api.positions import ReadYourWrites, position
from api.replies import Chain
from api.shapes import Address, Channel, Closed, Email, Id, Money
from connectors import contact_vault
from schemas.checkout.messages import (
    CancelCheckout,
    CheckoutFailure,
    CheckoutRefusal,
    CheckoutReply,
    CheckoutState,
    CheckoutStep,
    StartCheckout,
)
from schemas.delivery import DeliveryMethod
from schemas.placing import derive_near
from schemas.territory import area_of, why_not_delivered
from schemas.topics import CHECKOUT

router = APIRouter(prefix="/v1/checkouts", tags=["checkouts"])

CheckoutIdPath = Annotated[Id, Path(description="Id of the checkout.")]
STEPS = list(CheckoutStep)
STOCK_IS_HELD = STEPS.index(CheckoutStep.PREPARING_PAYMENT)
NOTHING_TO_WAIT_FOR = STEPS.index(CheckoutStep.AWAITING_PAYMENT)
LOOK_AGAIN_SECONDS = 0.03
FAILURES = (
    "cart_not_found",
    "cart_empty",
    "cart_closed",
    "cart_changed",
    "not_for_sale",
    "too_many_parts",
    "insufficient_stock",
    "hold_lost",
    "checkout_superseded",
    "checkout_cancelled",
    "checkout_expired",
    "payment_failed",
    "total_too_small",
    "refused",
)


class NewCheckout(Closed):
    """A shopper buys a cart at the total they saw."""

    cart_id: Annotated[Id, Field(examples=["5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee"])]
    email: Annotated[Email, Field(description="Where the confirmation goes to.", examples=["ada@example.co.uk"])]
    shipping_address: Address
    billing_address: Annotated[Address | None, Field(description="Null: the shipping address.")] = None
    delivery_method: DeliveryMethod
    expected_total: Annotated[Money, Field(description="As shown: `delivery.<method>.total` of the cart.")]


@router.post("", status_code=201, response_model=CheckoutShown, responses=once_only(*FAILURES, "view_unavailable"))
async def begin_checkout(
    request: Request,
    body: NewCheckout,
    idempotency_key: IdempotencyKey,
    cart_secret: CartSecret = "",
    channel: Annotated[Channel, CHANNEL] = Channel.WEB,
) -> Response:
    """Hold the stock and prepare the payment. 201: the stock is held; with `client_secret` if Stripe was quick."""
    if not may_touch(request, body.cart_id, cart_secret):
        raise not_found()
    destination = destination_of(body)
    edge = edge_of(request)

    async def act(command_id: str) -> Response:
        checkout_id = derive_near(body.cart_id, command_id, "checkout", edge.log.partitions)
        contact = body.model_dump(mode="json", include={"email", "shipping_address", "billing_address"})
        sealed = await contact_vault.seal(edge.pool, checkout_id, contact)
        command = StartCheckout(
            checkout_id=checkout_id,
            cart_id=body.cart_id,
            expected_total_minor=body.expected_total.amount_minor,
            delivery_method=body.delivery_method,
            channel=channel,
            contact=sealed,
            postcode_area=destination,
            hold_seconds=edge.settings.hold_seconds,
            partitions=edge.log.partitions,
        )
        envelope = edge.commands.envelope(command_id, actor=actor_of(request), channel=channel)
        with edge.commands.replies.follow(command_id) as chain:
            delivery = edge.commands.publish(command, envelope, chain)
            outcome = await _follow(request, chain, checkout_id, body.cart_id)
            if outcome is None:
                await edge.commands.late(delivery, command)
                return pending(command_id, f"/v1/checkouts/{checkout_id}", id=checkout_id)
        return outcome

    return await once(request, idempotency_key, f"cart:{body.cart_id}", act)


def destination_of(wish: NewCheckout) -> str:
    """The postcode area that the goods go to; empty when they are collected, wherever the shopper lives.

    Raises Problem when we do not deliver there.
    """
    if wish.delivery_method is DeliveryMethod.COLLECT:
        return ""
    area = area_of(wish.shipping_address.postcode)
    if why := why_not_delivered(area):
        at = ("body", "shipping_address", "postcode")
        raise validation_problem([{"loc": at, "msg": why, "type": "territory"}])
    return area


@router.get(
    "/{checkout_id}",
    response_model=CheckoutRead,
    dependencies=[ReadYourWrites],
    responses=problems("checkout_not_found", *READS),
)
async def read_checkout(request: Request, checkout_id: CheckoutIdPath, cart_secret: CartSecret = "") -> Response:
    """The checkout as far as it is."""
    row, key = await find(request, checkout_id, cart_secret)
    contact = contact_vault.unseal(key, checkout_id, row.state.contact)
    return answer(200, seen(row.state, contact), bloomfield_position=position(CHECKOUT, checkout_id, row.version))


@router.delete(
    "/{checkout_id}",
    response_model=CheckoutShown,
    dependencies=[ReadYourWrites],
    responses=writes("checkout_not_found", "payment_under_way", "checkout_ended", *READS),
)
async def cancel_checkout(
    request: Request,
    checkout_id: CheckoutIdPath,
    cart_secret: CartSecret = "",
    channel: Annotated[Channel, CHANNEL] = Channel.WEB,
) -> Response:
    """Give up: the stock is free again. Once the payment is under way it is too late for this."""
    edge = edge_of(request)
    row, _ = await find(request, checkout_id, cart_secret)
    command_id = new_command(request)
    envelope = edge.commands.envelope(command_id, actor=actor_of(request), channel=channel)
    command = CancelCheckout(checkout_id=checkout_id, reason=CheckoutFailure.CANCELLED)
    decided = await edge.commands.ask(command, envelope, CheckoutReply)
    if decided is None:
        return pending(command_id, f"/v1/checkouts/{checkout_id}")
    reply, about = decided
    match reply.refusal:
        case CheckoutRefusal.PAYMENT_UNDER_WAY:
            raise Problem("payment_under_way", f"The checkout is {reply.step}. Cancel the order, once it is there.")
        case CheckoutRefusal.CHECKOUT_ENDED if reply.step is not CheckoutStep.FAILED:
            raise Problem("checkout_ended", "It is completed. Cancel the order instead.", order_id=reply.order_id)
        case CheckoutRefusal.CHECKOUT_UNKNOWN:
            raise Problem("checkout_not_found", "The checkout is long over. Begin a new one.")
    at = position(CHECKOUT, checkout_id, about.version)
    return answer(200, shown(checkout_id, row.state.cart_id, reply), bloomfield_position=at)


async def _follow(request: Request, chain: Chain, checkout_id: str, cart_id: str) -> Response | None:
    """Follow the saga until nothing is left to wait for; None when the budget ends before stock is held."""
    edge = edge_of(request)
    deadline, last = edge.commands.deadline(), None
    order_id = derive_near(checkout_id, checkout_id, "order", edge.log.partitions)
    while (reply := await chain.next(deadline)) is not None:
        record = reply.record
        if not isinstance(record, CheckoutReply):
            continue  # of another room that the saga touched
        if reply.command_id != chain.command_id and record.order_id != order_id:
            continue  # of this cart's earlier checkout, which this one has ended
        if reply.replayed:
            return await _catch_up(request, checkout_id, deadline)
        if record.refusal is not None and reply.command_id == chain.command_id:
            raise Problem("refused", f"The checkout was refused: {record.refusal}.", reason=str(record.refusal))
        last = reply
        if STEPS.index(record.step) >= NOTHING_TO_WAIT_FOR:
            break
    if last is None or not isinstance(last.record, CheckoutReply) or STEPS.index(last.record.step) < STOCK_IS_HELD:
        return None
    if last.record.step is CheckoutStep.FAILED:
        raise failed(last.record)
    return _begun(checkout_id, shown(checkout_id, cart_id, last.record), last.version)


async def _catch_up(request: Request, checkout_id: str, deadline: float) -> Response | None:
    """This wish was decided before, by a request whose answer is lost: the view tells what became of it."""
    loop, views = asyncio.get_running_loop(), edge_of(request).views
    row = await views.state(CheckoutState, checkout_id)
    while (row is None or STEPS.index(row.state.step) < NOTHING_TO_WAIT_FOR) and loop.time() < deadline:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        row = await views.state(CheckoutState, checkout_id)
    if row is None or STEPS.index(row.state.step) < STOCK_IS_HELD:
        return None
    if row.state.step is CheckoutStep.FAILED:
        raise failed(row.state)
    return _begun(checkout_id, shown(checkout_id, row.state.cart_id, row.state), row.version)


def _begun(checkout_id: str, body: dict[str, Any], version: int) -> Response:
    at = position(CHECKOUT, checkout_id, version)
    return answer(201, body, location=f"/v1/checkouts/{checkout_id}", bloomfield_position=at)
