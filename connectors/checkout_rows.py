"""Checkout events as rows of `checkouts`."""

from __future__ import annotations

from typing import Any

from connectors.events import Event
from connectors.rows import CHECKOUTS, Row, moment, patch, put, sealed
from schemas.checkout.messages import (
    CheckoutAuthorised,
    CheckoutAwaitingPayment,
    CheckoutEvent,
    CheckoutExtended,
    CheckoutFailed,
    CheckoutPriced,
    CheckoutStarted,
)
from schemas.checkout.rules import STEP_AFTER


def rows(event: Event, body: CheckoutEvent) -> tuple[Row, ...]:
    """What the event changes."""
    if isinstance(body, CheckoutStarted):
        return (_started(event, body),)
    return (patch(CHECKOUTS, checkout_id=body.checkout_id, version=event.version, **_changed(body)),)


def _started(event: Event, body: CheckoutStarted) -> Row:
    return put(
        CHECKOUTS,
        checkout_id=body.checkout_id,
        cart_id=body.cart_id,
        order_id=body.order_id,
        payment_id=body.payment_id,
        step=STEP_AFTER[CheckoutStarted],
        channel=body.channel,
        delivery_method=body.delivery_method,
        expected_total_minor=body.expected_total_minor,
        contact=sealed(body.contact),
        started_at=moment(body.started_at or event.occurred_at),
        expires_at=moment(body.expires_at),
        version=event.version,
    )


def _changed(body: CheckoutEvent) -> dict[str, Any]:
    step = STEP_AFTER.get(type(body))
    return ({"step": step} if step else {}) | _beside_the_step(body)


def _beside_the_step(body: CheckoutEvent) -> dict[str, Any]:
    match body:
        case CheckoutPriced(total_minor=total):
            return {"total_minor": total}
        case CheckoutAwaitingPayment(client_secret=secret):
            return {"client_secret": secret}
        case CheckoutExtended(expires_at=expires_at):
            return {"expires_at": moment(expires_at)}
        case CheckoutAuthorised():
            return {"client_secret": ""}
        case CheckoutFailed():
            return _failed(body)
        case _:
            return {}


def _failed(body: CheckoutFailed) -> dict[str, Any]:
    return {
        "failure": body.failure,
        "missing": [
            {"sku": line.sku, "requested": line.requested, "available": line.available} for line in body.missing
        ],
        "current_total_minor": body.total_minor,
        "client_secret": "",  # Nobody may pay for it any more.
    }
