"""Checkouts from the view, and one that has just begun from its replies."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import Request
from psycopg_pool import AsyncConnectionPool

from api.checkout.refusals import not_found
from api.checkout.responses import ContactResponse
from api.http.auth import may_touch
from api.http.parts import part
from api.http.positions import Positions, behind, not_while_rebuilding
from api.log.gateway import Wait
from api.log.replies import Chain, Reply
from connectors import contact_vault
from connectors.view_reads import CheckoutRow, Views
from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep, MissingLine
from schemas.log import LogIdentity
from schemas.placing import derive_near
from schemas.record import Record

STEPS = list(CheckoutStep)
STOCK_IS_HELD = STEPS.index(CheckoutStep.PREPARING_PAYMENT)
NOTHING_TO_WAIT_FOR = STEPS.index(CheckoutStep.AWAITING_PAYMENT)
LOOK_AGAIN_SECONDS, CATCH_UP_SECONDS = 0.05, 0.03


async def find(request: Request, checkout_id: str, secret: str) -> tuple[int, CheckoutState, ContactResponse | None]:
    """Version, state and contact of a checkout that the caller may see. Raises Problem."""
    views, loop = part(request, Views), asyncio.get_running_loop()
    row = await views.checkout(checkout_id)
    if row is None and await contact_vault.was_begun(part(request, AsyncConnectionPool), checkout_id):
        # It was begun a moment ago, and its Location given away: no 404 while the view catches up.
        deadline = loop.time() + part(request, Positions).wait_seconds
        while row is None:
            if loop.time() >= deadline:
                raise behind()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            row = await views.checkout(checkout_id)
    if row is None:
        await not_while_rebuilding(request)
    if row is None or not may_touch(request, row.cart_id, secret):
        raise not_found()
    return row.version, _state_of(row), ContactResponse.opened(row.contact_key, checkout_id, row.contact)


def until_payable(request: Request, cart_id: str) -> Wait:
    """Wait until nothing is left to wait for; in vain when the time is up before stock is held."""
    views, partitions = part(request, Views), part(request, LogIdentity).partitions

    async def wait(chain: Chain, deadline: float) -> Reply | None:
        checkout_id = derive_near(cart_id, chain.command_id, "checkout", partitions)
        last = None
        while (reply := await chain.next(deadline)) is not None:
            if reply.command_id == chain.command_id and reply.replayed:
                last = await _caught_up(views, checkout_id, deadline)
                break
            if reply.command_id == chain.command_id and reply.refusal:
                return reply
            # Others are of the rooms that the saga touched, and of this cart's earlier checkout, which this one ended.
            if isinstance(reply.state, CheckoutState) and reply.state.checkout_id == checkout_id:
                last = reply
                if _step(reply.state) >= NOTHING_TO_WAIT_FOR:
                    break
        return last if last is not None and _step(last.state) >= STOCK_IS_HELD else None

    return wait


async def _caught_up(views: Views, checkout_id: str, deadline: float) -> Reply | None:
    """This was decided before, for a request whose response is lost: the view tells what became of it."""
    loop, row = asyncio.get_running_loop(), await views.checkout(checkout_id)
    while (row is None or STEPS.index(CheckoutStep(row.step)) < NOTHING_TO_WAIT_FOR) and loop.time() < deadline:
        await asyncio.sleep(CATCH_UP_SECONDS)
        row = await views.checkout(checkout_id)
    return None if row is None else Reply("", _state_of(row), row.version)


def _step(state: Record | None) -> int:
    return STEPS.index(state.step) if isinstance(state, CheckoutState) else 0


def _state_of(row: CheckoutRow) -> CheckoutState:
    return CheckoutState(
        checkout_id=row.checkout_id,
        step=CheckoutStep(row.step),
        cart_id=row.cart_id,
        payment_id=row.payment_id,
        order_id=row.order_id,
        delivery_method=row.delivery_method,
        expected_total_minor=row.expected_total_minor,
        total_minor=row.total_minor or 0,
        client_secret=row.client_secret,
        failure=None if row.failure is None else CheckoutFailure(row.failure),
        missing=tuple(MissingLine(**line) for line in row.missing),
        current_total_minor=row.current_total_minor,
        started_at=_millis(row.started_at),
        expires_at=_millis(row.expires_at),
    )


def _millis(time: datetime) -> int:
    return round(time.timestamp() * 1000)
