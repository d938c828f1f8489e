"""Reading finished aggregates back from `<room>.ended`, beside the decisions (ops/decisions/0013).

One look at a time, for all keys of a partition that wait: backwards from the end, because what ended last is asked for
most. What is found goes into the epoch's next transaction; nothing is remembered here that an end of the process loses.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog
from confluent_kafka import Consumer, TopicPartition

from connectors.kafka import registry
from connectors.kafka.client import consumer, log_end, retry, topic_name
from process.settings import Settings
from schemas.codec import Codec
from schemas.rooms import ROOMS
from streams.runtime import metrics
from streams.runtime.deciding import TablePartition
from streams.runtime.loading import between
from streams.runtime.rows import Row, Table

LOG = structlog.get_logger()

WINDOW_FIRST, WINDOW_MAX = 1_000, 50_000  # offsets read at a time, more with each step back
QUEUED_KILOBYTES_MAX = 16_384  # of records that the client has fetched and not handed over yet
RETRY_SECONDS = 5.0
ASK_SECONDS_MAX = 10.0

Found = dict[str, Row]


class EpochEnded(Exception):
    """The epoch that wanted to know has ended."""


def find(
    settings: Settings,
    deployment: str,
    codec: Codec,
    tp: TablePartition,
    keys: frozenset[str],
    stop: threading.Event,
) -> Found:
    """The rows of these keys as they were when they ended; a key that never did is left out. Blocks for long.

    All that was committed before the call is seen. Raises EpochEnded once `stop` is set; KafkaException, LoadFailed,
    SchemaRegistryError or DecodeError when it cannot be said: then nothing is known of any key.
    """
    topic, partition = topic_name(settings, ROOMS[tp[0]].topic("ended")), tp[1]
    limits = {"enable.partition.eof": True, "fetch.wait.max.ms": 10, "queued.max.messages.kbytes": QUEUED_KILOBYTES_MAX}
    reader = consumer(settings, deployment, **limits)
    wanted, found = {key.encode() for key in keys}, Found()
    try:
        for first, last in _windows(settings, reader, topic, partition):
            latest: Found = {}
            for message in between(reader, topic, partition, first, last):
                if stop.is_set():
                    raise EpochEnded
                if (raw := message.key()) in wanted:
                    latest[raw.decode()] = Row(raw=message.value(), version=int(dict(message.headers())["version"]))
            found |= latest
            wanted -= {key.encode() for key in latest}
            LOG.info("looked_for_ended", room=tp[0], partition=partition, offset=first, left=len(wanted))
            if not wanted:
                break
    finally:
        reader.close()
    for row in found.values():
        _decode(settings, codec, row)
    return found


def _windows(settings: Settings, reader: Consumer, topic: str, partition: int) -> Iterator[tuple[int, int]]:
    """Offsets to read, from the end of the log to its beginning."""
    tp = TopicPartition(topic, partition)
    begin, _ = retry(lambda: reader.get_watermark_offsets(tp, ASK_SECONDS_MAX), seconds_max=ASK_SECONDS_MAX)
    last, width = log_end(settings, topic, partition), WINDOW_FIRST
    while last > begin:
        yield max(begin, last - width), last
        last, width = last - width, min(2 * width, WINDOW_MAX)


def _decode(settings: Settings, codec: Codec, row: Row) -> None:
    assert row.raw is not None, "nothing is deleted from the ended"
    if (unknown := codec.unknown_id(row.raw)) is not None:
        registry.learn(settings, codec, unknown)
    row.state, row.raw = codec.decode(row.raw), None


class Recalls:
    """The looks of one epoch. `notify(tp)` is awaited when there is an answer for a partition."""

    def __init__(
        self, settings: Settings, deployment: str, codec: Codec, notify: Callable[[TablePartition], Awaitable[None]]
    ) -> None:
        self._settings, self._deployment, self._codec, self._notify = settings, deployment, codec, notify
        self._wanted: dict[TablePartition, set[str]] = {}
        self._looks: dict[TablePartition, asyncio.Task[None]] = {}
        self._found: dict[TablePartition, dict[str, Row | None]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recall")  # a look costs memory
        self._stop = threading.Event()

    def want(self, waiting: Mapping[TablePartition, set[str]]) -> None:
        """Look for these keys. The transactions that parked their commands must be committed."""
        if self._stop.is_set():
            return
        for tp, keys in waiting.items():
            self._wanted.setdefault(tp, set()).update(keys)
            if tp not in self._looks:
                self._looks[tp] = asyncio.ensure_future(self._look(tp))

    def want_all(self, tables: Mapping[TablePartition, Table]) -> None:
        """Look for all that waits on tables which were just read back."""
        self.want({tp: set(table.parked.keys) for tp, table in tables.items() if len(table.parked)})

    def take(self) -> Iterator[tuple[TablePartition, str, Row | None]]:
        """What came of looks since: the row of a key, or none when it never ended."""
        found, self._found = self._found, {}
        for tp, rows in found.items():
            for key, row in rows.items():
                yield tp, key, row

    async def stop(self) -> None:
        """Look for nothing more."""
        self._stop.set()
        for look in self._looks.values():
            look.cancel()
        await asyncio.gather(*self._looks.values(), return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _look(self, tp: TablePartition) -> None:
        while keys := frozenset(self._wanted.pop(tp, ())):
            began = time.monotonic()
            arguments = self._settings, self._deployment, self._codec, tp, keys, self._stop
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._thread, find, *arguments)
            except Exception as error:  # noqa: BLE001 - whatever it is: their commands wait on, all else goes on
                if self._stop.is_set():
                    return
                metrics.RECALLS.labels("failed").inc(len(keys))
                LOG.error(
                    "recall_failed",
                    room=tp[0],
                    partition=tp[1],
                    keys=len(keys),
                    error=repr(error),
                )
                self._wanted.setdefault(tp, set()).update(keys)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if absent := len(keys) - len(found):
                # Two keys may share a fingerprint. Else the log was cut, and the audit says what is missing.
                LOG.error("ended_not_found", room=tp[0], partition=tp[1], keys=absent)
            metrics.RECALLS.labels("found").inc(len(found))
            metrics.RECALLS.labels("absent").inc(absent)
            metrics.RECALL_SECONDS.observe(time.monotonic() - began)
            self._found.setdefault(tp, {}).update({key: found.get(key) for key in keys})
            await self._notify(tp)
        del self._looks[tp]
