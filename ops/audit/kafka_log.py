"""A consistent snapshot through the topics of a broker, and reading up to it.

The snapshot needs no standstill. Positions first; then the ends of the event topics, and waiting until no transaction
is open before them; then the ends of the state topics and dead letters, the same wait; then the ends of the event
and command topics once more, and of what ended: a row that left its state topic is there. So whatever a settled event
or a state row belongs to lies within the snapshot, whole. A row and its parts are records of one transaction: a state
topic is read to where no transaction is open, which one writer at a time for each partition makes the end of one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from connectors.kafka.client import PARTITION_ENDS, consumer, records, retry, topic_name
from connectors.kafka.log_identity import LogRefused, own_offset, required
from ops.audit.log import LogRecord
from process.settings import Settings
from schemas.rooms import ROOMS
from schemas.topics import TOPICS

KINDS = "commands", "events", "state", "ended", "dead-letters"
SETTLE_SECONDS_MAX = 60.0  # a dead worker's transaction is ended by the broker after ten
SILENCE_SECONDS_MAX = 60.0
MARKS_SECONDS_MAX = 30.0
PASSING = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._TIMED_OUT}

Ends = dict[tuple[str, int], int]


class AuditImpossible(Exception):
    """The topics cannot be read as an audit must; the message says why."""


def _topics(kind: str) -> list[str]:
    """The topics of one kind; not every room has one for what ended."""
    return [topic for room in ROOMS.values() if (topic := room.topic(kind)) in TOPICS]


class KafkaLog:
    """The Log of a broker. Use as a context manager."""

    def __init__(self, settings: Settings, group: str) -> None:
        self.settings = settings
        overrides = PARTITION_ENDS | {"fetch.wait.max.ms": 20, "fetch.min.bytes": 1}
        self._reader = consumer(settings, group, **overrides)
        # A read_committed client would answer with the end of what is settled, and so miss what is on its way.
        self._asker = consumer(settings, group, **{"isolation.level": "read_uncommitted"})

    def __enter__(self) -> KafkaLog:
        try:
            self.identity = required(self.settings)
        except LogRefused as refused:
            raise AuditImpossible(str(refused)) from refused
        self._positions = self._committed()
        self._settled = self._ends("events")
        self._wait_until_settled(self._settled)
        self._snapshot = self._ends("state", "dead-letters")
        self._snapshot = self._wait_until_settled(self._snapshot)
        last = self._ends("events", "commands", "ended")
        self._wait_until_settled(last)
        self._snapshot |= last
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._asker.close()

    def settled_before(self, topic: str, partition: int) -> int:
        return self._settled[(topic, partition)]

    def end(self, topic: str, partition: int) -> int:
        return self._snapshot[(topic, partition)]

    def position(self, topic: str, partition: int) -> int:
        return self._positions[(topic, partition)]

    def records(self, topic: str, partition: int) -> Iterator[LogRecord]:
        """Raises AuditImpossible when the broker falls silent before the snapshot is reached."""
        end = self._snapshot[(topic, partition)]
        first, _ = self._marks(self._asker, topic, partition)
        heard = time.monotonic()

        def watch(_at: int, came: bool) -> None:
            nonlocal heard
            heard = time.monotonic() if came else heard
            if time.monotonic() > heard + SILENCE_SECONDS_MAX:
                raise AuditImpossible(f"{topic}[{partition}] cannot be read to {end}: a transaction stays open?")

        name = topic_name(self.settings, topic)
        for message in records(self._reader, name, partition, end, first=first, watch=watch):
            if message.offset() < end:
                _, stamp = message.timestamp()
                yield LogRecord(message.offset(), stamp, message.key(), message.value(), message.headers() or [])

    # --- the snapshot ---

    def _place(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(topic_name(self.settings, topic), partition)

    def _committed(self) -> Ends:
        wanted = [
            (room.topic("commands"), number) for room in ROOMS.values() for number in range(self.identity.partitions)
        ]
        asked = [self._place(*each) for each in wanted]
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            found = retry(lambda: self._reader.committed(asked, 20), seconds_max=SETTLE_SECONDS_MAX)
            if all(each.error is None for each in found):
                return {position: own_offset(each, self.identity) for position, each in zip(wanted, found, strict=True)}
            if time.monotonic() > deadline:
                raise AuditImpossible(f"the deciders' positions stay unknown: {found[0].error}")
            time.sleep(0.05)  # a transaction is being ended

    def _ends(self, *kinds: str) -> Ends:
        return {
            (topic, number): self._marks(self._asker, topic, number)[1]
            for kind in kinds
            for topic in _topics(kind)
            for number in range(self.identity.partitions)
        }

    def _wait_until_settled(self, ends: Ends) -> Ends:
        """Wait until every transaction before these ends has ended; returns up to where that is so by then."""
        deadline, stable = time.monotonic() + SETTLE_SECONDS_MAX, {}
        for (topic, number), end in ends.items():
            while (reached := self._stable(self._reader, topic, number)) < end:
                if time.monotonic() > deadline:
                    raise AuditImpossible(f"a transaction on {topic}[{number}] stays open before {end}")
                time.sleep(0.02)
            stable[topic, number] = reached
        return stable

    def _stable(self, reader: Consumer, topic: str, number: int) -> int:
        """Offset before which every transaction has ended: what read_committed clients are told is the end."""
        return self._marks(reader, topic, number)[1]

    def _marks(self, client: Consumer, topic: str, number: int) -> tuple[int, int]:
        """First offset and end of a partition, as this client may see it; a broker without a leader is asked again."""
        deadline = time.monotonic() + MARKS_SECONDS_MAX
        while True:
            try:
                first, end = client.get_watermark_offsets(self._place(topic, number), 10)
                return int(first), int(end)
            except KafkaException as error:
                if not error.args[0].retriable() and error.args[0].code() not in PASSING:
                    raise
                if time.monotonic() > deadline:
                    raise AuditImpossible(f"{topic}[{number}] has no leader: {error}") from error
                time.sleep(0.1)
