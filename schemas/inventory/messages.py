"""Inventory: stock per SKU and location, and the holds on it (holds.py). Key: `sku@location`.

Every event says what the decision left behind (`on_hand_after`, `held_after`), so that
"why is this 47?" is answered by reading one key's events in order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.inventory.fields import Held, OnHand, Units
from schemas.inventory.holds import (
    CommitHold,
    ExpireHolds,
    ExtendHold,
    Hold,
    HoldCommitted,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    HoldStock,
    ReleaseHold,
    StockHeld,
)
from schemas.record import AnswerTo, Location, OrderId, Record, Sku, doc
from schemas.room import Room, members

Reference = Annotated[str, doc("Delivery note, count sheet or other paper this rests on.")]


class StockRefusal(StrEnum):
    """Why a stock command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    QUANTITY_NOT_POSITIVE = "quantity_not_positive"
    QUANTITY_TOO_LARGE = "quantity_too_large"  # sums must stay within Avro's long, or a typing slip stops the partition
    SAME_LOCATION = "same_location"
    HOLD_UNKNOWN = "hold_unknown"
    HOLD_SUPERSEDED = "hold_superseded"
    TOO_MANY_HOLDS = "too_many_holds"  # a worker keeps them in memory
    INSUFFICIENT_STOCK = "insufficient_stock"


class AdjustmentReason(StrEnum):
    """Why counted stock differs from the book."""

    UNKNOWN = "unknown"
    COUNT = "count"
    DAMAGE = "damage"
    THEFT = "theft"
    FOUND = "found"
    SAMPLE = "sample"


# --- commands -------------------------------------------------------------------------------------


class ReceiveStock(Record, kw_only=True):
    """Goods have arrived."""

    sku: Sku
    location: Location
    quantity: Units
    reference: Reference = ""


class AdjustStock(Record, kw_only=True):
    """Correct the book to what was counted."""

    sku: Sku
    location: Location
    delta: Annotated[int, doc("Units to add; negative to take away.")]
    reason: Annotated[AdjustmentReason, doc("Why the book was wrong.")]
    reference: Reference = ""


class TransferStock(Record, kw_only=True):
    """Send units from this location to another."""

    sku: Sku
    location: Location
    target: Annotated[str, an_id("Location that will receive the units.")]
    quantity: Units
    reference: Reference = ""


class AcceptTransfer(Record, kw_only=True):
    """Sent by the source location: these units left it for here."""

    sku: Sku
    location: Location
    source: Annotated[str, an_id("Location that sent the units.")]
    quantity: Units
    reference: Reference = ""


class ReturnStock(Record, kw_only=True):
    """Units of an order go back on the shelf."""

    sku: Sku
    location: Location
    quantity: Units
    order_id: OrderId


class SetReorderThreshold(Record, kw_only=True):
    """Say below how many available units `StockLow` is to be raised."""

    sku: Sku
    location: Location
    threshold: Annotated[int, doc("Units; 0 switches the warning off.")]


# --- events ---------------------------------------------------------------------------------------


class StockReceived(Record, kw_only=True):
    """Goods were put on the shelf."""

    sku: Sku
    location: Location
    quantity: Units
    reference: Reference
    on_hand_after: OnHand
    held_after: Held


class StockAdjusted(Record, kw_only=True):
    """The book was corrected."""

    sku: Sku
    location: Location
    delta: Annotated[int, doc("Units added; negative: taken away.")]
    reason: Annotated[AdjustmentReason, doc("Why the book was wrong.")]
    reference: Reference
    on_hand_after: OnHand
    held_after: Held


class StockTransferredOut(Record, kw_only=True):
    """Units left for another location."""

    sku: Sku
    location: Location
    target: Annotated[str, an_id("Location that will receive the units.")]
    quantity: Units
    reference: Reference
    on_hand_after: OnHand
    held_after: Held


class StockTransferredIn(Record, kw_only=True):
    """Units came from another location."""

    sku: Sku
    location: Location
    source: Annotated[str, an_id("Location that sent the units.")]
    quantity: Units
    reference: Reference
    on_hand_after: OnHand
    held_after: Held


class StockReturned(Record, kw_only=True):
    """Units of an order are back on the shelf."""

    sku: Sku
    location: Location
    quantity: Units
    order_id: OrderId
    on_hand_after: OnHand
    held_after: Held


class ReorderThresholdSet(Record, kw_only=True):
    """The level of the low-stock warning changed."""

    sku: Sku
    location: Location
    threshold: Annotated[int, doc("Units; 0: off.")]
    on_hand_after: OnHand
    held_after: Held


class StockLow(Record, kw_only=True):
    """Available units fell below the threshold; raised once per crossing."""

    sku: Sku
    location: Location
    available: Annotated[int, doc("Units that can still be sold.")]
    threshold: Annotated[int, doc("The level that was crossed.")]
    on_hand_after: OnHand
    held_after: Held


class StockRecovered(Record, kw_only=True):
    """There is well more than the threshold again: the next StockLow is news."""

    sku: Sku
    location: Location
    available: Annotated[int, doc("Units that can be sold.")]
    threshold: Annotated[int, doc("The level that was crossed.")]
    on_hand_after: OnHand
    held_after: Held


class StockRefused(Record, kw_only=True):
    """A stock command was refused and changed nothing."""

    sku: Sku
    location: Location
    command: Annotated[str, doc("Name of the refused command, e.g. `HoldStock`.")]
    reason: Annotated[StockRefusal, doc("Why.")]
    requested: Annotated[int, doc("Units asked for, or 0.")]
    available: Annotated[int, doc("Units that could have been had.")]
    answer_to: AnswerTo = ""
    on_hand_after: OnHand
    held_after: Held


# --- state ----------------------------------------------------------------------------------------


class StockState(Record, kw_only=True):
    """State: the stock of one SKU at one location; each hold on it is a record of its own, a Hold."""

    on_hand: Annotated[int, doc("Units physically here.")] = 0
    threshold: Annotated[int, doc("Level of the low-stock warning; 0: off.")] = 0
    low: Annotated[bool, doc("True from StockLow to StockRecovered.")] = False
    low_on_hand: Annotated[int, doc("Units physically here when StockLow was raised, while it is low; else 0.")] = 0
    held: Annotated[int, doc("Units of those that are held: the sum of the holds.")] = 0
    hold_count: Annotated[int, doc("Number of holds.")] = 0


InventoryCommand = (
    ReceiveStock
    | AdjustStock
    | TransferStock
    | AcceptTransfer
    | HoldStock
    | ExtendHold
    | CommitHold
    | ReleaseHold
    | ReturnStock
    | SetReorderThreshold
    | ExpireHolds
)
InventoryEvent = (
    StockReceived
    | StockAdjusted
    | StockTransferredOut
    | StockTransferredIn
    | StockHeld
    | HoldExtended
    | HoldCommitted
    | HoldReleased
    | HoldExpired
    | StockReturned
    | ReorderThresholdSet
    | StockLow
    | StockRecovered
    | StockRefused
)

ROOM = Room(
    name="inventory",
    key="sku@location",
    key_fields=("sku", "location"),
    commands=members(InventoryCommand),
    events=members(InventoryEvent),
    state=StockState,
    parts=(Hold,),
)
