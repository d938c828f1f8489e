"""A room's rows in memory: this process reads the room's state topic from the beginning and goes on reading it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

import structlog

from api.log.reader import LogReader
from api.log.replies import Chain, Reply
from connectors.kafka.client import topic_name
from connectors.kafka.types import Consumer, KafkaError, Message, TopicPartition
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.room import Room

LOG = structlog.get_logger()
LOOK_AGAIN_SECONDS = 0.01
GRACE_SECONDS = 0.25  # what another edge has just set is a few milliseconds behind here
SEEN_SECONDS_MAX = 0.3
S = TypeVar("S", bound=Record)


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


class StateTable(StateReader, Generic[S]):
    """The rows by their keys. Reads are plain dictionary look-ups; only the thread writes."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None], *, room: Room
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=room)
        self.rows: dict[str, tuple[S, int]] = {}

    def row(self, key: str) -> S | None:
        """The row as it stands."""
        found = self.rows.get(key)
        return None if found is None else found[0]

    def version(self, key: str) -> int:
        """The event sequence of the row; 0: unknown."""
        found = self.rows.get(key)
        return 0 if found is None else found[1]

    async def version_of(self, key: str, _at_least: int) -> int:
        """Like `version`."""
        return self.version(key)

    async def reach(self, key: str, version: int, seconds_max: float) -> None:
        """Wait until the row is here as it was at that version, or the time is up."""
        deadline = asyncio.get_running_loop().time() + seconds_max
        while self.version(key) < version and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def seen(self, key: str) -> Callable[[Chain, float], Awaitable[Reply | None]]:
        """The wait for a decision about the row, and until it shows here: whoever has set it wants to find it."""

        async def wait(chain: Chain, deadline: float) -> Reply | None:
            reply = await chain.own(deadline)
            if reply is not None and not reply.refusal:
                await self.reach(key, reply.version, SEEN_SECONDS_MAX)
            return reply

        return wait

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A row; parts are of no interest here."""
        if not part:
            self.rows[key] = (cast(S, record), version)

    def drop(self, key: str, part: str) -> None:
        """It has no row any more."""
        if not part:
            self.rows.pop(key, None)
