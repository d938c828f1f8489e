"""When a cart command is refused: every reason, by descending precedence."""

from __future__ import annotations

from typing import assert_never

from schemas.cart.messages import (
    CartCommand,
    CartRefusal,
    CartState,
    CartStatus,
    CompleteCart,
    CreateCart,
    ExpireCart,
    LockCart,
    SealCart,
    SetCartCode,
    SetCartLine,
    UnlockCart,
)
from schemas.cart.rules import LINES_PER_CART_MAX, UNITS_PER_LINE_MAX
from schemas.promotions.rules import CODES_PER_CART_MAX, is_code
from streams.cart.state import CLOSED


def refusal(command: CartCommand, cart: CartState) -> CartRefusal | None:
    """The first reason that applies, by descending precedence."""
    made = cart.status is not CartStatus.UNKNOWN
    if not made and not isinstance(command, CreateCart):
        return CartRefusal.CART_UNKNOWN
    if made and isinstance(command, CreateCart):
        return CartRefusal.CART_EXISTS
    if _is_closed_to(command, cart):
        return CartRefusal.CART_CLOSED
    if isinstance(command, SetCartLine | SetCartCode) and (reason := _of_change(command, cart)):
        return reason
    if isinstance(command, LockCart) and not cart.lines:
        return CartRefusal.CART_EMPTY
    if _is_superseded(command, cart):
        return CartRefusal.CHECKOUT_SUPERSEDED
    return None


def _of_change(command: SetCartLine | SetCartCode, cart: CartState) -> CartRefusal | None:
    if command.expected_version not in (None, cart.version):
        return CartRefusal.VERSION_MISMATCH
    if isinstance(command, SetCartLine):
        line, is_new = command.line, command.line.sku not in cart.lines
        if line.quantity > 0 and is_new and len(cart.lines) >= LINES_PER_CART_MAX:
            return CartRefusal.TOO_MANY_LINES
        return None if 0 <= line.quantity <= UNITS_PER_LINE_MAX else CartRefusal.QUANTITY_OUT_OF_RANGE
    if not command.wanted or command.code in cart.codes:
        return None
    if len(cart.codes) >= CODES_PER_CART_MAX:
        return CartRefusal.TOO_MANY_CODES
    return None if is_code(command.code) else CartRefusal.CODE_MALFORMED


def _is_closed_to(command: CartCommand, cart: CartState) -> bool:
    match command:
        case SetCartLine() | SetCartCode() | LockCart():
            return cart.status in CLOSED
        case SealCart():
            sealed_by_it = cart.status is CartStatus.SEALED and cart.checkout_id == command.checkout_id
            return cart.status in CLOSED and not sealed_by_it
        case CreateCart() | UnlockCart() | CompleteCart() | ExpireCart():
            return False
        case _:
            assert_never(command)


def _is_superseded(command: CartCommand, cart: CartState) -> bool:
    match command:
        case SealCart():
            return cart.checkout_id != command.checkout_id
        case CompleteCart():
            # Only what was sealed can be ordered: until then the shopper may still change it.
            is_final = cart.status in (CartStatus.SEALED, CartStatus.ORDERED)
            return not is_final or cart.checkout_id != command.checkout_id
        case CreateCart() | SetCartLine() | SetCartCode() | LockCart() | UnlockCart() | ExpireCart():
            return False
        case _:
            assert_never(command)
