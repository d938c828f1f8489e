"""What happens to stock, prices, carts, checkouts and orders, as it appears on the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from api.log.reader import LogReader
from connectors.kafka.client import topic_name
from connectors.kafka.log_identity import Partition
from connectors.kafka.types import Consumer, Message, TopicPartition
from process.settings import Settings
from schemas.cart.messages import ROOM as CART
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.log import LogIdentity
from schemas.orders.messages import ROOM as ORDERS
from schemas.prices.messages import ROOM as PRICES

LOG = structlog.get_logger()
FOLLOWED = (INVENTORY, PRICES, CART, CHECKOUT, ORDERS)


class Change(NamedTuple):
    """An event, not decoded yet."""

    room: str
    key: str
    version: int  # of its aggregate, after it
    value: bytes
    partition: Partition
    offset: int
    at: int  # UTC milliseconds: when it was put on the log


class LiveFeed(LogReader):
    """Hands every change to the event loop, those of one fetch in one call. Made inside the running loop."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        slot: int,
        take: Callable[[list[Change]], None],
        on_death: Callable[[], None],
    ) -> None:
        super().__init__(settings, f"edge-live-{slot}", on_death)
        self._take, self._partitions, self._loop = take, log.partitions, asyncio.get_running_loop()
        self._rooms = {topic_name(settings, room.topic("events")): room.name for room in FOLLOWED}
        self._begin_at: Mapping[Partition, int] = {}

    def start_at(self, positions: Mapping[Partition, int]) -> None:
        """Start where the views are: what they show already is read from them."""
        self._begin_at = positions
        self.start()

    # --- the thread ---

    def begin(self, reader: Consumer) -> None:
        """From the positions of the views; a partition of which they have read nothing, from its beginning."""
        reader.assign(
            [
                TopicPartition(topic, number, self._begin_at.get((topic, number), 0))
                for topic in self._rooms
                for number in range(self._partitions)
            ]
        )
        self.ready = True

    def take(self, messages: list[Message]) -> None:
        """Hand them to the event loop."""
        changes = [change for message in messages if (change := self._read(message)) is not None]
        if changes:
            self._loop.call_soon_threadsafe(self._take, changes)

    def _read(self, message: Message) -> Change | None:
        if message.error() is not None:
            LOG.warning("live_consumer", error=str(message.error()))  # librdkafka goes on by itself
            return None
        topic, headers = message.topic(), dict(message.headers() or ())
        try:
            key, version = message.key().decode(), int(headers["version"])
        except (AttributeError, KeyError, ValueError) as error:
            LOG.error("change_not_understood", topic=topic, offset=message.offset(), error=repr(error))
            return None
        partition, (_, at) = (topic, message.partition()), message.timestamp()
        return Change(self._rooms[topic], key, version, message.value() or b"", partition, message.offset(), at)
