"""Topics of a test's own on a real broker, and a log in memory written to them."""

from __future__ import annotations

from pathlib import Path

from confluent_kafka import TopicPartition
from msgspec.structs import replace

from connectors.kafka import log_identity
from connectors.kafka.client import consumer, producer, topic_name
from ops import topics
from process.settings import Settings
from schemas.rooms import ROOMS
from schemas.topics import PARTITIONS
from tests.runtime.simulated import IDENTITY, Log


def settings_of(kafka: str, topic_prefix: str) -> Settings:
    """Settings that know a broker and nothing else."""
    return Settings(
        kafka=kafka,
        registry="",
        postgres="",
        redis="",
        api="",
        stripe="",
        s3="",
        s3_public="",
        secrets=Path(),
        topic_prefix=topic_prefix,
        hold_seconds=900,
    )


def write(settings: Settings, log: Log) -> None:
    """Write every record of a log in memory, and its positions."""
    found = log_identity.look(settings)
    topics.make(settings, found, PARTITIONS)
    if found.identity is None:
        log_identity.begin(settings, replace(IDENTITY, cluster=found.cluster))
    out = producer(settings, **{"linger.ms": 50})
    for (topic, partition), records in log.topics.items():
        if topic.startswith("edge."):
            continue
        for record in records:
            out.produce(topic_name(settings, topic), record.value, record.key, partition, headers=record.headers)
            if len(out) > 50_000:
                out.flush()
    out.flush()
    keeper = consumer(settings, "deciders")
    positions = [
        TopicPartition(
            topic_name(settings, room.topic("commands")),
            number,
            log.positions.get((name, number), 0),
            metadata=IDENTITY.id,
        )
        for name, room in ROOMS.items()
        for number in range(PARTITIONS)
    ]
    keeper.commit(offsets=positions, asynchronous=False)
    keeper.close()
