"""`bloomfield dead-letters`: see the commands that were not decided, and send them again once they can be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from rich.console import Console

from connectors.kafka.log_identity import LogRefused
from connectors.kafka.registry import NotRegistered, load_codec
from ops.audit.kafka_log import AuditImpossible, KafkaLog
from ops.audit.log import Decode, key_text
from ops.audit.run import DEPLOYMENT, decoder
from ops.dead_letters.records import DeadLetterRecord, ReplayRefused, find, objection, read, replayed, send
from ops.dead_letters.set_aside import NotSetAside, set_aside
from ops.tables import show, told
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.envelope import Envelope, EnvelopeError
from schemas.record import utc
from schemas.rooms import ROOMS

app = typer.Typer(help=__doc__, no_args_is_help=True)
out = Console(highlight=False)

HEX_WIDTH = 16
Room = Annotated[str, typer.Argument(help="Room, e.g. inventory.")]
Partition = Annotated[int, typer.Argument(min=0)]
Offset = Annotated[int, typer.Argument(min=0, help="Offset on the dead-letters topic, as `list` shows it.")]


@app.command("list")
def list_() -> None:
    """List every dead-letter record: where it lies, its key, when it died and of what."""
    columns = "topic", "partition", "offset", "key", "died at", "command id", "error"
    with _log() as (_, log):
        rows = [_row(dead) for room in ROOMS for dead in read(log, room)]
    if rows:
        show(out, "Dead letters", columns, rows)
    else:
        out.print("no dead letters")


@app.command("show")
def show_(room: Room, partition: Partition, offset: Offset) -> None:
    """Show one dead-letter record: headers, bytes, and what the workers would say of it today."""
    with _log() as (settings, log):
        codec = load_codec(settings)
        decode = decoder(settings, codec)
        dead = find(log, _known(room), partition, offset)
        lines = [*described(dead, decode), verdict(log, dead, decode, codec)]
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


@app.command("replay")
def replay_(
    room: Room,
    partition: Partition,
    offset: Offset,
    again: Annotated[bool, typer.Option("--again", help="Even if it was replayed before.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if it would not be decided today either.")] = False,
) -> None:
    """Send a dead-letter record to its command topic again: its own bytes, under its own command id."""
    with _log() as (settings, log):
        codec = load_codec(settings)
        decode = decoder(settings, codec)
        dead = find(log, _known(room), partition, offset)
        if not again and (before := replayed(log, dead, decode)):
            raise ReplayRefused(f"{before}. `--again` sends it all the same")
        if not anyway and (wrong := _objection(log, dead, decode, codec)):
            raise ReplayRefused(f"not sent: {wrong}. `--anyway` sends it all the same")
        send(settings, dead)
    name = dead.header("command-id")
    who = f"command {name}" if name else "a command without an id"
    out.print(f"sent to {ROOMS[room].topic('commands')}[{partition}]: {who}", markup=False, soft_wrap=True)


@app.command("set-aside")
def set_aside_(
    room: Room,
    partition: Partition,
    offset: Annotated[int, typer.Argument(min=0, help="Offset on the command topic, as the halted worker says it.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the dead-letter record.")],
) -> None:
    """Move the one command that halts a partition to the dead letters, so that those behind it are decided again.

    The workers must be stopped: `bloomfield down --only worker-0 --only worker-1`. Afterwards `bloomfield up`; when the
    code is mended, `bloomfield dead-letters replay`.
    """
    settings = Settings.from_environment()
    with told(NotSetAside, ReplayRefused, LogRefused, KafkaException, code=2):
        set_aside(settings, ROOMS[_known(room)], partition, offset, reason=reason)
    out.print(f"{room}.commands[{partition}]@{offset} is a dead-letter record now; start the workers: `bloomfield up`")


def described(dead: DeadLetterRecord, decode: Decode) -> Iterator[str]:
    """Headers, bytes, and what is to be read in them today."""
    for name, value in dead.record.headers:
        yield f"{name:16} {'(null)' if value is None else value.decode('utf-8', 'replace')}"
    yield "(null)" if dead.record.value is None else hexdump(dead.record.value)
    try:
        yield f"the value reads: {decode(dead.record.value)}"
    except DecodeError as error:
        yield f"the value cannot be decoded: {error}"
    try:
        Envelope.of_command(dead.command[2])
    except EnvelopeError as error:
        yield f"the envelope is wrong: {error}"


def verdict(log: KafkaLog, dead: DeadLetterRecord, decode: Decode, codec: Codec) -> str:
    """What would become of one that were sent again today."""
    again = replayed(log, dead, decode)
    wrong = _objection(log, dead, decode, codec)
    return f"today: {again or wrong or 'it would be decided; `bloomfield dead-letters replay` sends it'}"


def hexdump(data: bytes) -> str:
    """Bytes as hexadecimal and as text, sixteen a line."""
    lines = []
    for start in range(0, len(data), HEX_WIDTH):
        row = data[start : start + HEX_WIDTH]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<{HEX_WIDTH * 3}} {text}")
    return "\n".join(lines) or "(no bytes)"


@contextmanager
def _log() -> Iterator[tuple[Settings, KafkaLog]]:
    """The log of this environment; what goes wrong is one line and exit code 2."""
    settings = Settings.from_environment()
    with (
        told(ReplayRefused, AuditImpossible, KafkaException, NotRegistered, code=2),
        KafkaLog(settings, DEPLOYMENT) as log,
    ):
        yield settings, log


def _objection(log: KafkaLog, dead: DeadLetterRecord, decode: Decode, codec: Codec) -> str | None:
    try:
        decode(dead.record.value)  # learns the schema of a newer writer
    except DecodeError as error:
        return f"it would die again: {type(error).__name__}: {error}"
    return objection(log, dead, codec, now=time.time_ns() // 1_000_000)


def _row(dead: DeadLetterRecord) -> tuple[str, ...]:
    died_at = utc(dead.record.timestamp)
    place = ROOMS[dead.room].topic("dead-letters"), str(dead.partition), str(dead.record.offset)
    return *place, key_text(dead.record.key), died_at, dead.header("command-id"), dead.header("dead-error")


def _known(room: str) -> str:
    if room not in ROOMS:
        raise ReplayRefused(f"no room is called {room}: there are {', '.join(ROOMS)}")
    return room
