"""What a stock command leads to. Expiry is decided here too, by the timer's command, and nowhere else."""

from __future__ import annotations

from typing import assert_never

from schemas.inventory.holds import CommitHold, ExpireHolds, ExtendHold, HoldStock, ReleaseHold
from schemas.inventory.messages import (
    AcceptTransfer,
    AdjustStock,
    InventoryCommand,
    ReceiveStock,
    ReorderThresholdSet,
    ReturnStock,
    SetReorderThreshold,
    StockRefusal,
    StockRefused,
    TransferStock,
)
from schemas.room import answer_to
from streams.inventory.holds import Events, commit, expire, extend, hold, release
from streams.inventory.movements import move
from streams.inventory.refusal import available_to, refusal, units_asked
from streams.inventory.state import Stock
from streams.inventory.warning import warning


def decide(command: InventoryCommand, stock: Stock, _at: int) -> Events:
    """The events that the command leads to. Its own time decides nothing: a late commit of a live hold is a sale."""
    assert 0 <= stock.held <= stock.on_hand, "oversold before this command"
    available = available_to(command, stock)
    if reason := refusal(command, stock, available=available):
        return (_refused(command, stock, reason, available=available),)
    events = _events(command, stock)
    for event in events:
        assert 0 <= event.held_after <= event.on_hand_after, "never oversold"
    return events + warning(command, stock, events)


def _events(command: InventoryCommand, stock: Stock) -> Events:
    match command:
        case HoldStock():
            return hold(command, stock)
        case CommitHold():
            return commit(command, stock)
        case ReleaseHold():
            return release(command, stock)
        case ExtendHold():
            return extend(command, stock)
        case ExpireHolds():
            return expire(command, stock)
        case ReceiveStock() | AdjustStock() | TransferStock() | AcceptTransfer() | ReturnStock():
            return (move(command, stock.on_hand, stock.held),)
        case SetReorderThreshold(sku=sku, location=location, threshold=threshold):
            if threshold == stock.threshold:
                return ()  # The same command again: already decided.
            return (
                ReorderThresholdSet(
                    sku=sku, location=location, threshold=threshold, on_hand_after=stock.on_hand, held_after=stock.held
                ),
            )
        case _:
            assert_never(command)


def _refused(command: InventoryCommand, stock: Stock, reason: StockRefusal, *, available: int) -> StockRefused:
    return StockRefused(
        sku=command.sku,
        location=command.location,
        command=type(command).__name__,
        reason=reason,
        requested=units_asked(command) or 0,
        available=available,
        answer_to=answer_to(command),
        on_hand_after=stock.on_hand,
        held_after=stock.held,
    )
