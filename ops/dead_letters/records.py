"""Dead letters as they lie on the log: what came, what the engine added, and what became of them since."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.kafka.client import producer, topic_name
from ops.audit.commands import LETTER_HEADERS, part_letter, read_segment, read_state
from ops.audit.log import Decode, Log, LogRecord
from process.settings import Settings
from schemas.codec import Codec
from schemas.envelope import Headers
from schemas.rooms import ROOMS
from schemas.topics import DAY_MS, TOPICS
from streams.rooms import DECIDERS
from streams.runtime.deciding import FORGOTTEN, Deciding
from streams.runtime.rows import Table

DELIVERY_SECONDS_MAX = 30
SENT_AT = "sent-at"
Command = tuple[bytes | None, bytes | None, Headers]


class ReplayRefused(Exception):
    """A dead-letter record was not sent again; the message says why."""


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """A command that was not understood, and where it lies now."""

    room: str
    partition: int
    record: LogRecord

    def header(self, name: str) -> str:
        """One header as text; empty when it is missing or null. A name of the engine's is the engine's own header."""
        own, added = part_letter(self.record.headers)
        return ((added if name in LETTER_HEADERS else dict(own)).get(name) or b"").decode("utf-8", "replace")

    @property
    def command(self) -> Command:
        """Key, value and headers as it came."""
        return self.record.key, self.record.value, part_letter(self.record.headers)[0]

    def sent_again(self, now: int) -> Command:
        """As it came, but for the time: the workers refuse what was sent longer ago than they remember ids."""
        key, value, headers = _timeless(self.command)
        return key, value, [*headers, (SENT_AT, b"%d" % now)]


@dataclass(slots=True)
class _Fetched:
    """The command as a worker would be handed it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def _timeless(command: Command) -> Command:
    key, value, headers = command
    return key, value, [(name, value) for name, value in headers if name != SENT_AT]


def read(log: Log, room: str) -> Iterator[DeadLetterRecord]:
    """Every dead-letter record of a room."""
    for partition in range(log.identity.partitions):
        for record in log.records(ROOMS[room].topic("dead-letters"), partition):
            yield DeadLetterRecord(room, partition, record)


def find(log: Log, room: str, partition: int, offset: int) -> DeadLetterRecord:
    """One dead-letter record. Raises ReplayRefused when there is none there."""
    for dead in read(log, room):
        if (dead.partition, dead.record.offset) == (partition, offset):
            return dead
    raise ReplayRefused(f"no dead-letter record at {ROOMS[room].topic('dead-letters')}[{partition}]@{offset}")


def replayed(log: Log, dead: DeadLetterRecord, decode: Decode) -> str | None:
    """How one sees that a dead-letter record was sent again before; None when it was not.

    The log itself is the marker, which cannot be lost between sending and noting.
    """
    room = ROOMS[dead.room]
    for later in read(log, dead.room):
        if (
            later.partition == dead.partition
            and later.record.offset > dead.record.offset
            and _timeless(later.command) == _timeless(dead.command)
        ):
            return f"it was sent again and died again: see offset {later.record.offset}"
    position = log.position(room.topic("commands"), dead.partition)
    command_id = dead.header("command-id")
    for event in log.records(room.topic("events"), dead.partition):
        if command_id and dict(event.headers).get("command-id") == command_id.encode():
            return f"command {command_id} has been decided: see its event at offset {event.offset}"
    # Of another log: its command was read again here, and died again or was decided; else a copy of it was sent again.
    origin = dead.header("dead-offset") if dead.header("dead-log") == log.identity.id else ""
    died_at = int(origin) if origin.isdecimal() else -1
    for record in log.records(room.topic("commands"), dead.partition):
        sent = record.key, record.value, record.headers
        if record.offset > died_at and _timeless(sent) == _timeless(dead.command):
            waits = " and waits to be decided" if record.offset >= position else ""
            return f"it was sent again{waits} at offset {record.offset}"
    state = read_state(log.records(room.topic("state"), dead.partition))
    segments = (read_segment(decode, value) for _, value in state.segments.values() if value is not None)
    if any(outcome.command_id == command_id for segment in segments for outcome in segment.outcomes):
        return f"command {command_id} has been decided"
    return None


def objection(log: Log, dead: DeadLetterRecord, codec: Codec, *, now: int) -> str | None:
    """Why the workers would not decide it today, in the engine's own words; None when they would.

    It is tried on the rows as they are, in memory. `codec` must have learnt its schema.
    """
    retention_ms = TOPICS[ROOMS[dead.room].topic("commands")].retention_ms
    if dead.record.timestamp < now - retention_ms:
        days = retention_ms // DAY_MS
        return f"it died more than {days} days ago: whether it was sent again since is no longer on the log"
    if FORGOTTEN in dead.header("dead-error"):
        return f"its id may be one that is forgotten: {FORGOTTEN}. Look for what it did before it is done once more"
    table = Table(DECIDERS[dead.room], codec, dead.partition)
    for record in log.records(table.room.topic("state"), dead.partition):
        headers = dict(record.headers)
        due = headers.get("due")
        table.restore(record.key or b"", record.value, int(headers["version"]), None if due is None else int(due))
    trial = Deciding({(dead.room, dead.partition): table}, codec, log.identity)
    trial.take(table, _Fetched(table.position, now, *dead.sent_again(now)))
    if table.halted:
        return f"it would halt its partition: {table.halted}"
    died = [headers for topic, _, _, _, headers in trial.out.written if topic == table.room.topic("dead-letters")]
    return f"it would die again: {(part_letter(died[0])[1]['dead-error'] or b'').decode()}" if died else None


def send(settings: Settings, dead: DeadLetterRecord) -> None:
    """Send the command as it came: its bytes, its key, its headers, to the partition that it came from.

    It keeps its command id and the time at which it was issued; `sent-at` says that it was sent now.
    Raises ReplayRefused when the broker does not take it.
    """
    failures: list[str] = []
    sender = producer(settings)
    key, value, headers = dead.sent_again(time.time_ns() // 1_000_000)
    sender.produce(
        topic_name(settings, ROOMS[dead.room].topic("commands")),
        value,
        key,
        dead.partition,
        headers=headers,
        on_delivery=lambda error, _message: failures.append(str(error)) if error else None,
    )
    if sender.flush(DELIVERY_SECONDS_MAX) or failures:
        raise ReplayRefused(f"the broker did not take it: {failures or 'no answer'}")
