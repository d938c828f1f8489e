"""When a stock event, send a command: the other end of a transfer, and the checkout that waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas import topics
from schemas.checkout.messages import CheckoutCommand, NoteCommitted, NoteHeld, NoteStockRefused
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import (
    AcceptTransfer,
    ExpireHolds,
    HoldCommitted,
    HoldReleased,
    InventoryCommand,
    InventoryEvent,
    StockHeld,
    StockRefusal,
    StockRefused,
    StockTransferredOut,
)
from streams.inventory.state import Stock
from streams.runtime.decider import Send


def react(command: InventoryCommand, stock: Stock, events: tuple[InventoryEvent, ...]) -> Iterable[Send]:
    """Commands for other rooms, given the stock after the events."""
    for event in events:
        yield from _follow(command, stock, event)


def _follow(command: InventoryCommand, stock: Stock, event: InventoryEvent) -> Iterator[Send]:
    sku, location = event.sku, event.location
    match event:
        case StockHeld(checkout_id=checkout_id):
            yield _tell(checkout_id, NoteHeld(checkout_id=checkout_id, sku=sku, location=location))
        case HoldCommitted(checkout_id=checkout_id):
            yield _tell(checkout_id, NoteCommitted(checkout_id=checkout_id, sku=sku, location=location))
        case StockRefused(checkout_id=str(checkout_id)):
            yield _tell(checkout_id, _note_refused(event, checkout_id, event.reason, event.available))
        case HoldReleased(checkout_id=checkout_id) if isinstance(command, ExpireHolds):
            # Whoever gave a hold back knows; only the timer takes a checkout by surprise.
            yield _tell(checkout_id, _note_refused(event, checkout_id, StockRefusal.HOLD_UNKNOWN, stock.available))
        case StockTransferredOut(target=target, quantity=quantity, reference=reference):
            accept = AcceptTransfer(sku=sku, location=target, source=location, quantity=quantity, reference=reference)
            yield Send(topics.INVENTORY, stock_key(sku, target), accept)
        case _:
            pass  # The rest concerns no other room.


def _note_refused(
    event: StockRefused | HoldReleased, checkout_id: str, reason: StockRefusal, available: int
) -> NoteStockRefused:
    return NoteStockRefused(
        checkout_id=checkout_id, sku=event.sku, location=event.location, reason=reason, available=available
    )


def _tell(checkout_id: str, note: CheckoutCommand) -> Send:
    return Send(topics.CHECKOUT, checkout_id, note)
