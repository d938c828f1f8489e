"""Stock commands as checkouts send them: a hold, and a while later its commit."""

from __future__ import annotations

import random
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Producer

from connectors.kafka.client import flush, producer, publish, topic_name
from process.settings import Settings
from schemas.codec import Codec
from schemas.envelope import Headers, begin
from schemas.inventory.holds import CommitHold, HoldStock
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.record import Record
from schemas.room import address
from schemas.topics import PARTITIONS

SKUS = 500
LOCATION = "warehouse"
HOLDS_OPEN = 500  # holds between a hold and its commit: about one in each row
HOLD_MS = 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One encoded command."""

    id: str
    key: str
    partition: int
    value: bytes
    headers: Headers


def deliveries(codec: Codec, skus: int = SKUS) -> Iterator[Encoded]:
    """Enough units of every SKU that no hold is refused."""
    for number in range(skus):
        yield _encoded(codec, ReceiveStock(sku=f"bench-{number}", location=LOCATION, quantity=100_000_000))


def holds_and_commits(codec: Codec, count: int, skus: int = SKUS) -> Iterator[Encoded]:
    """So many commands over all SKUs, in turn a hold and the commit of an earlier one."""
    chance = random.Random(count)  # noqa: S311 - a load, not a secret
    waiting: deque[tuple[str, str]] = deque()
    for _ in range(count):
        if len(waiting) < HOLDS_OPEN:
            sku, cart = f"bench-{chance.randrange(skus)}", str(uuid.uuid4())
            waiting.append((sku, cart))
            yield _encoded(codec, HoldStock(**_hold_of(sku, cart), quantity=1, expires_at=_now_ms() + HOLD_MS))
        else:
            sku, cart = waiting.popleft()
            yield _encoded(codec, CommitHold(**_hold_of(sku, cart), order_id=cart))


def _hold_of(sku: str, cart: str) -> dict[str, Any]:
    return {"sku": sku, "location": LOCATION, "cart_id": cart, "answer_to": address("checkout", cart)}


def send_all(settings: Settings, commands: Iterable[Encoded]) -> None:
    """Publish as fast as the broker takes them, and wait until it has them all."""
    out = producer(settings, **{"linger.ms": 5, "queue.buffering.max.messages": 200_000})
    for command in commands:
        send(out, settings, command)
    flush(out)


def send(out: Producer, settings: Settings, command: Encoded) -> None:
    topic = topic_name(settings, "inventory.commands")
    publish(out, topic, command.key, command.value, command.partition, headers=command.headers)


def _encoded(codec: Codec, command: Record) -> Encoded:
    key = stock_key(command.sku, command.location)  # type: ignore[attr-defined]  # every stock command has both
    envelope = begin(command_id=str(uuid.uuid4()), occurred_at=_now_ms(), actor="bench", channel="system")
    return Encoded(
        id=envelope.id,
        key=key,
        partition=partition_of(key, PARTITIONS),
        value=codec.encode(command),
        headers=envelope.headers(),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
