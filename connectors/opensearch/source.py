"""Where the documents come from: the state topics of some rooms, read from their beginning and followed.

The newest row of each product, price and stock is kept in memory; what is said of a product is said of all of them
together. The events would say the same, and more than is needed (ops/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.kafka.client import consumer, topic_name
from connectors.kafka.events import EventError, Halted, Reader, checked, position_text
from connectors.kafka.log_identity import Partition
from connectors.kafka.positions import SEARCHED
from connectors.kafka.types import KafkaError, Message, TopicPartition
from connectors.opensearch.rows import Rows
from process.settings import Settings
from schemas.codec import DecodeError
from schemas.log import LogIdentity

BATCH_MAX = 2_000
PART_SIGN = b"\x00"  # in a key: a record of the engine's own, or a part of a row; what is needed stands in the rows


class RowSource:
    """The rows, kept up to date by `next`."""

    def __init__(self, settings: Settings, log: LogIdentity, reader: Reader, group: str) -> None:
        self.rows = Rows()
        self.reached: dict[Partition, int] = {}  # behind the last record
        self.ended: dict[
            Partition, int
        ] = {}  # where a partition was last seen to end, markers of transactions included
        self._reader = reader
        self.consumer = consumer(settings, group, **{"enable.partition.eof": True})
        self.partitions: list[Partition] = [
            (topic_name(settings, topic), number) for topic in SEARCHED for number in range(log.partitions)
        ]
        self._ends_missing: set[Partition] = set(self.partitions)

    def begin(self) -> None:
        """From the beginning of each topic: whoever makes a document needs all of its rows."""
        self.consumer.assign([TopicPartition(*each, 0) for each in self.partitions])

    @property
    def loaded(self) -> bool:
        """Whether everything was read that was there at the beginning."""
        return not self._ends_missing

    def next(self, seconds_max: float, written: Mapping[Partition, int]) -> set[str]:
        """Read on; returns the products touched by rows behind the positions that were `written`.

        Raises Halted for a record that is no row, KafkaException when the broker says that something is wrong.
        """
        messages = self.consumer.consume(1, seconds_max)
        if messages:
            messages += self.consumer.consume(BATCH_MAX - 1, 0)
        touched: set[str] = set()
        for message in messages:
            where = (message.topic(), message.partition())
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                self._ends_missing.discard(where)
                self.ended[where] = message.offset()
                continue
            products = self._take(checked(message))
            self.reached[where] = message.offset() + 1
            if message.offset() >= written.get(where, 0):
                touched |= products
        return touched

    def _take(self, message: Message) -> set[str]:
        key = message.key() or b""
        if PART_SIGN in key or message.value() is None:
            return set()
        number = dict(message.headers() or ()).get("version")
        try:
            if number is None:
                raise EventError("it has no version")
            return self.rows.take(key.decode(), self._reader.decode(message.value()), int(number))
        except (DecodeError, EventError, TypeError, ValueError) as reason:
            raise Halted(f"{position_text(message)} cannot be understood: {reason}") from reason

    def close(self) -> None:
        self.consumer.close()
