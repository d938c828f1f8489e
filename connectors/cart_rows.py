"""Cart events as rows of `carts` and `cart_lines`."""

from __future__ import annotations

from typing import Any, assert_never

from connectors.events import Event
from connectors.rows import CART_LINES, CARTS, Row, moment, patch, put
from schemas.cart.messages import (
    CartCreated,
    CartEvent,
    CartExpired,
    CartLineSet,
    CartLocked,
    CartLockLost,
    CartOrdered,
    CartRefused,
    CartSealed,
    CartStatus,
    CartUnlocked,
)


def rows(event: Event, body: CartEvent) -> tuple[Row, ...]:
    """What the event changes."""
    match body:
        case CartCreated():
            return (_created(event, body),)
        case CartLineSet():
            return (_cart(event, body, touched_at=moment(body.touched_at)), _line(event, body))
        case CartLocked():
            return (_with_checkout(event, body, CartStatus.LOCKED, body.checkout_id),)
        case CartLockLost() | CartUnlocked():
            return (_with_checkout(event, body, CartStatus.OPEN, None),)
        case CartSealed():
            return (_cart(event, body, status=CartStatus.SEALED),)
        case CartOrdered():
            at = moment(body.ordered_at)
            return (_cart(event, body, status=CartStatus.ORDERED, order_id=body.order_id, touched_at=at),)
        case CartExpired():
            return (_cart(event, body, status=CartStatus.EXPIRED, touched_at=moment(body.expired_at)),)
        case CartRefused():
            return (patch(CARTS, cart_id=body.cart_id, version=event.version),)
        case _:
            assert_never(body)


def _created(event: Event, body: CartCreated) -> Row:
    return put(
        CARTS,
        cart_id=body.cart_id,
        status=CartStatus.OPEN,
        channel=body.channel,
        checkout_id=None,
        order_id=None,
        cart_version=body.version,
        touched_at=moment(body.created_at),
        version=event.version,
    )


def _cart(event: Event, body: CartLineSet | CartSealed | CartOrdered | CartExpired, **changed: Any) -> Row:
    return patch(CARTS, cart_id=body.cart_id, cart_version=body.version, version=event.version, **changed)


def _with_checkout(
    event: Event, body: CartLocked | CartLockLost | CartUnlocked, status: CartStatus, checkout_id: str | None
) -> Row:
    return patch(
        CARTS,
        cart_id=body.cart_id,
        status=status,
        checkout_id=checkout_id,
        cart_version=body.version,
        touched_at=moment(body.touched_at),
        version=event.version,
    )


def _line(event: Event, body: CartLineSet) -> Row:
    """A line that was taken out stays, with 0: were it gone, an older event that is read again would bring it back."""
    return put(CART_LINES, cart_id=body.cart_id, sku=body.sku, quantity=body.quantity, version=event.version)
