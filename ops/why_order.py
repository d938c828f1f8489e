"""Why an order is what it is: what happened to its cart, checkout, payment, stock and itself, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ops.audit.log import Decode, Log, LoggedEvent, read_event
from schemas.cart.messages import ROOM as CART
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.orders.messages import ROOM as ORDERS
from schemas.orders.messages import OrderPlaced
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.placing import partition_of
from schemas.record import utc
from schemas.room import Room

COLUMNS = "when", "room", "event", "version", "who", "what"
WORDS_MAX = 160
SAID_ELSEWHERE = {"order_id", "checkout_id", "cart_id", "payment_id", "answer_to", "contact"}


def story(log: Log, order_id: str, decode: Decode, until: int | None = None) -> list[LoggedEvent]:
    """Every event that the order is made of, up to and with a moment (UTC milliseconds); empty: there is no order."""
    of_order = list(_of_key(log, ORDERS, order_id, decode))
    placed = next((event.body for event in of_order if isinstance(event.body, OrderPlaced)), None)
    if placed is None:
        return []
    events = [
        *of_order,
        *_of_key(log, CART, placed.cart_id, decode),
        *_of_key(log, CHECKOUT, placed.checkout_id, decode),
        *_of_key(log, PAYMENTS, placed.payment_id, decode),
        *_of_stock(log, placed.cart_id, order_id, decode),
    ]
    told = [event for event in events if until is None or event.occurred_at <= until]
    return sorted(told, key=lambda event: (event.occurred_at, event.topic, event.partition, event.offset))


def row(event: LoggedEvent) -> tuple[str, ...]:
    """An event as text, a cell for each of COLUMNS."""
    at = utc(event.occurred_at)
    key = f" {event.key}" if event.topic == INVENTORY.topic("events") else ""
    room = event.topic.partition(".")[0] + key
    return at, room, type(event.body).__name__, str(event.version), event.actor, words(event.body)


def words(body: Any) -> str:
    """What an event says beside the ids that all of them share."""
    said = {
        name: value
        for name, value in msgspec.to_builtins(body).items()
        if name not in SAID_ELSEWHERE and not name.endswith("_after") and isinstance(value, str | int) and value != ""
    }
    text = ", ".join(f"{name} {value}" for name, value in said.items())
    return text if len(text) <= WORDS_MAX else f"{text[:WORDS_MAX]}…"


def _of_key(log: Log, room: Room, key: str, decode: Decode) -> Iterator[LoggedEvent]:
    topic, partition = room.topic("events"), partition_of(key, log.identity.partitions)
    for record in log.records(topic, partition):
        if record.key == key.encode():
            yield read_event(room, topic, partition, record, decode, record.offset + 1)


def _of_stock(log: Log, cart_id: str, order_id: str, decode: Decode) -> Iterator[LoggedEvent]:
    topic = INVENTORY.topic("events")
    for partition in range(log.identity.partitions):
        for record in log.records(topic, partition):
            event = read_event(INVENTORY, topic, partition, record, decode, record.offset + 1)
            if getattr(event.body, "order_id", None) == order_id or getattr(event.body, "cart_id", None) == cart_id:
                yield event
