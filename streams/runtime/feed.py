"""Faust as the feeder: its consumer hands over whole fetches instead of single records, and commits nothing.

Everything private of Faust and aiokafka that the engine leans on is in this file; tests/runtime/test_pins.py
fails when an upgrade changes any of it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiokafka
import faust
from faust.serializers import codecs
from faust.transport.drivers import aiokafka as driver

from connectors.kafka import topic_name
from connectors.settings import Settings
from streams.runtime.epoch import Fence

FETCH_RECORDS_MAX = 1_000
SESSION_SECONDS = 6.0


class _ReadCommitted(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """Faust reads uncommitted records unless told to use its own transactions, and waits 1.5 s for a fetch."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings | {"isolation_level": "read_committed", "fetch_max_wait_ms": 100})


class _BatchConsumer(driver.Consumer):  # type: ignore[misc]  # Faust is untyped
    """Yields one message per partition and fetch, its value the list of records; leaves committing to the epoch."""

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(timeout)
        if not records or self.should_stop:
            return
        for place, fetched in records.items():
            changed = not self.flow_active or self.app.consumer_generation_id != generation
            if changed or (active is not None and place not in active and place not in self._buffered_partitions):
                self.app.dropped.add(place)  # a rebalance came between; the epoch has it fetched again
                continue
            message = self._to_message(place, fetched[-1])
            message.value, message.key = fetched, None
            self.app.handed_over.setdefault(place, time.monotonic())
            yield place, message

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        return True  # positions are committed by the epoch, in its transaction


class _AsFetched(codecs.Codec):  # type: ignore[misc]
    """Hands the list of records through; the engine decodes, because what it cannot decode goes to dead letters."""

    def _loads(self, data: Any) -> Any:
        return data

    def _dumps(self, data: Any) -> Any:
        return data


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's Kafka transport with the batch consumer."""

    Consumer = _BatchConsumer


def make_app(settings: Settings, group: str) -> faust.App:
    """The Faust application of a worker: consumer group, assignment and agents, and nothing else of Faust."""
    driver.aiokafka.AIOKafkaConsumer = _ReadCommitted
    codecs.register("as-fetched", _AsFetched())
    app = faust.App(
        group,
        broker=f"kafka://{settings.kafka}",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        store="memory://",
        consumer_auto_offset_reset="earliest",
        broker_max_poll_records=FETCH_RECORDS_MAX,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 4,
        broker_request_timeout=30.0,
        broker_rebalance_timeout=30.0,
        stream_buffer_maxsize=4,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
    )
    app.dropped = set()  # partitions of which a fetch was dropped: their next fetch may leave a gap
    app.handed_over = {}  # since when a fetch of a partition waits for its agent; the watchdog looks at it
    app.transport = BatchTransport([*app.conf.broker_consumer], app)
    return app


def commands_channel(app: faust.App, settings: Settings, topic: str) -> Any:
    """A command topic as Faust's agents read it: raw records, of which Faust keeps no accounts of its own."""
    name = topic_name(settings, topic)
    return app.topic(name, key_type=None, key_serializer="raw", value_serializer="as-fetched", acks=False)


def fence_of(app: faust.App, group: str) -> Fence:
    """Who this worker is in its group now; asked when partitions are assigned."""
    coordinator = app.consumer._thread._consumer._coordinator
    return Fence(group=group, member=coordinator.member_id, generation=coordinator.generation)
