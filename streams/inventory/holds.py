"""What becomes of the units that carts keep: held, extended, sold, given back, expired."""

from __future__ import annotations

from schemas.inventory.holds import (
    CommitHold,
    ExpireHolds,
    ExtendHold,
    HoldCommitted,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    HoldStock,
    ReleaseHold,
    StockHeld,
)
from schemas.inventory.messages import InventoryEvent
from streams.inventory.state import Stock

Events = tuple[InventoryEvent, ...]


def hold(command: HoldStock, stock: Stock) -> Events:
    earlier = stock.holds.get(command.cart_id)
    replaced = earlier.quantity if earlier else 0
    # An event even when nothing changes: whoever asked waits for an answer.
    return (
        StockHeld(
            sku=command.sku,
            location=command.location,
            cart_id=command.cart_id,
            answer_to=command.answer_to,
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
            answer_to=command.answer_to,
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
            answer_to=command.answer_to,
            expires_at=command.expires_at,
            on_hand_after=stock.on_hand,
            held_after=stock.held,
        ),
    )


def release(command: ReleaseHold, stock: Stock) -> Events:
    hold = stock.holds.get(command.cart_id)
    if hold is None or hold.answer_to != command.answer_to:
        return ()  # Gone, or taken over by the cart's next checkout: nothing of this one's is left.
    return (
        HoldReleased(
            sku=command.sku,
            location=command.location,
            cart_id=command.cart_id,
            answer_to=hold.answer_to,
            quantity=hold.quantity,
            reason=command.reason,
            on_hand_after=stock.on_hand,
            held_after=stock.held - hold.quantity,
        ),
    )


def expire(command: ExpireHolds, stock: Stock) -> Events:
    events, held = [], stock.held
    for _, cart_id in stock.endings.until(command.due_at):
        hold = stock.holds[cart_id]
        held -= hold.quantity
        events.append(
            HoldExpired(
                sku=command.sku,
                location=command.location,
                cart_id=cart_id,
                answer_to=hold.answer_to,
                quantity=hold.quantity,
                on_hand_after=stock.on_hand,
                held_after=held,
            )
        )
    return tuple(events)
