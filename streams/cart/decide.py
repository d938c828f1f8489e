"""What a cart command leads to. Every event that changes the cart raises its version by one."""

from __future__ import annotations

from typing import assert_never

from schemas.cart.messages import (
    CartCodeSet,
    CartCommand,
    CartCreated,
    CartEvent,
    CartExpired,
    CartLineSet,
    CartLocked,
    CartLockLost,
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
    SetCartCode,
    SetCartLine,
    UnlockCart,
)
from streams.cart.refusal import refusal
from streams.cart.state import expires_at, sorted_lines, units_of

Events = tuple[CartEvent, ...]


def decide(command: CartCommand, cart: CartState, at: int) -> Events:
    """The events that the command leads to."""
    if reason := refusal(command, cart):
        return (_refused(command, cart, reason),)
    events = _events(command, cart, at)
    expected = range(cart.version + 1, cart.version + 1 + len(events))
    assert [event.version for event in events] == list(expected), "one version per event"
    return events


def _events(command: CartCommand, cart: CartState, at: int) -> Events:  # noqa: C901 - a table of contents
    version = cart.version + 1
    match command:
        case SetCartLine():
            return _set_line(command, cart, at)
        case SetCartCode():
            return _set_code(command, cart, at)
        case LockCart():
            return _lock(command, cart, at)
        case UnlockCart(cart_id=cart_id, checkout_id=checkout_id):
            if cart.status not in (CartStatus.LOCKED, CartStatus.SEALED) or cart.checkout_id != checkout_id:
                return ()  # Open already, ordered, or by now another checkout's.
            return (CartUnlocked(cart_id=cart_id, checkout_id=checkout_id, version=version, touched_at=at),)
        case SealCart(cart_id=cart_id):
            if cart.status is CartStatus.SEALED:
                return ()  # The same command again: already decided.
            return (CartSealed(cart_id=cart_id, answer_to=cart.answer_to, version=version),)
        case CompleteCart(cart_id=cart_id, checkout_id=checkout_id, order_id=order_id):
            if cart.status is CartStatus.ORDERED:
                return ()  # The same command again: already decided.
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
    line, before = command.line, cart.lines.get(command.line.sku)
    if line == before or (before is None and line.quantity == 0):
        return ()  # It is so already; a checkout that has the cart may go on.
    lost = _lock_lost(cart, at, changed=True)
    return (
        *lost,
        CartLineSet(
            cart_id=command.cart_id,
            line=line,
            quantity_before=units_of(cart, line.sku),
            version=cart.version + len(lost) + 1,
            touched_at=at,
        ),
    )


def _set_code(command: SetCartCode, cart: CartState, at: int) -> Events:
    if (command.code in cart.codes) is command.wanted:
        return ()  # It is so already; a checkout that has the cart may go on.
    lost = _lock_lost(cart, at, changed=True)
    return (
        *lost,
        CartCodeSet(
            cart_id=command.cart_id,
            code=command.code,
            wanted=command.wanted,
            version=cart.version + len(lost) + 1,
            touched_at=at,
        ),
    )


def _lock(command: LockCart, cart: CartState, at: int) -> Events:
    if cart.checkout_id == command.checkout_id:
        return ()  # The same command again: already decided.
    lost = _lock_lost(cart, at, changed=False)
    return (
        *lost,
        CartLocked(
            cart_id=command.cart_id,
            checkout_id=command.checkout_id,
            answer_to=command.answer_to,
            lines=sorted_lines(cart),
            version=cart.version + len(lost) + 1,
            touched_at=at,
        ),
    )


def _lock_lost(cart: CartState, at: int, *, changed: bool) -> Events:
    """The checkout that had the cart must end, if one had."""
    if cart.status is not CartStatus.LOCKED:
        return ()
    return (
        CartLockLost(
            cart_id=cart.cart_id, answer_to=cart.answer_to, changed=changed, version=cart.version + 1, touched_at=at
        ),
    )


def _refused(command: CartCommand, cart: CartState, reason: CartRefusal) -> CartRefused:
    # A checkout that unlocks or completes has ended and waits for nothing.
    return CartRefused(
        cart_id=command.cart_id,
        command=type(command).__name__,
        reason=reason,
        answer_to=command.answer_to if isinstance(command, (LockCart, SealCart)) else "",
        version=cart.version,
    )
