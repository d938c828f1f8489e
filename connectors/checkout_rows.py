"""Checkout events as rows of `checkouts`."""

from __future__ import annotations

from typing import Any, assert_never

from connectors.events import Event
from connectors.rows import CHECKOUTS, Row, moment, patch, put, sealed
from schemas.checkout.messages import (
    CheckoutAuthorised,
    CheckoutAwaitingPayment,
    CheckoutCardDeclined,
    CheckoutCartLocked,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutExtended,
    CheckoutFailed,
    CheckoutHeld,
    CheckoutLineCommitted,
    CheckoutLineHeld,
    CheckoutLineMoved,
    CheckoutLinePriced,
    CheckoutOrderPlaced,
    CheckoutPriced,
    CheckoutRefused,
    CheckoutSealed,
    CheckoutStarted,
    CheckoutStep,
    CheckoutStockCommitted,
)


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
        step=CheckoutStep.LOCKING,
        channel=body.channel,
        delivery_method=body.delivery_method,
        expected_total_minor=body.expected_total_minor,
        contact=sealed(body.contact),
        started_at=moment(body.started_at or event.occurred_at),
        expires_at=moment(body.expires_at),
        version=event.version,
    )


# Events that only move a checkout on.
STEP_AFTER: dict[type[CheckoutEvent], CheckoutStep] = {
    CheckoutCartLocked: CheckoutStep.PRICING,
    CheckoutHeld: CheckoutStep.PREPARING_PAYMENT,
    CheckoutSealed: CheckoutStep.COMMITTING,
    CheckoutStockCommitted: CheckoutStep.PLACING,
    CheckoutOrderPlaced: CheckoutStep.CAPTURING,
    CheckoutCompleted: CheckoutStep.COMPLETED,
}


def _changed(body: CheckoutEvent) -> dict[str, Any]:
    match body:
        case (
            CheckoutCartLocked()
            | CheckoutHeld()
            | CheckoutSealed()
            | CheckoutStockCommitted()
            | CheckoutOrderPlaced()
            | CheckoutCompleted()
        ):
            return {"step": STEP_AFTER[type(body)]}
        case CheckoutPriced(total_minor=total):
            return {"step": CheckoutStep.HOLDING, "total_minor": total}
        case CheckoutAwaitingPayment(client_secret=secret):
            return {"step": CheckoutStep.AWAITING_PAYMENT, "client_secret": secret}
        case CheckoutExtended(expires_at=expires_at):
            return {"expires_at": moment(expires_at)}
        case CheckoutAuthorised():
            return {"step": CheckoutStep.SEALING, "client_secret": ""}
        case CheckoutFailed():
            return _failed(body)
        case (
            CheckoutStarted()
            | CheckoutLinePriced()
            | CheckoutLineHeld()
            | CheckoutLineMoved()
            | CheckoutLineCommitted()
            | CheckoutCardDeclined()
            | CheckoutRefused()
        ):
            return {}
        case _:
            assert_never(body)


def _failed(body: CheckoutFailed) -> dict[str, Any]:
    return {
        "step": CheckoutStep.FAILED,
        "failure": body.failure,
        "missing": [
            {"sku": line.sku, "requested": line.requested, "available": line.available} for line in body.missing
        ],
        "current_total_minor": body.total_minor,
        "client_secret": "",  # Nobody may pay for it any more.
    }
