"""What is known of one cart, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.cart.messages import (
    CartCodeSet,
    CartCreated,
    CartEvent,
    CartExpired,
    CartLine,
    CartLineSet,
    CartLocked,
    CartLockLost,
    CartOrdered,
    CartRefused,
    CartSealed,
    CartState,
    CartStatus,
    CartUnlocked,
)

CART_IDLE_MS = 24 * 3_600_000
CLOSED = frozenset({CartStatus.SEALED, CartStatus.ORDERED, CartStatus.EXPIRED})


# The statuses that a cart may have before each event.
FROM: dict[type[CartEvent], frozenset[CartStatus]] = {
    CartCreated: frozenset({CartStatus.UNKNOWN}),
    CartLineSet: frozenset({CartStatus.OPEN}),
    CartCodeSet: frozenset({CartStatus.OPEN}),
    CartLocked: frozenset({CartStatus.OPEN}),
    CartLockLost: frozenset({CartStatus.LOCKED}),
    CartUnlocked: frozenset({CartStatus.LOCKED, CartStatus.SEALED}),
    CartSealed: frozenset({CartStatus.LOCKED}),
    CartOrdered: frozenset({CartStatus.SEALED}),
    CartExpired: frozenset({CartStatus.OPEN}),
}


def sorted_lines(cart: CartState) -> tuple[CartLine, ...]:
    """The lines by SKU, so that a checkout's work does not depend on the order of the shopper's."""
    return tuple([cart.lines[sku] for sku in sorted(cart.lines)])


def units_of(cart: CartState, sku: str) -> int:
    """Units of a SKU in the cart."""
    line = cart.lines.get(sku)
    return 0 if line is None else line.quantity


def expires_at(cart: CartState) -> int | None:
    """When an untouched cart ends; a locked or sealed one lives as long as its checkout."""
    return cart.touched_at + CART_IDLE_MS if cart.status is CartStatus.OPEN else None


def evolve(cart: CartState, event: CartEvent) -> CartState:
    """The cart after the event."""
    if isinstance(event, CartRefused):
        return cart
    assert event.version == cart.version + 1, "an event was lost or came twice"
    assert cart.status in FROM[type(event)], f"{type(event).__name__} of a cart that is {cart.status}"
    after = _changed(cart, event)
    in_checkout = after.status in (CartStatus.LOCKED, CartStatus.SEALED, CartStatus.ORDERED)
    assert (after.checkout_id is not None) == in_checkout, "a checkout has the cart, or none has"
    return after


def _changed(cart: CartState, event: CartEvent) -> CartState:
    match event:
        case CartLineSet():
            assert units_of(cart, event.line.sku) == event.quantity_before, "decided on other lines"
            return replace(cart, lines=_with_line(cart, event.line), version=event.version, touched_at=event.touched_at)
        case CartCodeSet():
            return _with_code(cart, event)
        case CartLocked():
            assert event.lines == sorted_lines(cart), "locked with other lines"
            return replace(
                cart,
                status=CartStatus.LOCKED,
                checkout_id=event.checkout_id,
                answer_to=event.answer_to,
                version=event.version,
                touched_at=event.touched_at,
            )
        case CartLockLost() | CartUnlocked():
            return replace(
                cart,
                status=CartStatus.OPEN,
                checkout_id=None,
                answer_to="",
                version=event.version,
                touched_at=event.touched_at,
            )
        case CartCreated() | CartSealed() | CartOrdered() | CartExpired():
            return _begun_or_closed(cart, event)
        case CartRefused():
            return cart
        case _:
            assert_never(event)


def _begun_or_closed(cart: CartState, event: CartCreated | CartSealed | CartOrdered | CartExpired) -> CartState:
    match event:
        case CartCreated(cart_id=cart_id, channel=channel, version=version, created_at=at):
            return CartState(cart_id=cart_id, status=CartStatus.OPEN, channel=channel, version=version, touched_at=at)
        case CartSealed(version=version, answer_to=answer_to):
            assert answer_to == cart.answer_to, "sealed for another checkout"
            return replace(cart, status=CartStatus.SEALED, version=version)
        case CartOrdered(order_id=order_id, version=version, ordered_at=at):
            assert event.checkout_id == cart.checkout_id, "ordered by another checkout"
            return replace(cart, status=CartStatus.ORDERED, order_id=order_id, version=version, touched_at=at)
        case CartExpired(version=version, expired_at=at):
            return replace(cart, status=CartStatus.EXPIRED, version=version, touched_at=at)
        case _:
            assert_never(event)


def _with_code(cart: CartState, event: CartCodeSet) -> CartState:
    assert (event.code in cart.codes) is not event.wanted, "decided on other codes"
    others = tuple([code for code in cart.codes if code != event.code])
    codes = (*others, event.code) if event.wanted else others
    return replace(cart, codes=codes, version=event.version, touched_at=event.touched_at)


def _with_line(cart: CartState, line: CartLine) -> dict[str, CartLine]:
    lines = {**cart.lines, line.sku: line}
    if line.quantity == 0:
        del lines[line.sku]
    return lines
