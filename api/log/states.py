"""A room's rows in memory: this process reads the room's state topic from the beginning and goes on reading it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import structlog
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from api.log.reader import LogReader
from connectors.kafka.client import topic_name
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.room import Room

LOG = structlog.get_logger()


class StateReader(LogReader):
    """Every row, and every part of one. Others only read; the thread alone writes."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None], *, room: Room
    ) -> None:
        super().__init__(settings, f"edge-{room.name}-{slot}", on_death, **{"enable.partition.eof": True})
        self.not_ready = f"the {room.name} are not all read yet"
        self._codec, self._room = codec, room
        self._ends_missing = set(range(log.partitions))

    @abstractmethod
    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """Take in a row, or a part of one by its name. In the thread."""

    @abstractmethod
    def drop(self, key: str, part: str) -> None:
        """A row, or a part of one, is gone. In the thread."""

    # --- the thread ---

    def begin(self, reader: Consumer) -> None:
        """The whole topic from its beginning."""
        topic = topic_name(self.settings, self._room.topic("state"))
        reader.assign([TopicPartition(topic, partition, 0) for partition in self._ends_missing])

    def take(self, messages: list[Message]) -> None:
        """Keep what they say."""
        for message in messages:
            self._take(message)

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._ends_missing.discard(message.partition())
                self.ready = not self._ends_missing
            else:
                LOG.warning("state_consumer", room=self._room.name, error=str(error))  # librdkafka goes on by itself
            return
        raw = message.key() or b""
        if raw.startswith(b"\0"):
            return  # what the engine remembers of command ids
        key, _, part = raw.decode().partition("\0")
        if message.value() is None:
            self.drop(key, part)
            return
        try:
            record = self._codec.decode(message.value())
        except DecodeError as problem:
            LOG.error("state_not_understood", room=self._room.name, key=key, error=str(problem))
            return
        if not isinstance(record, self._room.parts if part else self._room.state):
            LOG.error("state_not_understood", room=self._room.name, key=key, error=f"it is a {type(record).__name__}")
            return
        self.keep(key, part, record, int(dict(message.headers() or ()).get("version", b"0")))
