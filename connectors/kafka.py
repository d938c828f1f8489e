"""Kafka clients as Bloomfield needs them: idempotent producers, read-committed consumers, murmur2 everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from connectors.settings import Settings
from schemas.topics import PARTITIONS, PARTITIONS_SETTING

LOG = logging.getLogger("kafka")

# By default a client whose broker was away for a while tries again only after up to 10 s.
RECONNECT = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 500}

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
            "fetch.wait.max.ms": 100,
            **overrides,
        },
        logger=LOG,
    )


def resume(reader: Consumer, topic: str) -> None:
    """Read all partitions of a topic from the positions that the group committed.

    Without membership in the group: a process that takes over from one that was killed need not wait until the broker
    has missed the dead one (45 s). Two at once do the same work twice, so that work must be idempotent.
    Raises KafkaException when the broker does not tell the positions, KeyError when there is no such topic.
    """
    partitions = [TopicPartition(topic, number) for number in reader.list_topics(topic, 20).topics[topic].partitions]
    if not partitions:
        raise KeyError(f"there is no topic {topic}: run `bloomfield topics create`")
    places = patiently(lambda: reader.committed(partitions, 20), seconds_max=30)
    for place in places:
        place.offset = max(place.offset, 0)  # never committed: from the beginning
    reader.assign(places)


def misfit(asker: Consumer, settings: Settings, topics: Iterable[str]) -> str:
    """What is wrong with the partitions of these catalogue topics on the broker, and what to do; empty: nothing.

    Whoever reads all of a topic must ask first: the events of a partition that is overlooked are missed by nobody.
    """
    there = asker.list_topics(timeout=20).topics
    counts = {
        name: len(there[name].partitions) if name in there else 0
        for name in sorted(topic_name(settings, topic) for topic in topics)
    }
    if missing := [name for name, count in counts.items() if not count]:
        return f"no such topics: {', '.join(missing)}. Run `bloomfield topics create`."
    for name, count in counts.items():
        if count != PARTITIONS:
            return f"{name} has {count} partitions, and {PARTITIONS} would be read: set {PARTITIONS_SETTING}={count}"
    return ""


def log_end(settings: Settings, topic: str, partition: int, *, seconds_max: float = 10.0) -> int:
    """The offset after the last record of a partition, open transactions included.

    Raises KafkaException when the broker gives no answer in time, or a final one.
    """
    # read_uncommitted on purpose: a read_committed client would answer with the last *stable* offset and
    # so overlook records whose commit marker is still on its way.
    asker = consumer(settings, "log-end", **{"isolation.level": "read_uncommitted"})
    place = TopicPartition(topic, partition)
    try:
        return int(patiently(lambda: asker.get_watermark_offsets(place, seconds_max), seconds_max=seconds_max)[1])
    finally:
        asker.close()


def patiently(ask: Callable[[], T], *, seconds_max: float) -> T:
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
    )
