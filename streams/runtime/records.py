"""The records that one transaction writes: events, commands for others, replies, dead letters, rows, what ended.

They are gathered in the order in which they were decided. No IO and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from schemas.codec import Codec
from schemas.envelope import Envelope, Headers, derive_id
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.room import Room
from schemas.topics import REPLIES, REPLY_PARTITIONS
from streams.runtime.rows import Row, Table

RECORD_BYTES_MAX = 980_000  # of a value: below what a broker takes in one record (1 MB) with its key and headers

Output = tuple[str, int, bytes | None, bytes | None, Headers]  # topic, partition, key, value, headers


class Fetched(Protocol):
    """A record as the consumer hands it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class TooLarge(Exception):
    """A record that no broker would take."""


def require_small(value: bytes, what: str) -> None:
    """Raises TooLarge for a value that makes a record too large."""
    if len(value) > RECORD_BYTES_MAX:
        raise TooLarge(f"{what} would have {len(value)} bytes, and a record may have {RECORD_BYTES_MAX}")


class RecordsOut:
    """The records of one transaction so far, in `written`."""

    def __init__(self, codec: Codec, log: LogIdentity) -> None:
        self.codec, self.log = codec, log
        self.written: list[Output] = []
        self._followed: dict[tuple[str, str], int] = {}  # which of them is a chain's latest reply about a key
        self._onward: list[Headers] = []  # of the commands that go through the log

    def events(
        self, table: Table, key: str, version: int, encoded: list[tuple[Record, bytes]], envelope: Envelope
    ) -> None:
        """What a command came to; the first event has the version after `version`."""
        topic, raw_key = table.room.topic("events"), key.encode()
        cause = envelope.headers()
        cause[1] = ("causation-id", envelope.id.encode())
        for number, (event, value) in enumerate(encoded):
            cls = type(event)
            headers = [
                ("event-id", derive_id(envelope.id, number).encode()),
                ("type", self.codec.names[cls]),
                ("schema-id", b"%d" % self.codec.ids[cls]),
                ("version", b"%d" % max(0, version + number + 1)),
                *cause,
            ]
            self.written.append((topic, table.partition, raw_key, value, headers))

    def command(self, room: Room, partition: int, key: str, message: Record | bytes, envelope: Envelope) -> None:
        """A message for another aggregate, or an answer, which goes through the log."""
        headers = envelope.headers()
        self._onward.append(headers)
        value = message if isinstance(message, bytes) else self.codec.encode(message)
        self.written.append((room.topic("commands"), partition, key.encode(), value, headers))

    def reply(
        self, envelope: Envelope, key: str, reply: bytes | None, version: int, refusal: str, *, replayed: bool = False
    ) -> None:
        """What somebody at the edge waits for."""
        headers = [
            ("command-id", envelope.id.encode()),
            ("correlation-id", envelope.correlation_id.encode()),
            ("version", b"%d" % version),
        ]
        if refusal:
            headers.append(("refusal", refusal.encode()))
        if replayed:
            headers.append(("replayed", b"1"))
        partition = (envelope.reply_to or 0) % REPLY_PARTITIONS
        index = len(self.written)
        if envelope.id != envelope.correlation_id:  # of what follows on a key, the newest says it all
            index = self._followed.setdefault((envelope.correlation_id, key), index)
        self.written[index : index + 1] = [(REPLIES.name, partition, envelope.correlation_id.encode(), reply, headers)]

    def dead_letter(self, table: Table, fetched: Fetched, why: str) -> None:
        """A command that is set aside, byte for byte."""
        headers = [
            *fetched.headers,
            ("dead-topic", table.room.topic("commands").encode()),
            ("dead-partition", b"%d" % table.partition),
            ("dead-offset", b"%d" % fetched.offset),
            ("dead-log", self.log.id.encode()),
            ("dead-error", why.encode()),
        ]
        self.written.append((table.room.topic("dead-letters"), table.partition, fetched.key, fetched.value, headers))

    def ended(self, table: Table, key: str, row: Row) -> None:
        """The last row of an aggregate that leaves memory."""
        value, headers = self.codec.encode(row.state), [("version", b"%d" % row.version)]
        self.written.append((table.room.topic("ended"), table.partition, key.encode(), value, headers))

    def close(self, tables: Iterable[Table], now: int) -> None:
        """The rows and outcomes that changed, and when the commands are sent. Raises TooLarge for a row."""
        for onward in self._onward:
            onward.append(("sent-at", b"%d" % now))
        for table in tables:
            topic = table.room.topic("state")
            for key, value, version, due in table.changes(now):
                require_small(value or b"", "a row")
                headers: Headers = [("version", b"%d" % version)]
                if due is not None:
                    headers.append(("due", b"%d" % due))
                self.written.append((topic, table.partition, key, value, headers))
