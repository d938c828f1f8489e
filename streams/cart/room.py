"""The cart room, as the engine runs it."""

from __future__ import annotations

from schemas.cart.messages import (
    ROOM,
    CartCommand,
    CartEvent,
    CartState,
    CartStatus,
    ExpireCart,
)
from streams.cart.decide import decide
from streams.cart.state import evolve, expires_at
from streams.runtime.decider import Decider

CART_KEPT_MS = 7 * 86_400_000  # as long as commands stay on their topic: none can meet a cart already forgotten


def on_timer(key: str, _cart: CartState, due_at: int) -> ExpireCart:
    """The command that ends a cart left alone."""
    return ExpireCart(cart_id=key, due_at=due_at)


def forgotten_at(cart: CartState) -> int | None:
    """A cart that was ordered or expired may be forgotten."""
    return cart.touched_at + CART_KEPT_MS if cart.status in (CartStatus.ORDERED, CartStatus.EXPIRED) else None


CART: Decider[CartCommand, CartEvent, CartState] = Decider(
    room=ROOM,
    initial=CartState(),
    decide=decide,
    evolve=evolve,
    next_timer_at=expires_at,
    on_timer=on_timer,
    expires_at=forgotten_at,
)
