"""Faust as the consumer: groups, assignment, whole fetches. It commits nothing; epochs do, in their transactions.

Everything private of Faust, aiokafka and librdkafka that the engine leans on is in this file, behind `Feed`;
tests/runtime/test_pins.py fails when an upgrade changes any of it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiokafka
import faust
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from faust.serializers import codecs
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from connectors.kafka.client import FETCH_WAIT_MS
from process.settings import Settings
from streams.runtime.deciding import TablePartition
from streams.runtime.fetching import Fetch

FETCH_RECORDS_MAX = 1_000
SESSION_SECONDS = 10.0  # within which a process that ended is back in its place, or others get its partitions
REBALANCE_SECONDS = 8.0  # a member that says nothing more is waited for no longer than this


class NoMember(Exception):
    """The group does not know this worker, or no longer: it waits to be given partitions anew."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Who this worker was in its group when an epoch began; the broker refuses the offsets of an older one.

    Raises NoMember without a generation or a member id: the broker takes such offsets from anybody, unfenced.
    """

    group: str
    member: str
    generation: int

    def __post_init__(self) -> None:
        if self.generation <= 0 or not self.member:
            raise NoMember(f"member {self.member!r} of generation {self.generation} in {self.group}")

    def follows(self, other: Fence) -> bool:
        """Whether no generation lay between: then nobody else had a partition that was ours in both."""
        return self.member == other.member and self.generation == other.generation + 1

    @property
    def metadata(self) -> bytes:
        """As confluent-kafka serialises consumer group metadata. A test pins the format."""
        return (
            b"CGMDv2:"
            + struct.pack("<i", self.generation)
            + self.group.encode()
            + b"\0"
            + self.member.encode()
            + b"\0\x01"
        )


class Listener(Protocol):
    """Whom a Feed serves; all of it on Faust's event loop."""

    async def assigned(self, partitions: set[TablePartition]) -> None:
        """These partitions are this worker's from now on."""

    async def revoked(self) -> None:
        """No partition is this worker's any more."""

    async def take(self, fetch: Fetch) -> None:
        """Records were fetched; the consumer waits until this returns."""

    async def stopping(self) -> None:
        """The worker was told to stop, and has its partitions still."""

    async def beat(self) -> None:
        """A second has passed."""


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
            "fetch_max_wait_ms": FETCH_WAIT_MS,
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
        for tp, fetched in records.items():
            changed = not self.flow_active or self.app.consumer_generation_id != generation
            if changed or (active is not None and tp not in active and tp not in self._buffered_partitions):
                self.app.dropped.add(tp)  # a rebalance came between; the epoch has it fetched again
                continue
            message = self._to_message(tp, fetched[-1])
            message.value, message.key = (fetched, seeks), None
            self.app.handed_over.setdefault(tp, time.monotonic())
            # Faust drops what ends before the last offset it noted, and may note that of an older fetch after a seek
            # back: with more waiting than one fetch holds it would drop the right one for ever.
            self._read_offset[tp] = None
            yield tp, message

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


class _NoTables(TableManager):  # type: ignore[misc]
    """Faust's begins by waiting for a second, so that agents can declare their tables. There are none."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _App(faust.App):  # type: ignore[misc]
    """Keeps the books of its consumer; leaves no folders."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.rebalancing_since: float | None = None  # until its consumer fetches again
        self.dropped: set[TP] = set()  # partitions of which a fetch was dropped: their next fetch may leave a gap
        self.handed_over: dict[TP, float] = {}  # since when a fetch of a partition waits for its agent
        self.seeks = 0  # how often the consumer was sent back
        super().__init__(*arguments, **settings)

    def _create_directories(self) -> None:
        """For tables of Faust's, which there are none of."""

    def on_rebalance_start(self) -> None:
        self.rebalancing_since = time.monotonic()
        super().on_rebalance_start()

    def on_rebalance_end(self) -> None:
        self.rebalancing_since = None
        super().on_rebalance_end()


def _make_app(settings: Settings, group: str, slot: str) -> _App:
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
    app.transport = BatchTransport([*app.conf.broker_consumer], app)
    return app


