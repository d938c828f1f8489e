"""What becomes of the units that carts keep: held, extended, sold, given back, expired."""

from __future__ import annotations

from schemas.inventory.messages import (
    CommitHold,
    ExpireHolds,
    ExtendHold,
    HoldCommitted,
    HoldExtended,
    HoldReleased,
    HoldStock,
    InventoryEvent,
    ReleaseHold,
    ReleaseReason,
    StockHeld,
)
from streams.inventory.state import Stock

Events = tuple[InventoryEvent, ...]


def hold(command: HoldStock, stock: Stock) -> Events:
    earlier = stock.holds.get(command.cart_id)
    replaced = earlier.quantity if earlier else 0
    # Said again even when nothing changes: the checkout that asked waits for an answer.
    return (
        StockHeld(
            sku=command.sku,
            location=command.location,
            cart_id=command.cart_id,
            checkout_id=command.checkout_id,
            lock_version=command.lock_version,
            quantity=command.quantity,
            replaced_quantity=replaced,
            expires_at=command.expires_at,
            on_hand_after=stock.on_hand,
            held_after=stock.held - replaced + command.quantity,
        ),
    )


def commit(command: CommitHold, stock: Stock) -> Events:
    quantity = stock.holds[command.cart_id].quantity
    return (
        HoldCommitted(
            sku=command.sku,
            location=command.location,
            cart_id=command.cart_id,
            checkout_id=command.checkout_id,
            order_id=command.order_id,
            quantity=quantity,
            on_hand_after=stock.on_hand - quantity,
            held_after=stock.held - quantity,
        ),
    )


def extend(command: ExtendHold, stock: Stock) -> Events:
    if command.expires_at <= stock.holds[command.cart_id].expires_at:
        return ()  # It lasts that long already; an extension never shortens.
    return (
        HoldExtended(
            sku=command.sku,
            location=command.location,
            cart_id=command.cart_id,
            checkout_id=command.checkout_id,
            expires_at=command.expires_at,
            on_hand_after=stock.on_hand,
            held_after=stock.held,
        ),
    )


def release(command: ReleaseHold, stock: Stock) -> Events:
    hold = stock.holds.get(command.cart_id)
    if hold is None or hold.checkout_id != command.checkout_id:
        return ()  # Gone, or taken over by the cart's next checkout: nothing of this one's is left.
    return _released(command, stock, [command.cart_id], command.reason)


def expire(command: ExpireHolds, stock: Stock) -> Events:
    over = stock.endings.until(command.due_at)
    return _released(command, stock, [cart for _, cart in over], ReleaseReason.EXPIRED)


def _released(command: ReleaseHold | ExpireHolds, stock: Stock, cart_ids: list[str], reason: ReleaseReason) -> Events:
    events, held = [], stock.held
    for cart_id in cart_ids:
        hold = stock.holds[cart_id]
        held -= hold.quantity
        events.append(
            HoldReleased(
                sku=command.sku,
                location=command.location,
                cart_id=cart_id,
                checkout_id=hold.checkout_id,
                quantity=hold.quantity,
                reason=reason,
                on_hand_after=stock.on_hand,
                held_after=held,
            )
        )
    return tuple(events)
