"""Dead letters as they lie on the log: what came, what the engine added, and what became of them since."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.kafka.client import producer, topic_name
from ops.audit.commands import LETTER_HEADERS, part_letter, read_page, read_state
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
    """A dead letter was not sent again; the message says why."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
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
    """A letter as a worker would be handed it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def _timeless(command: Command) -> Command:
    key, value, headers = command
    return key, value, [(name, value) for name, value in headers if name != SENT_AT]


def read(log: Log, room: str) -> Iterator[DeadLetter]:
    """Every dead letter of a room."""
    for partition in range(log.identity.partitions):
        for record in log.records(ROOMS[room].topic("dead-letters"), partition):
            yield DeadLetter(room, partition, record)


def find(log: Log, room: str, partition: int, offset: int) -> DeadLetter:
    """One dead letter. Raises ReplayRefused when there is none there."""
    for letter in read(log, room):
        if (letter.partition, letter.record.offset) == (partition, offset):
            return letter
    raise ReplayRefused(f"no dead letter at {ROOMS[room].topic('dead-letters')}[{partition}]@{offset}")


def replayed(log: Log, letter: DeadLetter, decode: Decode) -> str | None:
    """How one sees that a dead letter was sent again before; None when it was not.

    The log itself is the marker, which cannot be lost between sending and noting.
    """
    room = ROOMS[letter.room]
    for later in read(log, letter.room):
        if (
            later.partition == letter.partition
            and later.record.offset > letter.record.offset
            and _timeless(later.command) == _timeless(letter.command)
        ):
            return f"it was sent again and died again: see offset {later.record.offset}"
    position = log.position(room.topic("commands"), letter.partition)
    command_id = letter.header("command-id")
    for event in log.records(room.topic("events"), letter.partition):
        if command_id and dict(event.headers).get("command-id") == command_id.encode():
            return f"command {command_id} has been decided: see its event at offset {event.offset}"
    # Of another log: its command was read again here, and died again or was decided; else a copy of it was sent again.
    origin = letter.header("dead-offset") if letter.header("dead-log") == log.identity.id else ""
    died_at = int(origin) if origin.isdecimal() else -1
    for record in log.records(room.topic("commands"), letter.partition):
        sent = record.key, record.value, record.headers
        if record.offset > died_at and _timeless(sent) == _timeless(letter.command):
            waits = " and waits to be decided" if record.offset >= position else ""
            return f"it was sent again{waits} at offset {record.offset}"
    state = read_state(log.records(room.topic("state"), letter.partition))
    pages = (read_page(decode, value) for _, value in state.pages.values() if value is not None)
    if any(outcome.command_id == command_id for page in pages for outcome in page.outcomes):
        return f"command {command_id} has been decided"
    return None


def objection(log: Log, letter: DeadLetter, codec: Codec, *, now: int) -> str | None:
    """Why the workers would not decide this letter today, in the engine's own words; None when they would.

    It is tried on the rows as they are, in memory. `codec` must have learnt the letter's schema.
    """
    retention_ms = TOPICS[ROOMS[letter.room].topic("commands")].retention_ms
    if letter.record.timestamp < now - retention_ms:
        days = retention_ms // DAY_MS
        return f"it died more than {days} days ago: whether it was sent again since is no longer on the log"
    if FORGOTTEN in letter.header("dead-error"):
        return f"its id may be one that is forgotten: {FORGOTTEN}. Look for what it did before it is done once more"
    table = Table(DECIDERS[letter.room], codec, letter.partition)
    for record in log.records(table.room.topic("state"), letter.partition):
        headers = dict(record.headers)
        due = headers.get("due")
        table.restore(record.key or b"", record.value, int(headers["version"]), None if due is None else int(due))
    trial = Deciding({(letter.room, letter.partition): table}, codec, log.identity)
    trial.take(table, _Fetched(table.position, now, *letter.sent_again(now)))
    if table.halted:
        return f"it would halt its partition: {table.halted}"
    died = [headers for topic, _, _, _, headers in trial.outputs if topic == table.room.topic("dead-letters")]
    return f"it would die again: {(part_letter(died[0])[1]['dead-error'] or b'').decode()}" if died else None


def send(settings: Settings, letter: DeadLetter) -> None:
    """Send the command as it came: its bytes, its key, its headers, to the partition that it came from.

    It keeps its command id and the time at which it was wished for; `sent-at` says that it was sent now.
    Raises ReplayRefused when the broker does not take it.
    """
    failures: list[str] = []
    sender = producer(settings)
    key, value, headers = letter.sent_again(time.time_ns() // 1_000_000)
    sender.produce(
        topic_name(settings, ROOMS[letter.room].topic("commands")),
        value,
        key,
        letter.partition,
        headers=headers,
        on_delivery=lambda error, _message: failures.append(str(error)) if error else None,
    )
    if sender.flush(DELIVERY_SECONDS_MAX) or failures:
        raise ReplayRefused(f"the broker did not take it: {failures or 'no answer'}")
