"""Stock as it is shown, and why a change of it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from msgspec import Meta

from api.http.problems import Problem
from api.http.responses import Body, DateTime, Next
from api.log.gateway import Gateway
from connectors.postgres.reads import HistoryFact, StockRow
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.inventory.messages import AdjustStock, InventoryCommand, StockRefusal, StockState, TransferStock
from schemas.locations import LOCATIONS
from schemas.sourcing import Taken, most_at_one_location, whole_ones

NO_CAUSE = {"sku", "location", "on_hand_after", "held_after"}  # said beside the cause


class StockAtLocation(Body):
    location: str
    available: int


class StockResponse(Body):
    sku: str
    available: Annotated[
        int,
        Meta(
            description="Units that one order could have: as they come from one place, the most that one has. Of a "
            "bundle: whole ones, whose parts may come from several."
        ),
    ]
    locations: Annotated[list[StockAtLocation], Meta(description="Empty for a bundle: its parts have the stock.")]

    @classmethod
    def of_rows(cls, sku: str, taken: Taken, rows: Iterable[StockRow]) -> Self:
        """From the rows of the stock that the SKU takes; a closed location sells nothing."""
        places: dict[str, dict[str, int]] = {part: {} for part in taken}
        for row in rows:
            if row.location in LOCATIONS:
                places[row.sku][row.location] = row.on_hand - row.held
        most = {part: most_at_one_location(available) for part, available in places.items()}
        at = [StockAtLocation(location=location, available=units) for location, units in places.get(sku, {}).items()]
        return cls(sku=sku, available=whole_ones(taken, most), locations=at)


class StocksResponse(Body):
    stock: list[StockResponse]
    unknown: Annotated[list[str], Meta(description="SKUs that have neither a price nor stock.")]


class StockLevelResponse(Body):
    sku: str
    location: str
    on_hand: int
    held: int
    available: int

    @classmethod
    def decided(cls, stock: StockState, command: InventoryCommand) -> Self:
        """The stock after a command."""
        return cls.of(stock, sku=command.sku, location=command.location, available=stock.on_hand - stock.held)


class MovementResponse(Body):
    version: int
    event_id: str
    type: str
    change: int
    on_hand: int
    held: int
    cause: dict[str, Any]
    actor: str
    command_id: str
    correlation_id: str
    occurred_at: DateTime

    @classmethod
    def of_fact(cls, fact: HistoryFact, before: HistoryFact | None) -> Self:
        """A fact of the history; `before` is the one it follows, if any."""
        event, was = fact.event, before.event["on_hand_after"] if before else 0
        on_hand, held = event["on_hand_after"], event["held_after"]
        cause = {name: value for name, value in event.items() if name not in NO_CAUSE}
        return cls.of(fact, change=on_hand - was, on_hand=on_hand, held=held, cause=cause)


class HistoryPage(Body):
    sku: str
    location: str
    movements: list[MovementResponse]
    next: Next


def _insufficient(stock: StockState, command: InventoryCommand) -> Problem:
    free = stock.on_hand - stock.held
    return Problem(
        "insufficient_stock",
        f"{command.location} has {free} units that are not held. Take fewer.",
        lines=[{"sku": command.sku, "requested": _requested(command), "available": free}],
    )


def _requested(command: InventoryCommand) -> int:
    match command:
        case AdjustStock(delta=delta):
            return -delta
        case TransferStock(quantity=quantity):
            return quantity
        case _:
            return 0


STOCK: Gateway[StockState] = Gateway(
    room=INVENTORY,
    location="/v1/stock/{0.sku}",
    refused="The stock refused",
    refusals={StockRefusal.INSUFFICIENT_STOCK: _insufficient},
)
