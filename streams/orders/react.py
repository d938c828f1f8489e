"""What other rooms are told of an order."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.checkout.messages import NoteOrderPlaced
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import OrderCancelled, OrderPlaced, OrdersCommand, OrdersEvent, OrderState
from schemas.payments.messages import CancelPayment
from schemas.topics import CHECKOUT, INVENTORY, PAYMENTS
from streams.runtime.decider import Send


def react(_command: OrdersCommand, _state: OrderState, events: tuple[OrdersEvent, ...]) -> Iterator[Send]:
    """Commands for other rooms; most events concern nobody else."""
    for event in events:
        match event:
            case OrderPlaced(checkout_id=checkout_id):
                yield Send(CHECKOUT, checkout_id, NoteOrderPlaced(checkout_id=checkout_id))
            case OrderCancelled():
                yield from _undone(event)
            case _:
                pass


def _undone(event: OrderCancelled) -> Iterator[Send]:
    yield Send(PAYMENTS, event.payment_id, CancelPayment(payment_id=event.payment_id, reason=event.reason))
    for taken in event.allocations:
        yield Send(
            INVENTORY,
            stock_key(sku=taken.sku, location=taken.location),
            ReturnStock(sku=taken.sku, location=taken.location, quantity=taken.quantity, order_id=event.order_id),
        )
