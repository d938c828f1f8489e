"""What is known of one SKU at one location, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.inventory.messages import (
    Hold,
    HoldCommitted,
    HoldExtended,
    HoldReleased,
    InventoryEvent,
    ReorderThresholdSet,
    StockAdjusted,
    StockHeld,
    StockLow,
    StockReceived,
    StockRefused,
    StockReturned,
    StockState,
    StockTransferredIn,
    StockTransferredOut,
)


def held_units(stock: StockState) -> int:
    """Units that carts keep from each other."""
    return sum([hold.quantity for hold in stock.holds.values()])


def available_units(stock: StockState) -> int:
    """Units that can still be promised to somebody."""
    return stock.on_hand - held_units(stock)


def evolve(stock: StockState, event: InventoryEvent) -> StockState:
    """The stock after the event."""
    after = _moved(stock, event)
    held = held_units(after)
    assert 0 <= held <= after.on_hand, "never oversold"
    assert event.on_hand_after == after.on_hand, "the event was decided on another stock"
    assert event.held_after == held, "the event was decided on other holds"
    if after.low and after.on_hand - held >= after.threshold:
        return replace(after, low=False)  # The next crossing warns again.
    return after


def _moved(stock: StockState, event: InventoryEvent) -> StockState:
    match event:
        case StockHeld():
            return replace(stock, holds={**stock.holds, event.cart_id: _begun(event)})
        case HoldCommitted():
            return replace(stock, on_hand=stock.on_hand - event.quantity, holds=_without(stock, event))
        case HoldReleased():
            return replace(stock, holds=_without(stock, event))
        case HoldExtended():
            hold = replace(stock.holds[event.cart_id], expires_at=event.expires_at)
            return replace(stock, holds={**stock.holds, event.cart_id: hold})
        case StockReceived() | StockTransferredIn() | StockReturned():
            return replace(stock, on_hand=stock.on_hand + event.quantity)
        case StockAdjusted():
            return replace(stock, on_hand=stock.on_hand + event.delta)
        case StockTransferredOut():
            return replace(stock, on_hand=stock.on_hand - event.quantity)
        case ReorderThresholdSet():
            return replace(stock, threshold=event.threshold)
        case StockLow():
            return replace(stock, low=True)
        case StockRefused():
            return stock
        case _:
            assert_never(event)


def _begun(event: StockHeld) -> Hold:
    return Hold(
        quantity=event.quantity,
        expires_at=event.expires_at,
        checkout_id=event.checkout_id,
        lock_version=event.lock_version,
    )


def _without(stock: StockState, event: HoldCommitted | HoldReleased) -> dict[str, Hold]:
    holds = dict(stock.holds)
    hold = holds.pop(event.cart_id)
    assert (hold.quantity, hold.checkout_id) == (event.quantity, event.checkout_id), "another hold than was decided on"
    return holds
