"""Checkouts from the view, and one that has just begun from its replies."""

from __future__ import annotations

import asyncio

from fastapi import Request
from psycopg_pool import AsyncConnectionPool

from api.checkout.responses import ContactResponse, not_found
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
LOOK_AGAIN_SECONDS = 0.03


async def find(request: Request, checkout_id: str, secret: str) -> tuple[int, CheckoutState, ContactResponse | None]:
    """Version, state and contact of a checkout that the caller may see. Raises Problem."""
    views = part(request, Views)
    row = await views.checkout(checkout_id)
    if row is None and await contact_vault.was_begun(part(request, AsyncConnectionPool), checkout_id):
        # It was begun a moment ago, and its Location given away: no 404 while the view catches up.
        deadline = asyncio.get_running_loop().time() + part(request, Positions).wait_seconds
        if (row := await _row(views, checkout_id, deadline)) is None:
            raise behind()
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
            if reply.command_id == chain.command_id and reply.refusal:
                return reply
            if reply.command_id == chain.command_id and reply.replayed:
                # Decided before, for a request whose response is lost: the view tells what became of it.
                row = await _row(views, checkout_id, deadline, NOTHING_TO_WAIT_FOR)
                last = None if row is None else Reply("", _state_of(row), row.version)
                break
            # Others are of the rooms that the saga touched, and of this cart's earlier checkout, which this one ended.
            if isinstance(reply.state, CheckoutState) and reply.state.checkout_id == checkout_id:
                last = reply
                if _step(reply.state) >= NOTHING_TO_WAIT_FOR:
                    break
        return last if last is not None and _step(last.state) >= STOCK_IS_HELD else None

    return wait


async def _row(views: Views, checkout_id: str, deadline: float, step: int = 0) -> CheckoutRow | None:
    """The row, once it is at the step or beyond; as it is, or None, when the deadline passes first."""
    row = await views.checkout(checkout_id)
    while row is None or STEPS.index(CheckoutStep(row.step)) < step:
        if asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        row = await views.checkout(checkout_id)
    return row


def _step(state: Record | None) -> int:
    return STEPS.index(state.step) if isinstance(state, CheckoutState) else 0


def _state_of(row: CheckoutRow) -> CheckoutState:
    return CheckoutState(
        checkout_id=row.checkout_id, step=CheckoutStep(row.step), cart_id=row.cart_id, payment_id=row.payment_id,
        order_id=row.order_id, delivery_method=row.delivery_method, expected_total_minor=row.expected_total_minor,
        total_minor=row.total_minor or 0, client_secret=row.client_secret,
        failure=None if row.failure is None else CheckoutFailure(row.failure),
        missing=tuple(MissingLine(**line) for line in row.missing), current_total_minor=row.current_total_minor,
        started_at=round(row.started_at.timestamp() * 1000), expires_at=round(row.expires_at.timestamp() * 1000),
    )  # fmt: skip
