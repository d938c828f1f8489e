"""What a command came to, before anything of it is kept: state, events, messages for others, reply, and their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.codec import Codec
from schemas.envelope import Envelope
from schemas.outcomes import Outcome
from schemas.record import Record
from schemas.room import Room
from schemas.rooms import destination
from streams.runtime.records import RECORD_BYTES_MAX, require_small
from streams.runtime.rows import Row, Table

GROWTH = 2  # bytes that a row grows by at most for each byte of an event, and
GROWTH_BYTES = 256  # for each command
REMEMBERED_BYTES_MAX = 300  # of a reply, which is kept for a day; of a longer one the refusal and the version are


class Send(NamedTuple):
    """A message for another aggregate; an event that is an answer is encoded once."""

    room: Room
    key: str
    message: Record
    encoded: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a command came to. A reply is empty when nobody waits for one."""

    state: Any
    events: list[tuple[Record, bytes]]  # with their bytes
    sends: list[Send]
    parts: Sequence[str]
    refusal: str
    reply: bytes


def sends_of(reaction: Iterable[Record], events: Iterable[tuple[Record, bytes]]) -> list[Send]:
    """What goes to others: the messages of a reaction, then the events as answers. Events come with their bytes."""
    sends: list[Send] = []
    for message in reaction:
        if (found := destination(message)) is not None:
            assert "\0" not in found[1], "a key of the engine's own, which no id can lead to"
            sends.append(Send(*found, message, None))
    for event, encoded in events:
        if (found := destination(event)) is not None:
            sends.append(Send(*found, event, encoded))
    return sends


def outcome_of(decided: Decided, envelope: Envelope, version: int) -> Outcome:
    """What is remembered of a decision. Only who began a chain may ask again for the reply."""
    is_kept = len(decided.reply) <= REMEMBERED_BYTES_MAX and envelope.id == envelope.correlation_id
    return Outcome(
        command_id=envelope.id, version=version, refusal=decided.refusal, reply=decided.reply if is_kept else b""
    )


def size_of(decided: Decided, table: Table, row: Row, codec: Codec, *, exact: bool) -> int:
    """How many bytes the row's record has at most. Raises TooLarge when the decision makes a record too large.

    Rows and commands for other rooms are measured when they might be too large: both are made of the row as it was
    and of the events, which are encoded anyway.
    """
    require_small(decided.reply, "the reply")
    grown = 0
    for event, value in decided.events:
        require_small(value, type(event).__name__)
        grown += len(value)
    size = row.size + GROWTH * grown + GROWTH_BYTES
    if not exact and size <= RECORD_BYTES_MAX:
        return size
    head = codec.encode(table.head(decided.state))
    require_small(head, "the row")
    for part in table.parts(decided.state, decided.parts):
        require_small(b"" if part is None else codec.encode(part), "a part of the row")
    for send in decided.sends:
        if send.encoded is None:  # else it was measured as an event
            require_small(codec.encode(send.message), type(send.message).__name__)
    return len(head)
