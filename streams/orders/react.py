"""What other rooms are asked for after each fact of an order."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import OrderCancelled, OrdersCommand, OrdersEvent, OrderState
from schemas.payments.messages import CancelPayment
from schemas.record import Record


def react(_command: OrdersCommand, state: OrderState, events: tuple[OrdersEvent, ...]) -> Iterator[Record]:
    """Commands for other rooms; most events concern nobody else."""
    for event in events:
        if isinstance(event, OrderCancelled):
            if state.total_minor:  # what cost nothing has no payment
                yield CancelPayment(payment_id=event.payment_id, reason=event.reason)
            for taken in event.allocations:
                yield ReturnStock(
                    sku=taken.sku, location=taken.location, quantity=taken.quantity, order_id=event.order_id
                )
