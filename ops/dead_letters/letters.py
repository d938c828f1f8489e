"""Dead letters as they lie on the log: what came, what the engine added, and what became of them since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.kafka import producer, topic_name
from connectors.settings import Settings
from ops.audit.commands import LETTER_HEADERS, part_letter, read_page, read_state
from ops.audit.log import Decode, Log, LogRecord
from schemas.codec import Codec
from schemas.envelope import Headers
from schemas.topics import PARTITIONS, ROOMS
from streams.rooms import DECIDERS
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table

DELIVERY_SECONDS_MAX = 30
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


@dataclass(slots=True)
class _Fetched:
    """A letter as a worker would be handed it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def read(log: Log, room: str) -> Iterator[DeadLetter]:
    """Every dead letter of a room."""
    for partition in range(PARTITIONS):
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
            and later.command == letter.command
        ):
            return f"it was sent again and died again: see offset {later.record.offset}"
    position = log.position(room.topic("commands"), letter.partition)
    for record in log.records(room.topic("commands"), letter.partition):
        if record.offset >= position and (record.key, record.value, record.headers) == letter.command:
            return f"it was sent again and waits to be decided at offset {record.offset}"
    command_id = letter.header("command-id")
    state = read_state(log.records(room.topic("state"), letter.partition))
    pages = (read_page(decode, value) for _, value in state.pages.values() if value is not None)
    if any(outcome.command_id == command_id for page in pages for outcome in page.outcomes):
        return f"command {command_id} has been decided"
    return None


def objection(log: Log, letter: DeadLetter, codec: Codec, *, now: int) -> str | None:
    """Why the workers would not decide this letter today, in the engine's own words; None when they would.

    It is tried on the rows as they are, in memory. `codec` must have learnt the letter's schema.
    """
    table = Table(DECIDERS[letter.room], codec, letter.partition)
    for record in log.records(table.room.topic("state"), letter.partition):
        headers = dict(record.headers)
        due = headers.get("due")
        table.restore(record.key or b"", record.value, int(headers["version"]), None if due is None else int(due))
    trial = Deciding({(letter.room, letter.partition): table}, codec)
    trial.take(table, _Fetched(table.position, now, *letter.command))
    if table.halted:
        return f"it would halt its partition: {table.halted}"
    died = [headers for topic, _, _, _, headers in trial.outputs if topic == table.room.topic("dead-letters")]
    return f"it would die again: {(part_letter(died[0])[1]['dead-error'] or b'').decode()}" if died else None


def send(settings: Settings, letter: DeadLetter) -> None:
    """Send the command as it came: its bytes, its key, its headers, to the partition that it came from.

    It keeps its command id, so it is decided at most once. Raises ReplayRefused when the broker does not take it.
    """
    failures: list[str] = []
    sender = producer(settings)
    key, value, headers = letter.command
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
