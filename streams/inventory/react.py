"""The other end of a transfer is asked to take the units in."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.inventory.messages import AcceptTransfer, InventoryCommand, InventoryEvent, StockTransferredOut
from schemas.record import Record
from streams.inventory.state import Stock


def react(_command: InventoryCommand, _stock: Stock, events: tuple[InventoryEvent, ...]) -> Iterator[Record]:
    """Commands for other shelves."""
    for event in events:
        if isinstance(event, StockTransferredOut):
            yield AcceptTransfer(
                sku=event.sku,
                location=event.target,
                source=event.location,
                quantity=event.quantity,
                reference=event.reference,
            )
