"""The Kafka transactions of a worker: two producers, and the calls that end a transaction, each with a bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import structlog
from confluent_kafka import KafkaException, Producer, TopicPartition

from connectors.kafka import client as kafka
from process.settings import Settings

LOG = structlog.get_logger()

APPEND_SECONDS_MAX = 4.0  # what the client is given to bring a transaction's records into the log
COMMIT_SECONDS_MAX = 3.0  # and for each call that ends the transaction
GRACE_SECONDS = 1.0  # beyond which we wait no longer: `send_offsets_to_transaction` heeds none (librdkafka issue 5456)
INIT_SECONDS_MAX = 60.0  # a broker that is away is waited for
TRANSACTION_TIMEOUT_MS = 10_000


def transactional_producers(settings: Settings, slot: str) -> tuple[Producer, Producer]:
    """The two producers of a worker slot. Starting them ends whatever a dead worker of this slot left open."""

    def make(suffix: str) -> Producer:
        made = kafka.producer(
            settings,
            **{
                "transactional.id": f"{settings.topic_prefix}{slot}-{suffix}",
                "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
                "queue.buffering.max.messages": 1_000_000,
            },
        )
        made.init_transactions(INIT_SECONDS_MAX)
        return made

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(make, ("a", "b"))
    return first, second


class CommitRefused(Exception):
    """The broker would not commit: this worker is no longer who it was, or something failed. Nothing was kept."""


class Stuck(Exception):
    """A call of the Kafka client did not come back. Nothing of this process can be relied on but its end."""


def append(producer: Producer) -> None:
    """Wait until the broker has every record of the open transaction. Raises CommitRefused."""
    if left := producer.flush(APPEND_SECONDS_MAX):
        raise CommitRefused(f"{left} records are not in the log after {APPEND_SECONDS_MAX} s")


def commit(producer: Producer, offsets: list[TopicPartition], metadata: bytes) -> None:
    """Commit a producer's open transaction together with the positions. Raises CommitRefused."""
    try:
        producer.send_offsets_to_transaction(offsets, metadata, COMMIT_SECONDS_MAX)
        producer.commit_transaction(COMMIT_SECONDS_MAX)
    except KafkaException as error:
        raise CommitRefused(str(error)) from error


def abort(producer: Producer) -> None:
    """Abort a producer's transaction, if it has one open."""
    try:
        producer.abort_transaction(COMMIT_SECONDS_MAX)
    except KafkaException as error:
        # No transaction is open, or the broker has ended it: either way none of it will be seen.
        LOG.info("nothing_to_abort", reason=str(error))
