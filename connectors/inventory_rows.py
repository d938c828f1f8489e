"""Inventory events as rows of `stock` and `stock_movements`.

A refusal is no movement: it changes nothing, and in a flash sale there are ten for every sale.
"""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import asdict

from connectors.events import Event
from connectors.rows import STOCK, STOCK_MOVEMENTS, Row, moment, patch, put
from schemas.inventory.messages import (
    HoldCommitted,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    InventoryEvent,
    ReorderThresholdSet,
    StockAdjusted,
    StockHeld,
    StockLow,
    StockReceived,
    StockRecovered,
    StockRefused,
    StockReturned,
    StockTransferredIn,
    StockTransferredOut,
)

NOT_CAUSE = ("sku", "location", "on_hand_after", "held_after")


def rows(event: Event, body: InventoryEvent) -> tuple[Row, ...]:
    """What the event changes."""
    match body:
        case StockRefused():
            return (patch(STOCK, sku=body.sku, location=body.location, version=event.version),)
        case ReorderThresholdSet(threshold=threshold):
            return (_stock(event, body, threshold=threshold), _movement(event, body))
        case StockLow() | StockRecovered():
            return (_stock(event, body, low=isinstance(body, StockLow)), _movement(event, body))
        case _:
            return (_stock(event, body), _movement(event, body))


def change(body: InventoryEvent) -> int:
    """Units that came onto the shelf or, negative, left it."""
    match body:
        case StockReceived() | StockTransferredIn() | StockReturned():
            return body.quantity
        case StockTransferredOut() | HoldCommitted():
            return -body.quantity
        case StockAdjusted():
            return body.delta
        case StockHeld() | HoldExtended() | HoldReleased() | HoldExpired():
            return 0
        case ReorderThresholdSet() | StockLow() | StockRecovered() | StockRefused():
            return 0
        case _:
            assert_never(body)


def _stock(event: Event, body: InventoryEvent, **more: int) -> Row:
    return put(
        STOCK,
        sku=body.sku,
        location=body.location,
        on_hand=body.on_hand_after,
        held=body.held_after,
        version=event.version,
        updated_at=moment(event.occurred_at),
        **more,
    )


def _movement(event: Event, body: InventoryEvent) -> Row:
    return put(
        STOCK_MOVEMENTS,
        sku=body.sku,
        location=body.location,
        version=event.version,
        event_id=event.id,
        type=type(body).__name__,
        change=change(body),
        on_hand=body.on_hand_after,
        held=body.held_after,
        cause=_cause(body),
        actor=event.actor,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        occurred_at=moment(event.occurred_at),
    )


def _cause(body: InventoryEvent) -> dict[str, Any]:
    fields = asdict(body)
    for name in NOT_CAUSE:
        del fields[name]
    return fields
