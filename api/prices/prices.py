"""Every price, in memory: this process reads the prices' state topic from the beginning and goes on reading it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from api.http import metrics
from api.log.reader import LogReader
from connectors.kafka.client import topic_name
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.log import LogIdentity
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import SkuPrice

LOG = structlog.get_logger()
LOOK_AGAIN_SECONDS = 0.01
GRACE_SECONDS = 0.25  # a price that another edge has just set is a few milliseconds behind here


class Prices(LogReader):
    """Prices by SKU. Reads are plain dictionary look-ups; only the thread writes."""

    not_ready = "the prices are not all read yet"

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, f"edge-prices-{slot}", on_death, **{"enable.partition.eof": True})
        self._codec = codec
        self._prices: dict[str, tuple[SkuPrice, int]] = {}
        self._bundles: dict[str, SkuPrice] = {}
        self._ends_missing = set(range(log.partitions))

    def get(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, also when it is withdrawn; None: it is unknown."""
        found = self._prices.get(sku)
        return None if found is None else found[0]

    def version(self, sku: str) -> int:
        """The event sequence of the SKU's price; 0: unknown."""
        found = self._prices.get(sku)
        return 0 if found is None else found[1]

    async def version_of(self, sku: str, _at_least: int) -> int:
        """Like `version`."""
        return self.version(sku)

    def on_sale(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, if it can be bought."""
        price = self.get(sku)
        return None if price is None or price.withdrawn else price

    def bundles_with(self, sku: str) -> list[str]:
        """The bundles that a SKU is a part of."""
        bundles = list(self._bundles.items())  # a copy: the thread may write meanwhile
        return [name for name, bundle in bundles if any(part.sku == sku for part in bundle.components)]

    async def find_on_sale(self, sku: str) -> SkuPrice | None:
        """Like `on_sale`, but a SKU that is not here yet may come within the grace."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while (price := self.on_sale(sku)) is None and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return price

    async def reach(self, sku: str, version: int, seconds_max: float) -> None:
        """Wait until the SKU's price is here as it was at that version, or the time is up."""
        deadline = asyncio.get_running_loop().time() + seconds_max
        while self.version(sku) < version and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    # --- the thread ---

    def begin(self, reader: Consumer) -> None:
        """The whole topic from its beginning."""
        topic = topic_name(self.settings, PRICES_ROOM.topic("state"))
        reader.assign([TopicPartition(topic, partition, 0) for partition in self._ends_missing])

    def take(self, messages: list[Message]) -> None:
        """Keep what they say."""
        for message in messages:
            self._take(message)
        metrics.PRICES.set(len(self._prices))

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._ends_missing.discard(message.partition())
                self.ready = not self._ends_missing
            else:
                LOG.warning("price_consumer", error=str(error))  # librdkafka goes on by itself
            return
        key = message.key() or b""
        if key.startswith(b"\0"):
            return  # what the engine remembers of command ids
        if message.value() is None:
            self._prices.pop(key.decode(), None)
            self._bundles.pop(key.decode(), None)
            return
        try:
            price = self._codec.decode(message.value())
        except DecodeError as problem:
            LOG.error("price_not_understood", sku=key.decode(), error=str(problem))
            return
        if not isinstance(price, SkuPrice):
            LOG.error("price_not_understood", sku=key.decode(), error=f"it is a {type(price).__name__}")
            return
        if price.components:
            self._bundles[key.decode()] = price
        else:
            self._bundles.pop(key.decode(), None)
        self._prices[key.decode()] = (price, int(dict(message.headers() or ()).get("version", b"0")))
