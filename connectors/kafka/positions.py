"""How far consumer groups have read, and that none has read further than the log goes.

A group's offsets carry the log id as their metadata, which Kafka keeps beside each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from connectors.kafka.client import consumer, retry, topic_name
from connectors.kafka.log_identity import LogRefused, Partition, beyond, own_offset
from process.settings import Settings
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
