"""The OpenSearch sink: what shoppers search, a second after it happened at the latest.

Idempotent: a document has a version made of those of its rows, and one that is not newer is passed over. So the
positions are simply those that a consumer group keeps; they say which products may be behind after a start. While
OpenSearch is away the topics are the queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import islice

import structlog
from prometheus_client import Counter, Gauge, Histogram

from connectors.kafka.client import retry
from connectors.kafka.events import Reader
from connectors.kafka.log_identity import Partition, own_offset
from connectors.kafka.positions import ASK_SECONDS_MAX, OPENSEARCH_PRODUCTS, keep
from connectors.kafka.types import TopicPartition
from connectors.opensearch.bulk import BULK_MAX, fingerprint, write
from connectors.opensearch.client import OpenSearch, Unreachable, alias_of
from connectors.opensearch.index import ensure
from connectors.opensearch.source import RowSource
from process.health import Health
from process.settings import Settings
from schemas.log import LogIdentity

IDLE_SECONDS = 0.5
COMMIT_SECONDS = 1.0  # what is read again after a crash is written again
BACK_OFF_SECONDS_MAX = 5.0

DOCUMENTS = Counter("search_sink_documents_total", "Documents by what became of them.", ["outcome"])
SECONDS = Histogram("search_sink_bulk_seconds", "Time of one bulk request.")
BEHIND = Gauge("search_sink_products_behind", "Products that are still to be written.")
LOG = structlog.stdlib.get_logger()


class SearchSink:
    """Reads some rooms' state topics and keeps the documents."""

    def __init__(
        self, settings: Settings, log: LogIdentity, reader: Reader, health: Health, stop: threading.Event
    ) -> None:
        self._log, self._health, self._stop = log, health, stop
        self._source = RowSource(settings, log, reader, OPENSEARCH_PRODUCTS)
        self._server = OpenSearch(settings.opensearch)
        self._alias = alias_of(settings, log)
        self._written: dict[Partition, int] = {}  # positions up to which the index is known to be right
        self._touched: dict[str, None] = {}  # products to be written, in the order in which they were touched
        self._last: dict[str, int] = {}  # of each product a fingerprint of what was written last
        self._committed: dict[Partition, int] = {}
        self._committed_at = 0.0

    def run(self) -> None:
        """Until stopped. Raises Halted for a record that is no row; whatever it did not foresee passes through."""
        try:
            if not self._until_done(self._find_index):
                return
            self._source.begin()
            while not self._stop.is_set():
                touched = self._source.next(IDLE_SECONDS, self._written)
                self._touched |= dict.fromkeys(touched)
                BEHIND.set(len(self._touched))
                if self._source.loaded and self._until_done(self._write_all):
                    self._written = dict(self._source.reached)
                    self._commit(asynchronous=True)
        finally:
            self._committed_at = 0.0
            self._commit(asynchronous=False)
            self._source.close()
            self._server.close()

    def _find_index(self) -> None:
        """What the group has read is in the index, unless that had to be made anew."""
        if ensure(self._server, self._alias):
            LOG.info("index_made", alias=self._alias)
            return
        asked = [TopicPartition(*each) for each in self._source.partitions]
        found = retry(lambda: self._source.consumer.committed(asked, 20), seconds_max=ASK_SECONDS_MAX)
        self._written = {(each.topic, each.partition): own_offset(each, self._log) for each in found}

    def _write_all(self) -> None:
        while batch := list(islice(self._touched, BULK_MAX)):
            made = list(self._source.rows.documents(batch))
            changed = [each for each in made if self._last.get(each.id) != fingerprint(each)]
            if changed:
                with SECONDS.time():
                    outcomes = write(self._server, self._alias, changed, refresh=True)
                for outcome, count in outcomes.items():
                    DOCUMENTS.labels(outcome).inc(count)
                self._last |= {each.id: fingerprint(each) for each in changed}
            DOCUMENTS.labels("unchanged").inc(len(made) - len(changed))
            for product_id in batch:
                del self._touched[product_id]
            BEHIND.set(len(self._touched))

    def _until_done(self, act: Callable[[], None]) -> bool:
        """Do something at OpenSearch, however long that takes; False when told to stop before."""
        pause = 0.1
        while True:
            try:
                act()
            except Unreachable as error:
                self._health.unready(f"OpenSearch: {error}")
                LOG.warning("opensearch_lost", error=str(error), retry_in_seconds=pause)
                if self._stop.wait(pause):
                    return False
                pause = min(2 * pause, BACK_OFF_SECONDS_MAX)
                continue
            if self._source.loaded:
                self._health.ready()
            return True

    def _commit(self, *, asynchronous: bool) -> None:
        if time.monotonic() < self._committed_at + COMMIT_SECONDS:
            return
        self._committed_at = time.monotonic()
        moved = {where: at for where, at in self._written.items() if self._committed.get(where) != at}
        keep(self._source.consumer, moved, self._log, asynchronous=asynchronous)
        self._committed |= moved
