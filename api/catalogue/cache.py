"""Products that were read lately, kept until they change: this process follows the catalogue's state topic.

An entry is never older than what was read of the topic. A view that is behind the topic is shown, and not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import structlog

from api.http import metrics
from api.log.reader import LogReader
from connectors.kafka.client import log_end, topic_name
from connectors.kafka.types import Consumer, Message, TopicPartition
from connectors.postgres.reads import Views
from connectors.projection import Versioned
from process.settings import Settings
from schemas.catalogue.messages import ROOM, ProductState
from schemas.log import LogIdentity

LOG = structlog.get_logger()
PRODUCTS_MAX = 5_000  # some kilobytes each
HIT, MISS = metrics.PRODUCT_READS.labels("memory"), metrics.PRODUCT_READS.labels("view")


class Rendered(NamedTuple):
    """A response, and the versions of all that it is made of."""

    versions: tuple[int, ...]
    body: bytes
    etag: str


class Entry:
    """A product, and its page in each sales channel."""

    __slots__ = ("pages", "product")

    def __init__(self, product: Versioned[ProductState]) -> None:
        self.product, self.pages = product, dict[str, Rendered]()


class ProductCache(LogReader):
    """Products by id. Reads are look-ups; the thread only forgets."""

    not_ready = "changes of products are not being read yet"

    def __init__(
        self, settings: Settings, log: LogIdentity, views: Views, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, f"edge-products-{slot}", on_death)
        self._views, self._partitions = views, log.partitions
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        # How new a product is known to be: as the topic said (written by the thread), and as a position was reached.
        self._changed: dict[str, int] = {}
        self._reached: dict[str, int] = {}

    async def get(self, product_id: str) -> Entry | None:
        """The product, from memory or from its view. Raises psycopg.OperationalError."""
        entry = self._entries.get(product_id)
        if entry is not None and entry.product.version >= self._known(product_id):
            HIT.inc()
            return entry
        MISS.inc()
        found = await self._views.state(ProductState, product_id)
        if found is None:
            return None
        entry = Entry(found)
        if found.version >= self._known(product_id):  # asked anew: more may have been heard while the view was read
            self._entries[product_id] = entry
            if len(self._entries) > PRODUCTS_MAX:
                self._entries.popitem(last=False)
        return entry

    async def version_of(self, product_id: str, at_least: int) -> int:
        """The version that `get` returns from now on, or a newer one; an entry older than `at_least` counts no more."""
        entry = self._entries.get(product_id)
        if entry is not None and entry.product.version >= at_least:
            return entry.product.version
        reached = await self._views.version(ROOM.name, product_id)
        self._reached[product_id] = max(reached, self._reached.get(product_id, 0))
        return reached

    def _known(self, product_id: str) -> int:
        return max(self._changed.get(product_id, 0), self._reached.get(product_id, 0))

    # --- the thread ---

    def begin(self, reader: Consumer) -> None:
        """From the end: what changed before is not in memory."""
        topic = topic_name(self.settings, ROOM.topic("state"))
        reader.assign(
            [TopicPartition(topic, number, log_end(self.settings, topic, number)) for number in range(self._partitions)]
        )
        self.ready = True

    def take(self, messages: list[Message]) -> None:
        """Note what has changed."""
        for message in messages:
            if message.error() is not None:
                LOG.warning("product_consumer", error=str(message.error()))  # librdkafka goes on by itself
                continue
            key = message.key() or b""
            if not key.startswith(b"\0"):  # what the engine remembers of command ids
                version = dict(message.headers() or ()).get("version", b"0")
                self._changed[key.decode().partition("\0")[0]] = int(version)
