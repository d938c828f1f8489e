"""The cart room, as the engine runs it."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.cart.messages import (
    ROOM,
    CartCommand,
    CartEvent,
    CartRefused,
    CartReply,
    CartState,
    CartStatus,
    ExpireCart,
)
from schemas.record import Record
from streams.cart.decide import decide
from streams.cart.state import evolve, expires_at
from streams.runtime.decider import Decider

CART_KEPT_MS = 7 * 86_400_000  # as long as commands stay on their topic: none can meet a cart already forgotten


def reply(cart: CartState, events: tuple[CartEvent, ...]) -> CartReply:
    """What whoever sent the command is told."""
    refusal = next((event.reason for event in events if isinstance(event, CartRefused)), None)
    return CartReply(refusal=refusal, cart=cart)


def remembered(reply: Record) -> Record:
    """A reply without its lines: a cart of a thousand would be kept a thousand times for a day, once for each line."""
    assert isinstance(reply, CartReply)
    return replace(reply, cart=replace(reply.cart, lines={})) if reply.cart.lines else reply


def wake(key: str, _cart: CartState, due_at: int) -> ExpireCart:
    """The command that ends a cart left alone."""
    return ExpireCart(cart_id=key, due_at=due_at)


def ends_at(cart: CartState) -> int | None:
    """A cart that was ordered or expired may be forgotten."""
    return cart.touched_at + CART_KEPT_MS if cart.status in (CartStatus.ORDERED, CartStatus.EXPIRED) else None


CART: Decider[CartCommand, CartEvent, CartState] = Decider(
    room=ROOM,
    initial=CartState(),
    decide=decide,
    evolve=evolve,
    reply=reply,
    due=expires_at,
    wake=wake,
    ends_at=ends_at,
    remembered=remembered,
)
