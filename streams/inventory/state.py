"""What is known of one SKU at one location, and what each event makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec
from immutables import Map
from msgspec.structs import replace

from schemas.inventory.holds import Hold, HoldCommitted, HoldExpired, HoldExtended, HoldReleased, StockHeld
from schemas.inventory.messages import (
    InventoryEvent,
    ReorderThresholdSet,
    StockAdjusted,
    StockLow,
    StockReceived,
    StockRecovered,
    StockRefused,
    StockReturned,
    StockState,
    StockTransferredIn,
    StockTransferredOut,
)
from schemas.record import Record
from streams.endings import Endings


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """A StockState with its holds, by cart id. `held` is their sum and `endings` when they end: kept, never counted
    anew, because in a flash sale there are ten thousand of them."""

    on_hand: int = 0
    threshold: int = 0
    low: bool = False
    low_on_hand: int = 0
    held: int = 0
    holds: Map[str, Hold] = Map()
    endings: Endings = Endings()

    @property
    def available(self) -> int:
        """Units that can still be promised to somebody."""
        return self.on_hand - self.held


def head(stock: Stock) -> StockState:
    """What is written of the row itself."""
    return StockState(
        on_hand=stock.on_hand,
        threshold=stock.threshold,
        low=stock.low,
        low_on_hand=stock.low_on_hand,
        held=stock.held,
        hold_count=len(stock.holds),
    )


def holds(stock: Stock) -> Mapping[str, Hold]:
    """The parts of the row."""
    return stock.holds


def touched(event: InventoryEvent) -> tuple[str, ...]:
    """The carts whose hold the event may have changed."""
    match event:
        case StockHeld() | HoldExtended() | HoldCommitted() | HoldReleased() | HoldExpired():
            return (event.cart_id,)
        case _:
            return ()


def whole(state: Record, parts: Mapping[str, Record]) -> Stock:
    """The stock as it was written."""
    assert isinstance(state, StockState), f"{type(state).__name__} is no stock"
    kept = {cart_id: hold for cart_id, hold in parts.items() if isinstance(hold, Hold)}
    assert len(kept) == len(parts) == state.hold_count, f"{state.hold_count} holds were written, {len(kept)} are there"
    stock = Stock(
        on_hand=state.on_hand,
        threshold=state.threshold,
        low=state.low,
        low_on_hand=state.low_on_hand,
        held=sum(hold.quantity for hold in kept.values()),
        holds=Map(kept),
        endings=Endings((hold.expires_at, cart_id) for cart_id, hold in kept.items()),
    )
    assert stock.held == state.held, f"{state.held} units were held, {stock.held} are"
    return stock


def evolve_head(before: Record, event: InventoryEvent) -> StockState:
    """What is written of the row itself, after the event: without the holds, of which there may be thousands."""
    assert isinstance(before, StockState), f"{type(before).__name__} is no stock"
    after = replace(before, on_hand=event.on_hand_after, held=event.held_after)
    match event:
        case StockHeld(replaced_quantity=0):
            return replace(after, hold_count=before.hold_count + 1)
        case HoldCommitted() | HoldReleased() | HoldExpired():
            return replace(after, hold_count=before.hold_count - 1)
        case ReorderThresholdSet(threshold=threshold):
            return replace(after, threshold=threshold)
        case StockLow():
            return replace(after, low=True, low_on_hand=event.on_hand_after)
        case StockRecovered():
            return replace(after, low=False, low_on_hand=0)
        case _:
            return after


def evolve(stock: Stock, event: InventoryEvent) -> Stock:
    """The stock after the event."""
    after = _moved(stock, event)
    assert 0 <= after.held <= after.on_hand, "never oversold"
    assert event.on_hand_after == after.on_hand, "the event was decided on another stock"
    assert event.held_after == after.held, "the event was decided on other holds"
    return after


def _moved(stock: Stock, event: InventoryEvent) -> Stock:
    match event:
        case StockHeld():
            return _held(stock, event)
        case HoldCommitted():
            return replace(_without(stock, event), on_hand=stock.on_hand - event.quantity)
        case HoldReleased() | HoldExpired():
            return _without(stock, event)
        case HoldExtended():
            hold = replace(stock.holds[event.cart_id], expires_at=event.expires_at)
            return _with_hold(stock, event.cart_id, hold, stock.held)
        case StockReceived() | StockTransferredIn() | StockReturned():
            return replace(stock, on_hand=stock.on_hand + event.quantity)
        case StockAdjusted():
            return replace(stock, on_hand=stock.on_hand + event.delta)
        case StockTransferredOut():
            return replace(stock, on_hand=stock.on_hand - event.quantity)
        case ReorderThresholdSet():
            return replace(stock, threshold=event.threshold)
        case StockLow():
            return replace(stock, low=True, low_on_hand=stock.on_hand)
        case StockRecovered():
            return replace(stock, low=False, low_on_hand=0)
        case StockRefused():
            return stock
        case _:
            assert_never(event)


def _held(stock: Stock, event: StockHeld) -> Stock:
    hold = Hold(
        quantity=event.quantity,
        expires_at=event.expires_at,
        answer_to=event.answer_to,
        lock_version=event.lock_version,
    )
    return _with_hold(stock, event.cart_id, hold, stock.held + event.quantity - event.replaced_quantity)


def _with_hold(stock: Stock, cart_id: str, hold: Hold, held: int) -> Stock:
    earlier, endings = stock.holds.get(cart_id), stock.endings
    if earlier is not None:
        endings = endings.minus((earlier.expires_at, cart_id))
    endings = endings.plus((hold.expires_at, cart_id))
    return replace(stock, holds=stock.holds.set(cart_id, hold), held=held, endings=endings)


def _without(stock: Stock, event: HoldCommitted | HoldReleased | HoldExpired) -> Stock:
    hold = stock.holds[event.cart_id]
    assert (hold.quantity, hold.answer_to) == (event.quantity, event.answer_to), "another hold than was decided on"
    return replace(
        stock,
        holds=stock.holds.delete(event.cart_id),
        held=stock.held - hold.quantity,
        endings=stock.endings.minus((hold.expires_at, event.cart_id)),
    )
