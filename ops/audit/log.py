"""The log as an audit reads it. Pure: connectors/kafka is only known to kafka_log.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from ops.audit.findings import LogPosition
from schemas.codec import DecodeError
from schemas.envelope import derive_id
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.room import Room

ID_BYTES = 16
TIMER = "timer"  # actor of the commands that a room gives itself, and of all that they lead to


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """One committed record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Log(Protocol):
    """A snapshot through all topics; names are the catalogue's.

    What lies before `settled_before` of an event topic was committed before the ends of all other topics were
    taken: all it led to in its own transaction is within the snapshot. Later events serve as evidence only.
    """

    @property
    def identity(self) -> LogIdentity:
        """Which log this is."""

    def records(self, topic: str, partition: int) -> Iterator[LogRecord]:
        """The committed records of a partition within the snapshot, in order."""

    def settled_before(self, topic: str, partition: int) -> int:
        """Offset up to which an event topic is settled."""

    def end(self, topic: str, partition: int) -> int:
        """Offset at which the snapshot through a topic ends; before it there may be transaction markers."""

    def position(self, topic: str, partition: int) -> int:
        """The deciders' position on a command topic when the snapshot was made."""


class LoggedEvent(msgspec.Struct, gc=False):
    """A fact on the log and where it lies."""

    body: Any
    topic: str
    partition: int
    offset: int
    key: str
    id: str
    command_id: str
    correlation_id: str
    version: int
    actor: str
    occurred_at: int
    settled: bool

    def of_own_timer(self, room: Room) -> bool:
        """Whether a timer of its own row led to this, the first event of its command.

        Such a command is never sent, so never repeated, and the engine keeps no outcome of it. Its id is derived from
        the row as it was and from the moment, and an actor's name in a header proves nothing.
        """
        row = f"{room.name}/{self.key}/{self.version - 1}"
        return self.actor == TIMER and self.command_id == derive_id(row, f"timer/{self.occurred_at}")

    @property
    def position(self) -> LogPosition:
        return LogPosition(self.topic, self.partition, self.offset, self.key, self.id)


Decode = Callable[[bytes | None], Record]


def compact(message_id: str) -> bytes:
    """An id in less memory."""
    return bytes.fromhex(message_id.replace("-", ""))


def key_text(key: bytes | None) -> str:
    """A key for people."""
    return (key or b"").decode("utf-8", "replace")


def read_event(room: Room, topic: str, partition: int, record: LogRecord, decode: Decode, settled: int) -> LoggedEvent:
    """The event in a record. Raises DecodeError when it is none of the room's."""
    body = decode(record.value)
    if type(body) not in room.events:
        raise DecodeError(f"{type(body).__name__} is no event of {room.name}")
    found = dict(record.headers)
    try:
        event = LoggedEvent(
            body=body,
            topic=topic,
            partition=partition,
            offset=record.offset,
            key=(record.key or b"").decode(),
            id=found["event-id"].decode(),
            command_id=found["command-id"].decode(),
            correlation_id=found["correlation-id"].decode(),
            version=int(found["version"]),
            actor=found["actor"].decode(),
            occurred_at=int(found["occurred-at"]),
            settled=record.offset < settled,
        )
        if len(compact(event.id)) != ID_BYTES or len(compact(event.command_id)) != ID_BYTES:
            raise DecodeError("an id is no UUID")
    except (KeyError, ValueError, AttributeError) as error:  # DecodeError is a ValueError
        raise DecodeError(f"a header is missing or malformed: {error!r}") from error
    return event
