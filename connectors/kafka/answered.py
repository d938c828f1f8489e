"""Which of a room's events that ask something of the outside have had their answer, as the log tells.

On another log no stored offset counts (ops/decisions/0012) and all is read from the beginning: to ask for years of
them once more would change nothing, and keep today's waiting for hours.
"""

from __future__ import annotations

from confluent_kafka import KafkaError, TopicPartition

from connectors.kafka.client import consumer
from connectors.kafka.events import Event, checked
from process.settings import Settings
from schemas.envelope import derive_id

BATCH = 5_000
POLL_SECONDS = 1.0


def outcome_id(event: Event) -> str:
    """The id of the command that says what came of it."""
    return derive_id(event.id, "outcome")


def compact(command_id: str) -> bytes:
    """An id in less memory."""
    return bytes.fromhex(command_id.replace("-", ""))


def answered(settings: Settings, partitions: list[TopicPartition]) -> frozenset[bytes]:
    """The ids of all commands by which events from these partitions on were decided: outcomes are among them.

    An outcome that led to no event is not (a webhook had said the same before). Then the outside is asked once more,
    which must do no harm (connectors/stripe/outcomes.py). Raises KafkaException.
    """
    reader = consumer(settings, "answered", **{"enable.partition.eof": True})
    found: set[bytes] = set()
    ended: set[int] = set()
    try:
        reader.assign(partitions)
        while len(ended) < len(partitions):
            for message in reader.consume(BATCH, POLL_SECONDS):
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                    continue
                said = dict(checked(message).headers() or ()).get("command-id")
                if said:
                    found.add(compact(said.decode()))
    finally:
        reader.close()
    return frozenset(found)
