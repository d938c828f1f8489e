"""Checkouts from the view, and one that has just begun from its replies."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import HTTPConnection

from api.checkout.responses import CheckoutDetailsResponse, ContactResponse, missing_lines, not_applied, not_found
from api.http.auth import may_touch
from api.http.parts import part
from api.http.positions import Positions, behind, not_while_rebuilding
from api.log.gateway import Wait
from api.log.replies import Chain, Reply
from connectors.postgres import contact_vault
from connectors.postgres.connection import AsyncConnectionPool
from connectors.postgres.reads import Views
from connectors.projection import Versioned
from schemas.checkout.messages import CheckoutState, CheckoutStep
from schemas.log import LogIdentity
from schemas.placing import derive_near
from schemas.record import Record

STEPS = list(CheckoutStep)
STOCK_IS_HELD = STEPS.index(CheckoutStep.PREPARING_PAYMENT)
NOTHING_TO_WAIT_FOR = STEPS.index(CheckoutStep.AWAITING_PAYMENT)
LOOK_AGAIN_SECONDS = 0.03


async def show(connection: HTTPConnection, checkout_id: str, secret: str) -> tuple[int, CheckoutDetailsResponse]:
    """Version and checkout, as whoever has the secret of its cart may see it. Raises Problem."""
    version, checkout, contact = await find(connection, checkout_id, secret)
    return version, CheckoutDetailsResponse.shown(
        checkout,
        lines_missing=missing_lines(checkout),
        contact=contact,
        promotions_not_applied=not_applied(checkout),
    )


async def find(
    request: HTTPConnection, checkout_id: str, secret: str
) -> tuple[int, CheckoutState, ContactResponse | None]:
    """Version, state and contact of a checkout that the caller may see. Raises Problem."""
    views = part(request, Views)
    found = await views.state_and_key(CheckoutState, checkout_id)
    if found is None and await contact_vault.was_begun(part(request, AsyncConnectionPool), checkout_id):
        # It was begun a moment ago, and its Location given away: no 404 while the view catches up.
        deadline = asyncio.get_running_loop().time() + part(request, Positions).wait_seconds
        if await _at(views, checkout_id, deadline) is None:
            raise behind()
        found = await views.state_and_key(CheckoutState, checkout_id)
    if found is None:
        await not_while_rebuilding(request)
    if found is None or not may_touch(request, found[0].state.cart_id, secret):
        raise not_found()
    shown, key = found
    return shown.version, shown.state, ContactResponse.opened(key, checkout_id, shown.state.contact)


def until_payable(request: Request, cart_id: str) -> Wait:
    """Wait until nothing is left to wait for; in vain when the time is up before stock is held."""
    views, partitions = part(request, Views), part(request, LogIdentity).partitions

    async def wait(chain: Chain, deadline: float) -> Reply | None:
        checkout_id = derive_near(cart_id, chain.command_id, "checkout", partitions)
        last = None
        while (reply := await chain.next(deadline)) is not None:
            if reply.command_id == chain.command_id and reply.refusal:
                return reply
            if reply.command_id == chain.command_id and reply.replayed:
                # Decided before, for a request whose response is lost: the view tells what became of it.
                found = await _at(views, checkout_id, deadline, NOTHING_TO_WAIT_FOR)
                last = None if found is None else Reply("", found.state, found.version)
                break
            # Others are of the rooms that the saga touched, and of this cart's earlier checkout, which this one ended.
            if isinstance(reply.state, CheckoutState) and reply.state.checkout_id == checkout_id:
                last = reply
                if _step(reply.state) >= NOTHING_TO_WAIT_FOR:
                    break
        return last if last is not None and _step(last.state) >= STOCK_IS_HELD else None

    return wait


async def _at(views: Views, checkout_id: str, deadline: float, step: int = 0) -> Versioned[CheckoutState] | None:
    """The checkout, once it is at the step or beyond; as it is, or None, when the deadline passes first."""
    found = await views.state(CheckoutState, checkout_id)
    while found is None or _step(found.state) < step:
        if asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        found = await views.state(CheckoutState, checkout_id)
    return found


def _step(state: Record | None) -> int:
    return STEPS.index(state.step) if isinstance(state, CheckoutState) else 0
