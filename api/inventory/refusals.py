"""Why the inventory room refuses, as staff are told."""

from __future__ import annotations

from api.http.problems import Problem
from api.log.gateway import Gateway
from schemas.inventory.messages import AdjustStock, InventoryCommand, StockRefusal, StockState, TransferStock
from schemas.topics import INVENTORY


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
