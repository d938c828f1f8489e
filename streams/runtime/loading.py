"""Reading a partition's position and rows back from Kafka when an epoch begins."""

from __future__ import annotations

import time
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from connectors import registry
from connectors.kafka import consumer, log_end, patiently, topic_name
from connectors.settings import Settings
from schemas.codec import Codec
from streams.runtime.decider import Decider
from streams.runtime.rows import Table

LOAD_SECONDS_MAX = 60.0
BATCH = 10_000


class LoadFailed(Exception):
    """A partition could not be read back in time; the worker must not decide on it."""


def load(settings: Settings, deployment: str, decider: Decider[Any, Any, Any], codec: Codec, partition: int) -> Table:
    """The table of one partition as the last committed transaction left it. Blocks; run it in a thread.

    Raises LoadFailed, KafkaException, or DecodeError for a row of a schema that the registry does not know.
    """
    table = Table(decider, codec, partition)
    commands = topic_name(settings, decider.room.topic("commands"))
    state = topic_name(settings, decider.room.topic("state"))
    deadline = time.monotonic() + LOAD_SECONDS_MAX
    # A group of its own name would read somebody else's positions: this one asks for the deciders' own.
    reader = consumer(settings, deployment, **{"enable.partition.eof": True, "fetch.wait.max.ms": 10})
    try:
        # First the position: the answer waits until no older transaction is pending on it. Whatever that
        # transaction wrote is before the log end that is asked for afterwards.
        table.position = _position(reader, commands, partition, deadline)
        end = log_end(settings, state, partition)
        for message in _records(reader, state, partition, 0, end, deadline):
            headers = dict(message.headers() or ())
            due = headers.get("due")
            # Rows are decoded when they are needed, in the middle of a decision: too late to look up a newer writer's
            # schema.
            if message.value() is not None and (unknown := codec.unknown_id(message.value())) is not None:
                registry.learn(settings, codec, unknown)
            table.restore(message.key(), message.value(), int(headers["version"]), None if due is None else int(due))
        table.restored()
        table.caught_up_at = _last_command(settings, reader, commands, table, deadline)
    finally:
        reader.close()
    return table


def skipped_records(settings: Settings, deployment: str, topic: str, partition: int, first: int, last: int) -> int:
    """How many committed records lie in [first, last); transaction markers fill offsets too and do not count."""
    reader = consumer(settings, deployment, **{"enable.partition.eof": True, "fetch.wait.max.ms": 10})
    deadline = time.monotonic() + LOAD_SECONDS_MAX
    try:
        return sum(
            1 for message in _records(reader, topic, partition, first, last, deadline) if message.offset() < last
        )
    finally:
        reader.close()


def _position(reader: Consumer, topic: str, partition: int, deadline: float) -> int:
    while True:
        [found] = patiently(lambda: reader.committed([TopicPartition(topic, partition)], 10), seconds_max=10)
        if found.error is None:
            return max(int(found.offset), 0)
        if time.monotonic() > deadline:
            raise LoadFailed(f"the position of {topic}/{partition} stays unknown: {found.error}")
        time.sleep(0.05)  # an older transaction is pending: the broker settles it or lets it time out


def _records(reader: Consumer, topic: str, partition: int, first: int, end: int, deadline: float) -> Any:
    if end <= first:
        return
    place = TopicPartition(topic, partition, first)
    reader.assign([place])
    while True:
        for message in reader.consume(BATCH, 0.05):
            error = message.error()
            if error is None:
                yield message
            elif error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
        [at] = reader.position([place])
        if at.offset >= end:
            return
        if time.monotonic() > deadline:
            raise LoadFailed(f"{topic}/{partition} was read to {at.offset} only, of {end}")


def _last_command(settings: Settings, reader: Consumer, topic: str, table: Table, deadline: float) -> int:
    """The offset after the last command there is now. Timers that the wall clock fires wait for it, so that a
    commit that came in time is not overtaken by the expiry of its hold while the worker was away."""
    end, back = log_end(settings, topic, table.partition), 500
    while end > table.position:
        first = max(table.position, end - back)
        offsets = [message.offset() for message in _records(reader, topic, table.partition, first, end, deadline)]
        if offsets:
            return int(offsets[-1]) + 1
        if first == table.position:
            break
        back *= 10  # nothing but transaction markers there
    return table.position
