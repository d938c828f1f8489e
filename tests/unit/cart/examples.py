"""Commands on one cart, and a way to have them decided one after another."""

from __future__ import annotations

from schemas.cart.messages import (
    CartCommand,
    CartEvent,
    CartLine,
    CartState,
    CompleteCart,
    CreateCart,
    ExpireCart,
    LockCart,
    SealCart,
    SetCartCode,
    SetCartLine,
    UnlockCart,
)
from streams.cart.room import CART

CART_ID = "cart-1"
NOW = 1_700_000_000_000
CREATE = CreateCart(cart_id=CART_ID, channel="web")


def decided(cart: CartState, *commands: CartCommand, at: int = NOW) -> tuple[CartState, tuple[CartEvent, ...]]:
    """The cart after the commands, and all their events."""
    told: tuple[CartEvent, ...] = ()
    for command in commands:
        events = CART.decide(command, cart, at)
        for event in events:
            cart = CART.evolve(cart, event)
        told += events
    return cart, told


def made(*commands: CartCommand, at: int = NOW) -> CartState:
    """A new cart after the commands."""
    return decided(CartState(), CREATE, *commands, at=at)[0]


def put(sku: str = "VASE", quantity: int = 1, expected_version: int | None = None) -> SetCartLine:
    return SetCartLine(cart_id=CART_ID, line=CartLine(sku=sku, quantity=quantity), expected_version=expected_version)


def code(name: str, *, wanted: bool = True, expected_version: int | None = None) -> SetCartCode:
    return SetCartCode(cart_id=CART_ID, code=name, wanted=wanted, expected_version=expected_version)


def lock(checkout: str = "first") -> LockCart:
    return LockCart(cart_id=CART_ID, checkout_id=checkout, answer_to=f"checkout/{checkout}")


def unlock(checkout: str = "first") -> UnlockCart:
    return UnlockCart(cart_id=CART_ID, checkout_id=checkout)


def seal(checkout: str = "first") -> SealCart:
    return SealCart(cart_id=CART_ID, checkout_id=checkout, answer_to=f"checkout/{checkout}")


def complete(checkout: str = "first") -> CompleteCart:
    return CompleteCart(cart_id=CART_ID, checkout_id=checkout, order_id=f"order-of-{checkout}")


def expire(due_at: int) -> ExpireCart:
    return ExpireCart(cart_id=CART_ID, due_at=due_at)


def units(cart: CartState) -> dict[str, int]:
    return {sku: line.quantity for sku, line in cart.lines.items()}


def cart_lines(units_by_sku: dict[str, int]) -> dict[str, CartLine]:
    return {sku: CartLine(sku=sku, quantity=quantity) for sku, quantity in units_by_sku.items()}
