"""What a stock command leads to. Expiry is decided here too, by the timer's command, and nowhere else."""

from __future__ import annotations

from typing import assert_never

from schemas.inventory.messages import (
    AcceptTransfer,
    AdjustStock,
    CommitHold,
    ExpireHolds,
    ExtendHold,
    HoldStock,
    InventoryCommand,
    ReceiveStock,
    ReleaseHold,
    ReorderThresholdSet,
    ReturnStock,
    SetReorderThreshold,
    StockLow,
    StockRefusal,
    StockRefused,
    StockState,
    TransferStock,
)
from streams.inventory.holds import Events, commit, expire, extend, hold, release
from streams.inventory.movements import move
from streams.inventory.refusal import available_to, refusal, units_asked
from streams.inventory.state import held_units


def decide(command: InventoryCommand, stock: StockState, _at: int) -> Events:
    """The events that the command leads to. Its own time decides nothing: a late commit of a live hold is a sale."""
    held = held_units(stock)
    assert 0 <= held <= stock.on_hand, "oversold before this command"
    available = available_to(command, stock, held=held)
    if reason := refusal(command, stock, available=available):
        return (_refused(command, stock, reason, held=held, available=available),)
    events = _events(command, stock, held)
    for event in events:
        assert 0 <= event.held_after <= event.on_hand_after, "never oversold"
    return events + _warning(command, stock, events)


def _events(command: InventoryCommand, stock: StockState, held: int) -> Events:
    match command:
        case HoldStock():
            return hold(command, stock, held)
        case CommitHold():
            return commit(command, stock, held)
        case ReleaseHold():
            return release(command, stock, held)
        case ExtendHold():
            return extend(command, stock, held)
        case ExpireHolds():
            return expire(command, stock, held)
        case ReceiveStock() | AdjustStock() | TransferStock() | AcceptTransfer() | ReturnStock():
            return (move(command, stock.on_hand, held),)
        case SetReorderThreshold(sku=sku, location=location, threshold=threshold):
            if threshold == stock.threshold:
                return ()  # The same wish again: already decided.
            return (
                ReorderThresholdSet(
                    sku=sku, location=location, threshold=threshold, on_hand_after=stock.on_hand, held_after=held
                ),
            )
        case _:
            assert_never(command)


def _warning(command: InventoryCommand, stock: StockState, events: Events) -> Events:
    """`StockLow`, when these events took what is available below the threshold."""
    if stock.low or not events:
        return ()
    threshold = command.threshold if isinstance(command, SetReorderThreshold) else stock.threshold
    on_hand, held = events[-1].on_hand_after, events[-1].held_after
    if on_hand - held >= threshold:
        return ()
    return (
        StockLow(
            sku=command.sku,
            location=command.location,
            available=on_hand - held,
            threshold=threshold,
            on_hand_after=on_hand,
            held_after=held,
        ),
    )


def _refused(
    command: InventoryCommand, stock: StockState, reason: StockRefusal, *, held: int, available: int
) -> StockRefused:
    asked_by = command.checkout_id if isinstance(command, (HoldStock, ExtendHold, CommitHold)) else None
    return StockRefused(
        sku=command.sku,
        location=command.location,
        command=type(command).__name__,
        reason=reason,
        requested=units_asked(command) or 0,
        available=available,
        checkout_id=asked_by,
        on_hand_after=stock.on_hand,
        held_after=held,
    )