class Feed:
    """The consumer of a worker's command topics.

    The slot makes it a static member (KIP-345): a process that takes the place of one that died gets its partitions
    at once, and nobody waits until the dead one's session has ended.
    """

    def __init__(self, settings: Settings, group: str, slot: str, rooms: Mapping[str, str], listener: Listener) -> None:
        """`rooms`: the room of each command topic that is to be read."""
        self._group, self._rooms, self._listener = group, rooms, listener
        self.app = _make_app(settings, group, slot)
        self.app.on_partitions_assigned.connect(self._assigned)
        self.app.on_partitions_revoked.connect(self._revoked)
        self.app.on_before_shutdown.connect(self._stopping)
        self.app.timer(1.0)(listener.beat)
        for topic, room in rooms.items():
            # Raw records, of which Faust keeps no accounts of its own.
            channel = self.app.topic(
                topic, key_type=None, key_serializer="raw", value_serializer="as-fetched", acks=False
            )
            self.app.agent(channel, name=f"streams.{room}")(self._read)

    def run(self) -> None:
        """Serve until told to stop (SIGTERM). Exits the process."""
        faust.Worker(
            self.app, loglevel="WARN", override_logging=False, redirect_stdouts=False
        ).execute_from_commandline()

    def fence(self) -> Fence:
        """Who this worker is in its group now.

        Raises NoMember when the group has not taken it in: offsets sent under such a name would be refused by nobody.
        """
        coordinator = self.app.consumer._thread._consumer._coordinator
        return Fence(group=self._group, member=coordinator.member_id, generation=coordinator.generation)

    async def seek(self, topic: str, partition: int, offset: int) -> int:
        """Send the consumer to an offset. Returns the count of seeks that fetches begun from now on bear."""
        self.app.seeks = count = self.app.seeks + 1
        await self.app.consumer.seek(TP(topic, partition), offset)
        return int(count)

    async def position(self, topic: str, partition: int) -> int:
        """The offset that the consumer fetches next; 0 while it has none."""
        return await self.app.consumer.position(TP(topic, partition)) or 0

    def end(self, topic: str, partition: int) -> int:
        """Where the partition ended when it was fetched last, open transactions and all; 0 before the first fetch."""
        return self.app.consumer.highwater(TP(topic, partition)) or 0

    def stable_end(self, topic: str, partition: int) -> int:
        """The offset before which every transaction has ended, as the last fetch told it; 0 before the first fetch.

        What lies behind cannot be read yet, by anybody; `end` counts it all the same.
        """
        return max(self.app.consumer._thread._consumer.last_stable_offset(TP(topic, partition)) or 0, 0)

    @property
    def rebalancing_since(self) -> float | None:
        """By time.monotonic(); None while the consumer fetches."""
        return self.app.rebalancing_since

    @property
    def waiting_since(self) -> list[float]:
        """By time.monotonic(): since when fetches wait to be taken."""
        return list(self.app.handed_over.values())

    def forget_waiting(self) -> None:
        """What was fetched for an older assignment is fetched again."""
        self.app.handed_over.clear()

    async def _read(self, stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            tp = TP(message.topic, message.partition)
            self.app.handed_over.pop(tp, None)
            after_gap = tp in self.app.dropped
            self.app.dropped.discard(tp)
            records, seeks = message.value
            await self._listener.take(
                Fetch(
                    room=self._rooms[message.topic],
                    partition=message.partition,
                    generation=message.generation_id,
                    records=records,
                    after_gap=after_gap,
                    seeks=seeks,
                )
            )

    async def _assigned(self, _app: faust.App, assigned: set[TP], **_: Any) -> None:
        await self._listener.assigned(
            {(self._rooms[tp.topic], tp.partition) for tp in assigned if tp.topic in self._rooms}
        )

    async def _revoked(self, _app: faust.App, _places: set[TP], **_: Any) -> None:
        await self._listener.revoked()

    async def _stopping(self, _app: faust.App, **_: Any) -> None:
        await self._listener.stopping()
