"""What a cart command leads to. Every event that changes the cart raises its version by one."""

from __future__ import annotations

from typing import assert_never

from schemas.cart.messages import (
    CartCommand,
    CartCreated,
    CartEvent,
    CartExpired,
    CartLineSet,
    CartLocked,
    CartOrdered,
    CartRefusal,
    CartRefused,
    CartSealed,
    CartState,
    CartStatus,
    CartUnlocked,
    CompleteCart,
    CreateCart,
    ExpireCart,
    LockCart,
    SealCart,
    SetCartLine,
    UnlockCart,
)
from streams.cart.refusal import refusal
from streams.cart.state import expires_at, sorted_lines

Events = tuple[CartEvent, ...]


def decide(command: CartCommand, cart: CartState, at: int) -> Events:
    """The events that the command leads to."""
    if reason := refusal(command, cart):
        return (_refused(command, cart, reason),)
    events = _events(command, cart, at)
    expected = range(cart.version + 1, cart.version + 1 + len(events))
    assert [event.version for event in events] == list(expected), "one version per event"
    return events


def _events(command: CartCommand, cart: CartState, at: int) -> Events:
    version = cart.version + 1
    match command:
        case SetCartLine():
            return _set_line(command, cart, at)
        case LockCart():
            return _lock(command, cart, at)
        case UnlockCart(cart_id=cart_id, checkout_id=checkout_id):
            if cart.status not in (CartStatus.LOCKED, CartStatus.SEALED) or cart.checkout_id != checkout_id:
                return ()  # Open already, ordered, or by now another checkout's.
            return (_unlocked(cart_id, checkout_id, version, at, changed=False),)
        case SealCart(cart_id=cart_id, checkout_id=checkout_id):
            if cart.status is CartStatus.SEALED:
                return ()  # The same wish again: already decided.
            return (CartSealed(cart_id=cart_id, checkout_id=checkout_id, version=version),)
        case CompleteCart(cart_id=cart_id, checkout_id=checkout_id, order_id=order_id):
            if cart.status is CartStatus.ORDERED:
                return ()  # The same wish again: already decided.
            return (
                CartOrdered(
                    cart_id=cart_id, checkout_id=checkout_id, order_id=order_id, version=version, ordered_at=at
                ),
            )
        case CreateCart(cart_id=cart_id, channel=channel):
            return (CartCreated(cart_id=cart_id, channel=channel, version=version, created_at=at),)
        case ExpireCart(cart_id=cart_id, due_at=due_at):
            idle_until = expires_at(cart)
            if idle_until is None or idle_until > due_at:
                return ()  # Touched since the timer was set, or a checkout has it.
            return (CartExpired(cart_id=cart_id, version=version, expired_at=at),)
        case _:
            assert_never(command)


def _set_line(command: SetCartLine, cart: CartState, at: int) -> Events:
    before = cart.lines.get(command.sku, 0)
    if command.quantity == before:
        return ()  # As wished already; a checkout that has the cart may go on.
    events: list[CartEvent] = []
    if cart.status is CartStatus.LOCKED:
        assert cart.checkout_id is not None, "locked by nobody"
        events.append(_unlocked(command.cart_id, cart.checkout_id, cart.version + 1, at, changed=True))
    events.append(
        CartLineSet(
            cart_id=command.cart_id,
            sku=command.sku,
            quantity_before=before,
            quantity=command.quantity,
            version=cart.version + 1 + len(events),
            touched_at=at,
        )
    )
    return tuple(events)


def _lock(command: LockCart, cart: CartState, at: int) -> Events:
    if cart.checkout_id == command.checkout_id:
        return ()  # The same wish again: already decided.
    return (
        CartLocked(
            cart_id=command.cart_id,
            checkout_id=command.checkout_id,
            superseded_checkout_id=cart.checkout_id,
            lines=sorted_lines(cart),
            version=cart.version + 1,
            touched_at=at,
        ),
    )


def _unlocked(cart_id: str, checkout_id: str, version: int, at: int, *, changed: bool) -> CartUnlocked:
    return CartUnlocked(cart_id=cart_id, checkout_id=checkout_id, changed=changed, version=version, touched_at=at)


def _refused(command: CartCommand, cart: CartState, reason: CartRefusal) -> CartRefused:
    asked_by = None if isinstance(command, (CreateCart, SetCartLine, ExpireCart)) else command.checkout_id
    return CartRefused(
        cart_id=command.cart_id,
        command=type(command).__name__,
        reason=reason,
        checkout_id=asked_by,
        version=cart.version,
    )
