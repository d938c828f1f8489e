"""Set one command aside that its room cannot decide, so that those behind it are decided again.

It is what the engine does with a command that it cannot understand, done by hand: the dead-letter record and the
position behind the command in one Kafka transaction, both or neither. Nothing is lost: the command can be sent again.

The workers must be stopped. That is not only asked: while we are the group's only member nobody else decides, and a
worker that comes nevertheless finds a group of another protocol and tries again until we have gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from connectors.kafka.client import PARTITION_ENDS, admin, consumer, log_end, producer, records, retry, topic_name
from connectors.kafka.log_identity import own_offset, required
from ops.audit.commands import LETTER_HEADERS
from ops.audit.run import DEPLOYMENT
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.room import Room

SESSION_SECONDS_MAX = 12.0  # of a worker (feed.py), and a little more
JOIN_SECONDS_MAX = 30.0
SETTLE_SECONDS_MAX = 30.0  # a dead worker's transaction is ended by the broker after ten
BROKER_SECONDS_MAX = 30.0


class NotSetAside(Exception):
    """Nothing has changed; the message says why, and what to do."""


def set_aside(settings: Settings, room: Room, partition: int, offset: int, *, reason: str) -> None:
    """Move the next command of a partition to the dead letters. Raises NotSetAside, LogRefused or KafkaException."""
    topic = topic_name(settings, room.topic("commands"))
    log = required(settings)
    with _only_member(settings, topic) as member:
        place = _position(member, log, topic, partition)
        command = _next_command(settings, place)
        if command is None or command.offset() != offset:
            found = "nothing waits there" if command is None else f"the next command is at offset {command.offset()}"
            raise NotSetAside(f"{room.topic('commands')}[{partition}]@{offset} does not block its partition: {found}")
        origin = room.topic("commands"), partition, offset, log.id, f"SetAside: {reason}"
        added = [(name, str(value).encode()) for name, value in zip(LETTER_HEADERS, origin, strict=True)]
        dead = topic_name(settings, room.topic("dead-letters")), command, added
        _commit(settings, member, *dead, TopicPartition(topic, partition, offset + 1, metadata=log.id))


@contextmanager
def _only_member(settings: Settings, topic: str) -> Iterator[Consumer]:
    """A consumer that is alone in the deciders' group, and stays alone as long as it is open."""
    group = settings.topic_prefix + DEPLOYMENT
    _require_no_members(settings, group)
    alone = threading.Event()

    def joined(client: Consumer, _: list[TopicPartition]) -> None:
        client.assign([])
        alone.set()

    # It keeps no partition, for it only wants to be a member: what it reads it reads by another consumer.
    member = consumer(settings, DEPLOYMENT, **{"partition.assignment.strategy": "range"})
    member.subscribe([topic], on_assign=joined)
    deadline = time.monotonic() + JOIN_SECONDS_MAX
    try:
        while not alone.is_set():
            message = member.poll(0.2)
            error = None if message is None else message.error()
            if error is not None and error.code() == KafkaError.INCONSISTENT_GROUP_PROTOCOL:
                raise NotSetAside(f"a worker has just joined the group {group}: stop the workers first")
            if time.monotonic() > deadline:
                raise NotSetAside(f"could not join the group {group} within {JOIN_SECONDS_MAX:.0f} s: {error}")
        yield member
    finally:
        member.close()


def _require_no_members(settings: Settings, group: str) -> None:
    """A worker that was stopped or killed is a member until its session has ended: that is waited for."""
    asker = admin(settings.kafka)
    deadline = time.monotonic() + SESSION_SECONDS_MAX
    while (
        members := asker.describe_consumer_groups([group], request_timeout=BROKER_SECONDS_MAX)[group].result().members
    ):
        if time.monotonic() > deadline:
            raise NotSetAside(
                f"{len(members)} workers are members of {group}: stop them (`bloomfield down --only worker-0`, …)"
            )
        time.sleep(0.2)


def _position(member: Consumer, log: LogIdentity, topic: str, partition: int) -> TopicPartition:
    asked = [TopicPartition(topic, partition)]
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        [found] = retry(lambda: member.committed(asked, 10), seconds_max=SETTLE_SECONDS_MAX)
        if found.error is None:
            return TopicPartition(topic, partition, own_offset(found, log))
        if time.monotonic() > deadline:
            raise NotSetAside(f"the position of {topic}[{partition}] stays unknown: {found.error}")
        time.sleep(0.1)  # a transaction of a worker that died is being ended


def _next_command(settings: Settings, place: TopicPartition) -> Message | None:
    """The first command at or behind a position; offsets between may be transaction markers."""
    reader = consumer(settings, "set-aside", **PARTITION_ENDS)
    deadline = time.monotonic() + BROKER_SECONDS_MAX

    def watch(at: int, _came: bool) -> None:
        if time.monotonic() > deadline:
            raise NotSetAside(f"{place.topic}[{place.partition}] could not be read at {at}")

    try:
        end = log_end(settings, place.topic, place.partition)
        commands = records(reader, place.topic, place.partition, end, first=place.offset, watch=watch)
        return next(commands, None)
    finally:
        reader.close()


def _commit(
    settings: Settings, member: Consumer, topic: str, command: Message, added: list[Any], behind: TopicPartition
) -> None:
    out = producer(settings, **{"transactional.id": f"{settings.topic_prefix}set-aside"})
    out.init_transactions(BROKER_SECONDS_MAX)
    out.begin_transaction()
    try:
        headers = [*(command.headers() or ()), *added]
        out.produce(topic, command.value(), command.key(), command.partition(), headers=headers)
        out.send_offsets_to_transaction([behind], member.consumer_group_metadata(), BROKER_SECONDS_MAX)
        out.commit_transaction(BROKER_SECONDS_MAX)
    except KafkaException:
        out.abort_transaction(BROKER_SECONDS_MAX)
        raise
