"""Every price, in memory: this process reads the catalogue's state topic from the beginning and goes on reading it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import structlog
from confluent_kafka import KafkaError, Message, TopicPartition

from api import metrics
from connectors.kafka import consumer, topic_name
from connectors.settings import Settings
from schemas.catalogue.messages import Product
from schemas.codec import Codec, DecodeError
from schemas.log import LogIdentity
from schemas.topics import CATALOGUE

LOG = structlog.get_logger()
BATCH_MAX = 5_000
POLL_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.01
GRACE_SECONDS = 0.25  # a product that another edge has just priced is a few milliseconds behind here


class Prices:
    """See the module. Reads are plain dictionary look-ups; only the thread writes."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        self.ready = False
        self._settings, self._codec, self._slot, self._on_death = settings, codec, slot, on_death
        self._products: dict[str, tuple[Product, int]] = {}
        self._bundles: dict[str, Product] = {}
        self._partitions = log.partitions
        self._ends_missing = set(range(log.partitions))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prices", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    def get(self, sku: str) -> Product | None:
        """What the SKU costs, also when it is withdrawn; None: it is unknown."""
        found = self._products.get(sku)
        return None if found is None else found[0]

    def version(self, sku: str) -> int:
        """The event sequence of the SKU's price; 0: unknown."""
        found = self._products.get(sku)
        return 0 if found is None else found[1]

    def on_sale(self, sku: str) -> Product | None:
        """What the SKU costs, if it can be bought."""
        product = self.get(sku)
        return None if product is None or product.withdrawn else product

    def bundles_with(self, sku: str) -> list[str]:
        """The bundles that a SKU is a part of."""
        bundles = list(self._bundles.items())  # a copy: the thread may write meanwhile
        return [name for name, bundle in bundles if any(part.sku == sku for part in bundle.components)]

    async def find_on_sale(self, sku: str) -> Product | None:
        """Like `on_sale`, but a SKU that is not here yet may come within the grace."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while (product := self.on_sale(sku)) is None and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return product

    # --- the thread ---

    def _run(self) -> None:
        topic = topic_name(self._settings, CATALOGUE.topic("state"))
        options = {"enable.partition.eof": True}
        reader = consumer(self._settings, f"edge-prices-{self._slot}", **options)
        try:
            reader.assign([TopicPartition(topic, partition, 0) for partition in range(self._partitions)])
            while not self._stopping.is_set():
                first = reader.poll(POLL_SECONDS)
                if first is not None:
                    for message in (first, *reader.consume(BATCH_MAX, 0)):
                        self._take(message)
                    metrics.PRICES.set(len(self._products))
        except Exception:
            LOG.critical("price_thread_died", exc_info=True, help="the process ends and is to be restarted")
            self._on_death()
        finally:
            self.ready = False
            reader.close()

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
            self._products.pop(key.decode(), None)
            self._bundles.pop(key.decode(), None)
            return
        try:
            product = self._codec.decode(message.value())
        except DecodeError as problem:
            LOG.error("price_not_understood", sku=key.decode(), error=str(problem))
            return
        if not isinstance(product, Product):
            LOG.error("price_not_understood", sku=key.decode(), error=f"it is a {type(product).__name__}")
            return
        if product.components:
            self._bundles[key.decode()] = product
        else:
            self._bundles.pop(key.decode(), None)
        self._products[key.decode()] = (product, int(dict(message.headers() or ()).get("version", b"0")))
