"""How far consumer groups and the sink have read, and that none has read further than the log goes.

A group's offsets carry the log id as their metadata, which Kafka keeps beside each of them; the sink's are rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from connectors.kafka.client import consumer, retry, topic_name
from connectors.kafka.log_identity import LOST, LogRefused, Partition, beyond, known_ids, look, own_offset
from connectors.postgres.connection import dsn
from process.settings import Settings, SettingsError
from schemas.cart.messages import ROOM as CART
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.log import LogIdentity
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.prices.messages import ROOM as PRICES
from schemas.rooms import ROOMS
from schemas.synonyms.messages import ROOM as SYNONYMS

ASK_SECONDS_MAX = 30.0
DECIDERS, STRIPE_EFFECT, S3_EFFECT, REDIS_CARTS = "deciders", "stripe-effect", "s3-effect", "redis-carts"  # groups
OPENSEARCH_PRODUCTS = "opensearch-products"
COMMANDS = tuple(room.topic("commands") for room in ROOMS.values())
SEARCHED = tuple(room.topic("state") for room in (CATALOGUE, PRICES, INVENTORY, SYNONYMS))
READ_BY = {
    DECIDERS: COMMANDS,
    STRIPE_EFFECT: (PAYMENTS.topic("events"),),
    S3_EFFECT: (CATALOGUE.topic("events"),),
    REDIS_CARTS: (CART.topic("state"),),
    OPENSEARCH_PRODUCTS: SEARCHED,
}
LOG = structlog.stdlib.get_logger()


def resume(reader: Consumer, topic: str, log: LogIdentity) -> list[TopicPartition]:
    """Read all partitions of a topic from the positions that the group kept, of this log; returns them.

    Without membership in the group: a process that takes over from one that was killed need not wait until the broker
    has missed the dead one (45 s). Two at once do the same work twice, so that work must be idempotent.
    Raises KafkaException when the broker does not tell the positions.
    """
    asked = [TopicPartition(topic, number) for number in range(log.partitions)]
    found = retry(lambda: reader.committed(asked, 20), seconds_max=ASK_SECONDS_MAX)
    partitions = [TopicPartition(topic, each.partition, own_offset(each, log)) for each in found]
    reader.assign(partitions)
    return partitions


def keep(reader: Consumer, positions: Mapping[Partition, int], log: LogIdentity, *, asynchronous: bool) -> None:
    """Keep how far the group has read. Raises KafkaException."""
    offsets = [TopicPartition(*partition, offset, metadata=log.id) for partition, offset in positions.items()]
    if offsets:
        reader.commit(offsets=offsets, asynchronous=asynchronous)


def require_whole_for(settings: Settings, log: LogIdentity, group: str, topics: Iterable[str]) -> None:
    """Raises LogRefused when a group has read further than the log goes, KafkaException when it cannot be asked."""
    # The last position will do: one that is being committed is told only when that has ended, and what a worker that
    # died while committing left open ends only when the next worker starts, or times out.
    asker = consumer(settings, group, **{"isolation.level": "read_uncommitted"})
    asked = [
        TopicPartition(topic_name(settings, topic), number) for topic in topics for number in range(log.partitions)
    ]
    try:
        found = retry(lambda: asker.committed(asked, 20), seconds_max=ASK_SECONDS_MAX)
    finally:
        asker.close()
    if errors := [each.error for each in found if each.error is not None]:
        raise KafkaException(errors[0])
    stored = [((each.topic, each.partition), own_offset(each, log)) for each in found]
    if reason := beyond(settings, f"the group {settings.topic_prefix}{group}", stored):
        raise LogRefused(reason)


def require_whole_for_sink(settings: Settings, log: LogIdentity) -> None:
    """Raises LogRefused when the views have read further than the log goes; psycopg.Error when they cannot be asked."""
    with psycopg.connect(dsn(settings), autocommit=True, connect_timeout=5) as connection:
        there = connection.execute("SELECT to_regclass('sink_positions') IS NOT NULL").fetchone()
        if not there or not there[0]:
            return
        rows = connection.execute(
            "SELECT topic, partition, next_offset, log_id FROM sink_positions WHERE starts_with(topic, %s)",
            (settings.topic_prefix,),
        ).fetchall()
    if rows and (strange := {of for *_, of in rows} - known_ids(look(settings))):
        raise LogRefused(f"the PostgreSQL sink has read log {min(strange)}, which this Kafka has never had. {LOST}")
    stored = [((topic, number), at) for topic, number, at, of in rows if of == log.id]
    if reason := beyond(settings, "the PostgreSQL sink", stored):
        raise LogRefused(reason)


def require_whole_for_sink_if_it_answers(settings: Settings, log: LogIdentity) -> None:
    """For workers, which decide also while PostgreSQL is away: then the deploy step and the sink itself have asked."""
    try:
        require_whole_for_sink(settings, log)
    except (psycopg.Error, SettingsError) as error:
        LOG.warning("sink_positions_not_compared", why=str(error).strip())


def require_whole(settings: Settings, log: LogIdentity) -> None:
    """Raises LogRefused when anybody has read further than the log goes; psycopg.Error or KafkaException."""
    for group, topics in READ_BY.items():
        require_whole_for(settings, log, group, topics)
    require_whole_for_sink(settings, log)
