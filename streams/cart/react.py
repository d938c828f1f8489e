"""When a cart event, send a command: a checkout learns its lines, or that it must end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas import topics
from schemas.cart.messages import (
    CartCommand,
    CartEvent,
    CartLocked,
    CartRefused,
    CartSealed,
    CartState,
    CartUnlocked,
    LockCart,
    SealCart,
)
from schemas.checkout.messages import (
    CancelCheckout,
    CheckoutCommand,
    CheckoutFailure,
    NoteCartLocked,
    NoteCartRefused,
    NoteCartSealed,
)
from streams.runtime.decider import Send


def react(command: CartCommand, _cart: CartState, events: tuple[CartEvent, ...]) -> Iterable[Send]:
    """Commands for other rooms, given the cart after the events."""
    for event in events:
        yield from _follow(command, event)


def _follow(command: CartCommand, event: CartEvent) -> Iterator[Send]:
    match event:
        case CartLocked(checkout_id=checkout_id, superseded_checkout_id=superseded, lines=lines, version=version):
            if superseded is not None:
                yield _tell(superseded, CancelCheckout(checkout_id=superseded, reason=CheckoutFailure.SUPERSEDED))
            yield _tell(checkout_id, NoteCartLocked(checkout_id=checkout_id, lines=lines, lock_version=version))
        case CartUnlocked(checkout_id=checkout_id, changed=True):
            yield _tell(checkout_id, CancelCheckout(checkout_id=checkout_id, reason=CheckoutFailure.CART_CHANGED))
        case CartSealed(checkout_id=checkout_id):
            yield _tell(checkout_id, NoteCartSealed(checkout_id=checkout_id))
        case CartRefused(checkout_id=str(checkout_id), reason=reason) if isinstance(command, (LockCart, SealCart)):
            # A checkout that unlocks or completes has ended and waits for nothing.
            yield _tell(checkout_id, NoteCartRefused(checkout_id=checkout_id, reason=reason))
        case _:
            pass  # The rest concerns no other room.


def _tell(checkout_id: str, note: CheckoutCommand) -> Send:
    return Send(topics.CHECKOUT, checkout_id, note)
