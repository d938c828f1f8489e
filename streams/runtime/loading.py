"""Reading a partition's position and rows back from Kafka when an epoch begins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

from connectors.kafka import registry
from connectors.kafka.client import consumer, log_end, records, retry, topic_name
from connectors.kafka.log_identity import own_offset
from process.settings import Settings
from schemas.codec import FRAME_BYTES, Codec, UnknownSchemaId
from schemas.log import LogIdentity
from streams.runtime.decider import Decider
from streams.runtime.rows import Table

STILL_SECONDS_MAX = 30.0  # without a record; loading itself may take as long as it takes
FETCH_BYTES = 8 * 1024 * 1024  # eight times the default: fewer requests for millions of rows


class LoadFailed(Exception):
    """A partition could not be read back; the worker must not decide on it."""


class Progress:
    """How far a load is, for whoever watches it from another thread; ends a wait in which nothing happens.

    A long load is no failure: each batch of records begins the wait anew.
    """

    def __init__(self) -> None:
        self.done = self.of = 0  # offsets of the state topic
        self.unwanted = False  # the partitions were taken away meanwhile: whoever sets it, the load ends
        self.got_on()

    def got_on(self) -> None:
        self.at = time.monotonic()

    def check(self, what: str) -> None:
        """Raises LoadFailed when there is no sense in going on."""
        if self.unwanted:
            raise LoadFailed(f"{what}: no longer wanted")
        if time.monotonic() - self.at > STILL_SECONDS_MAX:
            raise LoadFailed(f"{what}: nothing came for {STILL_SECONDS_MAX:.0f} s")


def load(
    settings: Settings,
    log: LogIdentity,
    deployment: str,
    decider: Decider[Any, Any, Any],
    codec: Codec,
    partition: int,
    progress: Progress | None = None,
) -> Table:
    """The table of one partition as the last committed transaction left it. Blocks; run it in a thread.

    Raises LoadFailed, KafkaException, or DecodeError for a row of a schema that
    the registry does not know.
    """
    table = Table(decider, codec, partition)
    state = topic_name(settings, decider.room.topic("state"))
    progress = progress or Progress()
    reader = _reader(settings, deployment)
    try:
        # First the position: the answer waits until no older transaction is pending on it. Whatever that
        # transaction wrote is before the log end that is asked for afterwards.
        table.position = _position(reader, log, _commands(settings, table), partition, progress)
        progress.of = end = log_end(settings, state, partition)
        known: set[bytes] = set()
        for message in _records(reader, state, partition, 0, end, progress):
            key, value, version, due = message.key(), message.value(), 0, None
            for name, text in message.headers() or ():
                if name == "version":
                    version = int(text)
                elif name == "due":
                    due = int(text)
            # Rows are decoded when they are needed, in the middle of a decision: too late to look up a newer writer's
            # schema.
            if value is not None and (frame := value[:FRAME_BYTES]) not in known:
                if (unknown := codec.unknown_id(value)) is not None:
                    registry.learn(settings, codec, unknown)
                known.add(frame)
            try:
                table.restore(key, value, version, due)
            except UnknownSchemaId as inner:  # of a command that waits
                registry.learn(settings, codec, inner.id)
                table.restore(key, value, version, due)
        table.restored()
        table.caught_up_at = _last_command(settings, reader, table, progress)
    finally:
        reader.close()
    return table


def still_holds(settings: Settings, log: LogIdentity, deployment: str, table: Table, progress: Progress) -> bool:
    """Take a table over from an epoch just before this one; False when the group's position says otherwise.

    Raises LoadFailed or KafkaException.
    """
    reader = _reader(settings, deployment)
    try:
        if _position(reader, log, _commands(settings, table), table.partition, progress) != table.position:
            return False
        table.caught_up_at = _last_command(settings, reader, table, progress)
    finally:
        reader.close()
    return True


def skipped_records(settings: Settings, deployment: str, topic: str, partition: int, first: int, last: int) -> int:
    """How many committed records lie in [first, last); transaction markers fill offsets too and do not count."""
    reader = _reader(settings, deployment)
    try:
        return sum(1 for _ in between(reader, topic, partition, first, last))
    finally:
        reader.close()


def between(reader: Consumer, topic: str, partition: int, first: int, last: int) -> Iterator[Message]:
    """The committed records in [first, last). Waits for transactions that are open there. Raises LoadFailed."""
    return (each for each in _records(reader, topic, partition, first, last, Progress()) if each.offset() < last)


def _reader(settings: Settings, deployment: str) -> Consumer:
    """A group of its own name would read somebody else's positions: this one asks for the deciders' own."""
    much = {"enable.partition.eof": True, "fetch.wait.max.ms": 10, "max.partition.fetch.bytes": FETCH_BYTES}
    return consumer(settings, deployment, **much)


def _commands(settings: Settings, table: Table) -> str:
    return topic_name(settings, table.room.topic("commands"))


def _position(reader: Consumer, log: LogIdentity, topic: str, partition: int, progress: Progress) -> int:
    while True:
        [found] = retry(lambda: reader.committed([TopicPartition(topic, partition)], 10), seconds_max=10)
        if found.error is None:
            return own_offset(found, log)
        progress.check(f"the position of {topic}/{partition} is unknown ({found.error})")
        time.sleep(0.05)  # an older transaction is pending: the broker settles it or lets it time out


def _records(
    reader: Consumer, topic: str, partition: int, first: int, end: int, progress: Progress
) -> Iterator[Message]:
    def watch(at: int, came: bool) -> None:
        progress.done = at
        if came:
            progress.got_on()
        if at < end:
            progress.check(f"{topic}/{partition} was read to {at} only, of {end}")

    return records(reader, topic, partition, end, first=first, watch=watch)


def _last_command(settings: Settings, reader: Consumer, table: Table, progress: Progress) -> int:
    """The offset after the last command there is now. Timers that the wall clock fires wait for it, so that a
    commit that came in time is not overtaken by the expiry of its hold while the worker was away."""
    topic = _commands(settings, table)
    end, back = log_end(settings, topic, table.partition), 500
    while end > table.position:
        first = max(table.position, end - back)
        offsets = [message.offset() for message in _records(reader, topic, table.partition, first, end, progress)]
        if offsets:
            return int(offsets[-1]) + 1
        if first == table.position:
            break
        back *= 10  # nothing but transaction markers there
    return table.position
