"""Kafka clients as Bloomfield needs them: idempotent producers, read-committed consumers, murmur2 everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from process.settings import Settings
from schemas.topics import DEAD_LETTER_BYTES_MAX

LOG = logging.getLogger("kafka")

# By default a client whose broker was away for a while tries again only after up to 10 s.
RECONNECT = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 500}

# How long the broker waits before it says that there is nothing. What comes is sent at once, whatever this is: it only
# paces the questions of those that have nothing to read.
FETCH_WAIT_MS = 500

LEADER_SECONDS_MAX = 30.0
READ_AT_ONCE = 10_000
POLL_SECONDS = 0.02  # `consume` waits that long unless it has a whole batch
PARTITION_ENDS = {
    "enable.partition.eof": True
}  # what a consumer of `records` needs, or its last look takes FETCH_WAIT_MS

T = TypeVar("T")


def topic_name(settings: Settings, name: str) -> str:
    """The name of a catalogue topic on this broker: tests put a prefix before it."""
    return settings.topic_prefix + name


def producer(settings: Settings, **overrides: Any) -> Producer:
    """An idempotent producer. librdkafka's own default partitioner disagrees with Faust's on most keys."""
    return Producer(
        {
            "bootstrap.servers": settings.kafka,
            **RECONNECT,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "linger.ms": 0,
            "message.max.bytes": DEAD_LETTER_BYTES_MAX,  # the client's own limit; the topic's is the broker's
            **overrides,
        },
        logger=LOG,
    )


def consumer(settings: Settings, group: str, **overrides: Any) -> Consumer:
    """A read-committed consumer that commits nothing by itself; `assign` or `subscribe` is the caller's."""
    return Consumer(
        {
            "bootstrap.servers": settings.kafka,
            **RECONNECT,
            "group.id": settings.topic_prefix + group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",  # a lost position replays, never skips
            "fetch.wait.max.ms": FETCH_WAIT_MS,
            **overrides,
        },
        logger=LOG,
    )


def admin(bootstrap: str) -> AdminClient:
    """Asks about topics and groups, and changes them. What it has to say goes where the others' words go."""
    return AdminClient({"bootstrap.servers": bootstrap}, logger=LOG)


def publish(
    out: Producer, topic: str, key: str | bytes | None, value: bytes | None, partition: int, **how: Any
) -> None:
    """Hand a record over, and serve delivery reports. While the queue is full, as when the broker is away, it waits."""
    while True:
        try:
            out.produce(topic, value, key, partition, **how)
            break
        except BufferError:
            out.poll(0.1)
    out.poll(0)


def flush(out: Producer, seconds_max: float = 60.0) -> None:
    """Wait until the broker has every record. Raises TimeoutError."""
    if left := out.flush(seconds_max):
        raise TimeoutError(f"{left} records were still in the queue after {seconds_max:.0f} s")


def records(
    reader: Consumer,
    topic: str,
    partition: int,
    end: int,
    *,
    first: int = 0,
    watch: Callable[[int, bool], None] = lambda _at, _came: None,
) -> Iterator[Message]:
    """The committed records of a partition from `first` until the position is `end`; some behind it may come, too.

    A transaction that stays open before `end` is waited for: the broker ends it. `watch` is told after each look how
    far it is, and whether anything came; it may raise. Raises KafkaException.
    """
    if end <= first:
        return
    place = TopicPartition(topic, partition, first)
    reader.list_topics(topic, LEADER_SECONDS_MAX)  # or librdkafka looks for its leader up to a second later
    reader.assign([place])
    at = first
    while at < end:
        messages = reader.consume(READ_AT_ONCE, POLL_SECONDS)
        for message in messages:
            error = message.error()
            if error is None:
                yield message
            elif error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
        [reached] = reader.position([place])
        at = max(reached.offset, first)
        watch(at, bool(messages))


def brokers(settings: Settings) -> str:
    """Every broker of the cluster, and those that the settings name, as `host:port` with commas between.

    Raises KafkaException when none answers.
    """
    asker = consumer(settings, "brokers")
    try:
        known = retry(lambda: asker.list_topics(timeout=10), seconds_max=10).brokers.values()
        return ",".join(dict.fromkeys([*settings.kafka.split(","), *(f"{each.host}:{each.port}" for each in known)]))
    finally:
        asker.close()


def log_end(settings: Settings, topic: str, partition: int, *, seconds_max: float = 10.0) -> int:
    """The offset after the last record of a partition, open transactions included.

    Raises KafkaException when the broker gives no answer in time, or a final one.
    """
    # read_uncommitted on purpose: a read_committed client would answer with the last *stable* offset and
    # so overlook records whose commit marker is still on its way.
    asker = consumer(settings, "log-end", **{"isolation.level": "read_uncommitted"})
    partition = TopicPartition(topic, partition)
    try:
        return int(retry(lambda: asker.get_watermark_offsets(partition, seconds_max), seconds_max=seconds_max)[1])
    finally:
        asker.close()


def retry(ask: Callable[[], T], *, seconds_max: float) -> T:
    """Ask again while leader or coordinator are on their way: after a start, and for a topic just made."""
    asking = Retrying(
        retry=retry_if_exception(_is_moving), wait=wait_fixed(0.2), stop=stop_after_delay(seconds_max), reraise=True
    )
    return asking(ask)


def _is_moving(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in (
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.OFFSET_NOT_AVAILABLE,
    )
