"""`bloomfield dead-letters`: see the commands that could not be understood, and send them again once they can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.kafka import producer, topic_name
from connectors.registry import NotRegistered, load_codec
from connectors.settings import Settings
from ops.audit.commands import read_page, read_state
from ops.audit.kafka_log import AuditImpossible, KafkaLog
from ops.audit.log import Decode, Log, LogRecord, key_text
from ops.audit.run import DEPLOYMENT, decoder
from schemas.codec import DecodeError
from schemas.envelope import Headers
from schemas.topics import PARTITIONS, ROOMS

app = typer.Typer(help=__doc__, no_args_is_help=True)
out = Console(highlight=False)

HEX_WIDTH = 16
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
        """One header as text; empty when it is missing."""
        return dict(self.record.headers).get(name, b"").decode("utf-8", "replace")

    @property
    def command(self) -> Command:
        """Key, value and headers as it came."""
        return _command(self.record)


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
        if record.offset >= position and _command(record) == letter.command:
            return f"it was sent again and waits to be decided at offset {record.offset}"
    command_id = letter.header("command-id")
    state = read_state(log.records(room.topic("state"), letter.partition))
    pages = (read_page(decode, value) for _, value in state.pages.values() if value is not None)
    if any(outcome.command_id == command_id for page in pages for outcome in page.outcomes):
        return f"command {command_id} has been decided"
    return None


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


def _command(record: LogRecord) -> Command:
    return record.key, record.value, [each for each in record.headers if not each[0].startswith("dead-")]


def hexdump(data: bytes) -> str:
    """Bytes as hexadecimal and as text, sixteen a line."""
    lines = []
    for start in range(0, len(data), HEX_WIDTH):
        row = data[start : start + HEX_WIDTH]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<{HEX_WIDTH * 3}} {text}")
    return "\n".join(lines) or "(no bytes)"


Room = Annotated[str, typer.Argument(help="Room, e.g. inventory.")]
Partition = Annotated[int, typer.Argument(min=0)]
Offset = Annotated[int, typer.Argument(min=0, help="Offset on the dead-letters topic, as `list` shows it.")]


@contextmanager
def _log() -> Iterator[tuple[Settings, KafkaLog]]:
    """The log of this environment; what goes wrong is one line and exit code 2."""
    settings = Settings.from_environment()
    try:
        with KafkaLog(settings, DEPLOYMENT) as log:
            yield settings, log
    except (ReplayRefused, AuditImpossible, KafkaException, NotRegistered) as error:
        Console(stderr=True).print(f"{type(error).__name__}: {error}", style="red", markup=False)
        raise typer.Exit(2) from error


def _time(record: LogRecord) -> str:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds")


def _known(room: str) -> str:
    if room not in ROOMS:
        raise ReplayRefused(f"no room is called {room}: there are {', '.join(ROOMS)}")
    return room


@app.command("list")
def list_() -> None:
    """List every dead letter: where it lies, its key, when it died and of what."""
    table = Table("topic", "partition", "offset", "key", "died at", "command id", "error", title="Dead letters")
    with _log() as (_, log):
        for letter in (each for room in ROOMS for each in read(log, room)):
            place = ROOMS[letter.room].topic("dead-letters"), str(letter.partition), str(letter.record.offset)
            details = key_text(letter.record.key), _time(letter.record), letter.header("command-id")
            table.add_row(*place, *map(escape, (*details, letter.header("dead-error"))))
    out.print(table if table.row_count else "no dead letters")


@app.command("show")
def show_(room: Room, partition: Partition, offset: Offset) -> None:
    """Show one dead letter: headers, bytes, and what decoding it says now."""
    with _log() as (settings, log):
        letter = find(log, _known(room), partition, offset)
        decode = decoder(settings, load_codec(settings))
    for name, value in letter.record.headers:
        out.print(f"{name:16} {value.decode('utf-8', 'replace')}", markup=False)
    out.print(hexdump(letter.record.value or b""), markup=False)
    try:
        out.print(f"today it reads: {decode(letter.record.value)}", markup=False)
    except DecodeError as error:
        out.print(f"today it still cannot be decoded: {error}", markup=False)


@app.command("replay")
def replay_(
    room: Room,
    partition: Partition,
    offset: Offset,
    again: Annotated[bool, typer.Option("--again", help="Even if it was replayed before.")] = False,
) -> None:
    """Send a dead letter to its command topic again, byte for byte, under its own command id."""
    with _log() as (settings, log):
        letter = find(log, _known(room), partition, offset)
        before = replayed(log, letter, decoder(settings, load_codec(settings)))
        if before and not again:
            raise ReplayRefused(f"{before}. `--again` sends it all the same")
        send(settings, letter)
    out.print(f"sent to {ROOMS[room].topic('commands')}[{partition}], command {letter.header('command-id')}")
