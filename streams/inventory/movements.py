"""Units that come or go without a hold: received, counted, transferred, returned."""

from __future__ import annotations

from typing import assert_never

from schemas.inventory.messages import (
    AcceptTransfer,
    AdjustStock,
    InventoryEvent,
    ReceiveStock,
    ReturnStock,
    StockAdjusted,
    StockReceived,
    StockReturned,
    StockTransferredIn,
    StockTransferredOut,
    TransferStock,
)

Movement = ReceiveStock | AdjustStock | TransferStock | AcceptTransfer | ReturnStock


def move(command: Movement, on_hand: int, held: int) -> InventoryEvent:
    """What happens to the shelf; whether it may has been asked before."""
    sku, location = command.sku, command.location
    match command:
        case ReceiveStock(quantity=quantity, reference=reference):
            return StockReceived(
                sku=sku,
                location=location,
                quantity=quantity,
                reference=reference,
                on_hand_after=on_hand + quantity,
                held_after=held,
            )
        case AdjustStock(delta=delta, reason=reason, reference=reference):
            return StockAdjusted(
                sku=sku,
                location=location,
                delta=delta,
                reason=reason,
                reference=reference,
                on_hand_after=on_hand + delta,
                held_after=held,
            )
        case ReturnStock(quantity=quantity, order_id=order_id):
            return StockReturned(
                sku=sku,
                location=location,
                quantity=quantity,
                order_id=order_id,
                on_hand_after=on_hand + quantity,
                held_after=held,
            )
        case TransferStock() | AcceptTransfer():
            return _transferred(command, on_hand, held)
        case _:
            assert_never(command)


def _transferred(command: TransferStock | AcceptTransfer, on_hand: int, held: int) -> InventoryEvent:
    sku, location, quantity, reference = command.sku, command.location, command.quantity, command.reference
    match command:
        case TransferStock(target=target):
            return StockTransferredOut(
                sku=sku,
                location=location,
                target=target,
                quantity=quantity,
                reference=reference,
                on_hand_after=on_hand - quantity,
                held_after=held,
            )
        case AcceptTransfer(source=source):
            return StockTransferredIn(
                sku=sku,
                location=location,
                source=source,
                quantity=quantity,
                reference=reference,
                on_hand_after=on_hand + quantity,
                held_after=held,
            )
        case _:
            assert_never(command)
