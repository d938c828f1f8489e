"""A checkout as it is shown, from the decision or from the view; and why one failed, as a problem."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request
from msgspec.structs import asdict

from api.answers import edge_of, moment
from api.auth import may_touch
from api.cart_view import not_found as cart_not_found
from api.errors import Problem
from api.positions import behind, not_while_rebuilding
from api.shapes import pounds
from connectors import contact_vault
from connectors.contact_vault import Contact
from connectors.projection import Shown
from schemas.checkout.messages import CheckoutFailure, CheckoutReply, CheckoutState

LOOK_AGAIN_SECONDS = 0.05
PAYABLE_MINOR_MIN = 30  # Stripe's, in GBP

# What each failure is to a client, and what it can do.
FAILED = {
    CheckoutFailure.CART_EMPTY: ("cart_empty", "The cart is empty. Put something into it."),
    CheckoutFailure.CART_CLOSED: ("cart_closed", "The cart is ordered, paid or expired. Make a new one."),
    CheckoutFailure.CART_CHANGED: ("cart_changed", "The cart or its total is not what was shown. Read it again."),
    CheckoutFailure.SUPERSEDED: ("checkout_superseded", "This cart has a newer checkout. Go on with that one."),
    CheckoutFailure.NOT_FOR_SALE: ("not_for_sale", "A line is no longer for sale. Read the cart and remove it."),
    CheckoutFailure.TOO_MANY_PARTS: ("too_many_parts", "The bundles have too many parts for one order. Order in two."),
    CheckoutFailure.INSUFFICIENT_STOCK: ("insufficient_stock", "There is not enough of what `lines` names. Want less."),
    CheckoutFailure.HOLD_LOST: ("hold_lost", "The stock was no longer held. Begin again."),
    CheckoutFailure.PAYMENT_FAILED: ("payment_failed", "The payment cannot be made. Begin again, or pay otherwise."),
    CheckoutFailure.PAYMENT_CANCELLED: ("payment_failed", "The payment was cancelled. Begin again."),
    CheckoutFailure.CAPTURE_FAILED: ("payment_failed", "The money could not be taken. Begin again, or pay otherwise."),
    CheckoutFailure.EXPIRED: ("checkout_expired", "The checkout took too long. Begin again."),
    CheckoutFailure.CANCELLED: ("checkout_cancelled", "The checkout was cancelled. Begin again."),
}


async def find(request: Request, checkout_id: str, secret: str) -> tuple[Shown[CheckoutState], bytes | None]:
    """A checkout that the caller may see, and the key of its contact details, if there is one. Raises Problem."""
    edge, loop = edge_of(request), asyncio.get_running_loop()
    row = await edge.views.state_and_key(CheckoutState, checkout_id)
    if row is None and await contact_vault.was_begun(edge.pool, checkout_id):
        # It was begun a moment ago, and its Location given away: no 404 while the view catches up.
        deadline = loop.time() + edge.options.view_wait_seconds
        while row is None:
            if loop.time() >= deadline:
                raise behind()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            row = await edge.views.state_and_key(CheckoutState, checkout_id)
    if row is None:
        await not_while_rebuilding(request)
    if row is None or not may_touch(request, row[0].state.cart_id, secret):
        raise Problem(
            "checkout_not_found", "There is no such checkout, or the header Cart-Secret is not the secret of its cart."
        )
    return row


def shown(checkout_id: str, cart_id: str, checkout: CheckoutReply | CheckoutState) -> dict[str, Any]:
    """What every answer about a checkout has."""
    return {
        "id": checkout_id,
        "status": str(checkout.step),
        "cart_id": cart_id,
        "order_id": checkout.order_id,
        "payment_id": checkout.payment_id,
        "total": pounds(checkout.total_minor) if checkout.total_minor else None,
        "client_secret": checkout.client_secret or None,
        "expires_at": moment(checkout.expires_at),
        "failure": None if checkout.failure is None else str(checkout.failure),
    }


def seen(row: CheckoutState, contact: Contact | None) -> dict[str, Any]:
    """What a GET shows."""
    return {
        **shown(row.checkout_id, row.cart_id, row),
        "expected_total": pounds(row.expected_total_minor),
        "current_total": None if row.current_total_minor is None else pounds(row.current_total_minor),
        "lines_missing": _missing(row),
        "delivery_method": row.delivery_method,
        "started_at": moment(row.started_at),
        "contact": contact,
    }


def failed(checkout: CheckoutReply | CheckoutState) -> Problem:
    """Why there will be no order."""
    failure = CheckoutFailure(checkout.failure or CheckoutFailure.UNKNOWN)
    if failure is CheckoutFailure.CART_UNKNOWN:
        return cart_not_found()
    total = checkout.total_minor
    if failure is CheckoutFailure.PAYMENT_FAILED and total is not None and total < PAYABLE_MINOR_MIN:
        return Problem(
            "total_too_small",
            f"The total is less than the {PAYABLE_MINOR_MIN}p that Stripe charges at least. Put more into the cart, or "
            "choose a delivery that is charged for; beginning again as it is would not help.",
            total=pounds(total),
        )
    code, detail = FAILED.get(failure, ("refused", f"The checkout failed: {failure}. Begin again."))
    members: dict[str, Any] = {}
    if checkout.current_total_minor is not None:
        members["current_total"] = pounds(checkout.current_total_minor)
    if checkout.missing:
        members["lines"] = _missing(checkout)
    return Problem(code, detail, **members)


def _missing(checkout: CheckoutReply | CheckoutState) -> list[dict[str, Any]]:
    return [asdict(line) for line in checkout.missing]
