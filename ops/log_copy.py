"""A log copied to another cluster: keys, values, headers, times and partitions stay, offsets do not."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from connectors.kafka import log_identity
from connectors.kafka.client import PARTITION_ENDS, admin, consumer, log_end, producer, publish, records, topic_name
from connectors.kafka.positions import DECIDERS
from ops import topics
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.topics import LOG, REPLIES, TOPICS

FLUSH_SECONDS_MAX = 60.0
TIMESTAMPS = "message.timestamp.type"
COPIED = tuple(name for name in TOPICS if name not in (LOG.name, REPLIES.name))  # replies are for who waits now
Ends = dict[tuple[str, int], int]  # topic of the catalogue, partition


class CopyRefused(Exception):
    """The log was not copied, or not whole; the message says why. No log was begun on the other cluster."""


def copy(source: Settings, target: Settings, *, replication: int = 1) -> tuple[LogIdentity, int]:
    """Copy what is committed; returns the log that was begun there, and how many records it has.

    Raises CopyRefused, LogRefused or KafkaException.
    """
    log = log_identity.required(source)
    found = log_identity.look(target)
    if there := sorted(name for name in found.partitions if name in {topic_name(target, each) for each in TOPICS}):
        raise CopyRefused(f"{target.kafka} has topics of ours: {', '.join(there)}. Copy to a cluster that has none")
    _require_nobody_decides(source)
    ends = _ends(source, log)
    # Times come with the records: holds expire, and commands are kept, by the time at which they came first.
    topics.make(target, found, log.partitions, replication=replication, config={TIMESTAMPS: "CreateTime"})
    count = sum(_copy_partition(source, target, *place, end) for place, end in ends.items())
    if moved := [
        f"{topic}[{number}]" for (topic, number), end in _ends(source, log).items() if end != ends[topic, number]
    ]:
        raise CopyRefused(
            f"{', '.join(moved)} grew meanwhile: stop whatever writes, and copy to an empty cluster again"
        )
    _stamp_from_now_on(target)
    begun = log_identity.new(target, partitions=log.partitions, reason="copied", copied_from=log.id)
    return log_identity.begin(target, begun), count


def _require_nobody_decides(settings: Settings) -> None:
    group = settings.topic_prefix + DECIDERS
    asker = admin(settings.kafka)
    described = asker.describe_consumer_groups([group], request_timeout=30)[group].result()
    if described.members:
        raise CopyRefused(
            f"workers are members of {group}: stop all of ours first (`bloomfield down`, `up --only servers`)"
        )


def _ends(settings: Settings, log: LogIdentity) -> Ends:
    return {
        (topic, number): log_end(settings, topic_name(settings, topic), number)
        for topic in COPIED
        for number in range(TOPICS[topic].partitions or log.partitions)
    }


def _copy_partition(source: Settings, target: Settings, topic: str, partition: int, end: int) -> int:
    failures: list[KafkaError] = []
    out, reader, count = producer(target, **{"linger.ms": 20}), consumer(source, "log-copy", **PARTITION_ENDS), 0
    try:
        for message in records(reader, topic_name(source, topic), partition, end):
            publish(
                out,
                topic_name(target, topic),
                message.key(),
                message.value(),
                partition,
                headers=message.headers(),
                timestamp=message.timestamp()[1],
                on_delivery=lambda error, _: failures.append(error) if error else None,
            )
            count += 1
    finally:
        reader.close()
    if out.flush(FLUSH_SECONDS_MAX) or failures:
        raise KafkaException(failures[0] if failures else KafkaError(KafkaError._TIMED_OUT))
    return count


def _stamp_from_now_on(settings: Settings) -> None:
    """What comes now gets the broker's time, as the catalogue says; what was copied keeps its own."""
    asker = admin(settings.kafka)
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            topic_name(settings, topic.name),
            incremental_configs=[
                ConfigEntry(TIMESTAMPS, topic.config[TIMESTAMPS], incremental_operation=AlterConfigOpType.SET)
            ],
        )
        for topic in TOPICS.values()
    ]
    for done in asker.incremental_alter_configs(resources).values():
        done.result(30)
