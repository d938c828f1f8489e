"""Commands on one vase in the warehouse, and a way to have them decided one after another."""

from __future__ import annotations

from schemas.inventory.holds import CommitHold, ExpireHolds, ExtendHold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.messages import (
    AdjustmentReason,
    AdjustStock,
    InventoryCommand,
    InventoryEvent,
    ReceiveStock,
    ReturnStock,
    SetReorderThreshold,
    TransferStock,
)
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock

SKU, WAREHOUSE, POPUP = "VASE", "warehouse", "popup"
NOW = 1_700_000_000_000
TTL = 900_000


def decided(stock: Stock, *commands: InventoryCommand) -> tuple[Stock, tuple[InventoryEvent, ...]]:
    """The stock after the commands, and all their events."""
    told: tuple[InventoryEvent, ...] = ()
    for command in commands:
        events = INVENTORY.decide(command, stock, NOW)
        for event in events:
            stock = INVENTORY.evolve(stock, event)
        told += events
    return stock, told


def stocked(quantity: int, *commands: InventoryCommand) -> Stock:
    """Stock of that many units after the commands."""
    return decided(Stock(), receive(quantity), *commands)[0]


def receive(quantity: int) -> ReceiveStock:
    return ReceiveStock(sku=SKU, location=WAREHOUSE, quantity=quantity, reference="DN-1")


def adjust(delta: int) -> AdjustStock:
    return AdjustStock(sku=SKU, location=WAREHOUSE, delta=delta, reason=AdjustmentReason.COUNT, reference="sheet 1")


def transfer(quantity: int, target: str = POPUP) -> TransferStock:
    return TransferStock(sku=SKU, location=WAREHOUSE, target=target, quantity=quantity, reference="van 7")


def take_back(quantity: int) -> ReturnStock:
    return ReturnStock(sku=SKU, location=WAREHOUSE, quantity=quantity, order_id="order-1")


def threshold(units: int) -> SetReorderThreshold:
    return SetReorderThreshold(sku=SKU, location=WAREHOUSE, threshold=units)


def asker(cart: str, checkout: str = "") -> str:
    """The return address of a checkout; of the cart's first unless said otherwise."""
    return f"checkout/{checkout or f'{cart}-1'}"


def hold(
    quantity: int, cart: str = "ann", checkout: str = "", expires_at: int = NOW + TTL, *, lock_version: int = 0
) -> HoldStock:
    return HoldStock(
        sku=SKU,
        location=WAREHOUSE,
        cart_id=cart,
        answer_to=asker(cart, checkout),
        lock_version=lock_version,
        quantity=quantity,
        expires_at=expires_at,
    )


def extend(cart: str = "ann", checkout: str = "", expires_at: int = NOW + 2 * TTL) -> ExtendHold:
    return ExtendHold(sku=SKU, location=WAREHOUSE, cart_id=cart, answer_to=asker(cart, checkout), expires_at=expires_at)


def commit(cart: str = "ann", checkout: str = "") -> CommitHold:
    return CommitHold(
        sku=SKU, location=WAREHOUSE, cart_id=cart, answer_to=asker(cart, checkout), order_id=f"order-of-{cart}"
    )


def release(
    cart: str = "ann", checkout: str = "", reason: ReleaseReason = ReleaseReason.CHECKOUT_FAILED
) -> ReleaseHold:
    return ReleaseHold(sku=SKU, location=WAREHOUSE, cart_id=cart, answer_to=asker(cart, checkout), reason=reason)


def expire(due_at: int) -> ExpireHolds:
    return ExpireHolds(sku=SKU, location=WAREHOUSE, due_at=due_at)
