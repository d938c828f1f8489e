"""When a stock command is refused: every reason, by descending precedence."""

from __future__ import annotations

from typing import assert_never

from schemas.inventory.holds import CommitHold, ExpireHolds, ExtendHold, HoldStock, ReleaseHold
from schemas.inventory.messages import (
    AcceptTransfer,
    AdjustStock,
    InventoryCommand,
    ReceiveStock,
    ReturnStock,
    SetReorderThreshold,
    StockRefusal,
    TransferStock,
)
from streams.inventory.state import Stock

# Nine thousand million commands of this size fit into Avro's long: no sum of ours can outgrow it.
UNITS_MAX = 1_000_000_000
LONG_MAX = 2**63 - 1
HOLDS_MAX = 100_000  # of one row; each takes some 500 bytes of a worker's memory


def refusal(command: InventoryCommand, stock: Stock, *, available: int) -> StockRefusal | None:
    """The first reason that applies, by descending precedence; `available` as `available_to` says."""
    asked = units_asked(command)
    if asked is not None and asked < _units_min(command):
        return StockRefusal.QUANTITY_NOT_POSITIVE
    if asked is not None and asked > UNITS_MAX:
        return StockRefusal.QUANTITY_TOO_LARGE
    if isinstance(command, TransferStock) and command.target == command.location:
        return StockRefusal.SAME_LOCATION
    if isinstance(command, (ExtendHold, CommitHold)) and command.cart_id not in stock.holds:
        return StockRefusal.HOLD_UNKNOWN
    if _is_superseded(command, stock):
        return StockRefusal.HOLD_SUPERSEDED
    if isinstance(command, HoldStock) and command.cart_id not in stock.holds and len(stock.holds) >= HOLDS_MAX:
        return StockRefusal.TOO_MANY_HOLDS
    if asked is not None and _takes(command) and asked > available:
        return StockRefusal.INSUFFICIENT_STOCK
    return None


def units_asked(command: InventoryCommand) -> int | None:
    """The units that a command names, whichever way they would go; None when it names none."""
    match command:
        case HoldStock() | ReceiveStock() | TransferStock() | AcceptTransfer() | ReturnStock():
            return command.quantity
        case CommitHold() | ReleaseHold() | ExtendHold() | ExpireHolds():
            return None
        case AdjustStock():
            return min(abs(command.delta), LONG_MAX)  # The least long has no counterpart.
        case SetReorderThreshold():
            return command.threshold
        case _:
            assert_never(command)


def available_to(command: InventoryCommand, stock: Stock) -> int:
    """Units that this command could take: a cart's own hold does not stand in its way."""
    if isinstance(command, HoldStock) and command.cart_id in stock.holds:
        return stock.available + stock.holds[command.cart_id].quantity
    return stock.available


def _is_superseded(command: InventoryCommand, stock: Stock) -> bool:
    if not isinstance(command, (HoldStock, ExtendHold, CommitHold)):
        return False
    hold = stock.holds.get(command.cart_id)
    if hold is None:
        return False
    if isinstance(command, HoldStock):
        return command.lock_version < hold.lock_version  # Overtaken on its way by a later checkout's.
    return command.answer_to != hold.answer_to


def _units_min(command: InventoryCommand) -> int:
    return 0 if isinstance(command, SetReorderThreshold) else 1  # A threshold of 0 switches the warning off.


def _takes(command: InventoryCommand) -> bool:
    return isinstance(command, (HoldStock, TransferStock)) or (isinstance(command, AdjustStock) and command.delta < 0)
