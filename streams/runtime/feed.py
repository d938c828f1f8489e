"""Faust as the feeder: its consumer hands over whole fetches instead of single records, and commits nothing.

Everything private of Faust and aiokafka that the engine leans on is in this file; tests/runtime/test_pins.py
fails when an upgrade changes any of it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import aiokafka
import faust
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from faust.serializers import codecs
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from connectors.kafka import topic_name
from connectors.settings import Settings
from streams.runtime.epoch import Fence

FETCH_RECORDS_MAX = 1_000
SESSION_SECONDS = 10.0  # within which a process that ended is back in its place, or others get its partitions
REBALANCE_SECONDS = 8.0  # a member that says nothing more is waited for no longer than this


class ByNumber(RoundRobinPartitionAssignor):  # type: ignore[misc]  # aiokafka is untyped
    """The same partitions of every room to one worker (ops/decisions/0009), whatever their number."""

    name = "by-number"

    @classmethod
    def metadata(cls, topics: Iterable[str]) -> Any:
        """In one order: a static member that comes back with other bytes would cause a rebalance."""
        return super().metadata(sorted(topics))

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """Member ids begin with the worker's slot, so each comes back to what it had."""
        names = sorted(members)
        given: dict[str, dict[str, list[int]]] = {name: {} for name in names}
        for topic in sorted({topic for each in members.values() for topic in each.subscription}):
            able = [name for name in names if topic in members[name].subscription]
            for number in sorted(cluster.partitions_for_topic(topic) or ()):
                given[able[number % len(able)]].setdefault(topic, []).append(number)
        return {
            name: ConsumerProtocolMemberAssignment(cls.version, sorted(topics.items()), b"")
            for name, topics in given.items()
        }


class _OurConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]
    """What Faust offers no setting for: it reads uncommitted records, waits 1.5 s for a fetch, and deals partitions
    out one by one."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        ours = {
            "isolation_level": "read_committed",
            "fetch_max_wait_ms": 100,
            "partition_assignment_strategy": [ByNumber],
        }
        super().__init__(*arguments, **settings | ours)

    async def stop(self) -> None:
        """Leave the group, which aiokafka omits for a static member: others need not wait until its session is over."""
        if self._coordinator is not None:
            self._coordinator._group_instance_id = None
        await super().stop()


class _BatchConsumer(driver.Consumer):  # type: ignore[misc]  # Faust is untyped
    """Yields one message per partition and fetch; leaves committing to the epoch.

    A message's value is the list of records, and how often the consumer had been sent back when the fetch began.
    """

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        generation, seeks = self.app.consumer_generation_id, self.app.seeks
        records, active = await self._wait_next_records(timeout)
        if not records or self.should_stop:
            return
        for place, fetched in records.items():
            changed = not self.flow_active or self.app.consumer_generation_id != generation
            if changed or (active is not None and place not in active and place not in self._buffered_partitions):
                self.app.dropped.add(place)  # a rebalance came between; the epoch has it fetched again
                continue
            message = self._to_message(place, fetched[-1])
            message.value, message.key = (fetched, seeks), None
            self.app.handed_over.setdefault(place, time.monotonic())
            # Faust drops what ends before the last offset it noted, and may note that of an older fetch after a seek
            # back: with more waiting than one fetch holds it would drop the right one for ever.
            self._read_offset[place] = None
            yield place, message

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        return True  # positions are committed by the epoch, in its transaction


def stable_end(app: faust.App, topic: str, partition: int) -> int:
    """The offset before which every transaction has ended, as the last fetch told it; 0 before the first fetch.

    What lies behind cannot be read yet, by anybody: `highwater` counts it all the same.
    """
    return max(app.consumer._thread._consumer.last_stable_offset(TP(topic, partition)) or 0, 0)


async def seek(app: faust.App, topic: str, partition: int, offset: int) -> int:
    """Send the consumer to an offset. Answers the count of seeks that fetches begun from now on bear."""
    app.seeks = count = app.seeks + 1
    await app.consumer.seek(TP(topic, partition), offset)
    return int(count)


class _AsFetched(codecs.Codec):  # type: ignore[misc]
    """Hands the list of records through; the engine decodes, because what it cannot decode goes to dead letters."""

    def _loads(self, data: Any) -> Any:
        return data

    def _dumps(self, data: Any) -> Any:
        return data


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's Kafka transport with the batch consumer."""

    Consumer = _BatchConsumer


class _NoTables(TableManager):  # type: ignore[misc]
    """Faust's begins by waiting for a second, so that agents can declare their tables. There are none."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _App(faust.App):  # type: ignore[misc]
    """Tells since when it has been rebalancing, which ends when its consumer fetches again; leaves no folders."""

    rebalancing_since: float | None = None

    def _create_directories(self) -> None:
        """For tables of Faust's, which there are none of."""

    def on_rebalance_start(self) -> None:
        self.rebalancing_since = time.monotonic()
        super().on_rebalance_start()

    def on_rebalance_end(self) -> None:
        self.rebalancing_since = None
        super().on_rebalance_end()


def make_app(settings: Settings, group: str, slot: str) -> faust.App:
    """The Faust application of a worker: consumer group, assignment and agents, and nothing else of Faust.

    The slot makes it a static member (KIP-345): a process that takes the place of one that died gets its partitions
    at once, and nobody waits until the dead one's session has ended.
    """
    driver.aiokafka.AIOKafkaConsumer = _OurConsumer
    codecs.register("as-fetched", _AsFetched())
    app = _App(
        group,
        broker=[f"kafka://{address}" for address in settings.kafka.split(",")],
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        TableManager=_NoTables,
        store="memory://",
        consumer_auto_offset_reset="earliest",
        broker_max_poll_records=FETCH_RECORDS_MAX,
        consumer_group_instance_id=slot,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 6,
        broker_request_timeout=REBALANCE_SECONDS + 2,  # a JoinGroup is answered when the rebalance is over
        broker_rebalance_timeout=REBALANCE_SECONDS,
        stream_buffer_maxsize=4,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
    )
    app.dropped = set()  # partitions of which a fetch was dropped: their next fetch may leave a gap
    app.seeks = 0  # how often the consumer was sent back
    app.handed_over = {}  # since when a fetch of a partition waits for its agent; the watchdog looks at it
    app.transport = BatchTransport([*app.conf.broker_consumer], app)
    return app


def commands_channel(app: faust.App, settings: Settings, topic: str) -> Any:
    """A command topic as Faust's agents read it: raw records, of which Faust keeps no accounts of its own."""
    name = topic_name(settings, topic)
    return app.topic(name, key_type=None, key_serializer="raw", value_serializer="as-fetched", acks=False)


def fence_of(app: faust.App, group: str) -> Fence:
    """Who this worker is in its group now; asked when partitions are assigned.

    Raises NoMember when the group has not taken it in: offsets sent under such a name would be refused by nobody.
    """
    coordinator = app.consumer._thread._consumer._coordinator
    return Fence(group=group, member=coordinator.member_id, generation=coordinator.generation)
