"""The rows of the table `history` as the events say they must be: one for each event that a room keeps there.

There may be as many of them as events, so a print of each is kept, not the row: sixteen bytes with its version.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import msgspec
import orjson

from ops.audit.log import LoggedEvent
from ops.audit.model import State
from streams.rooms import DECIDERS

QUERY = (
    "SELECT key, version, event_id::text, type, event, actor, command_id::text, correlation_id::text, occurred_at"
    " FROM history WHERE room = %s ORDER BY key"
)
PRINT_BYTES = 8
KEPT = struct.Struct(f">q{PRINT_BYTES}s")  # version, print
Print = tuple[int, bytes]


def keep(room: str, event: LoggedEvent, state: State) -> None:
    """Note what the history must say of this event, if it must say anything."""
    body = event.body
    if isinstance(body, DECIDERS[room].history):
        row = (
            event.version, event.id, type(body).__name__, msgspec.to_builtins(body), event.actor, event.command_id,
            event.correlation_id, event.occurred_at,
        )  # fmt: skip
        state.setdefault("_history", bytearray()).extend(KEPT.pack(*fingerprint(row)))


def fingerprint(row: tuple[Any, ...]) -> Print:
    """Version and print: the same for the same row, whether it comes from an event or from PostgreSQL."""
    said = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return row[0], hashlib.blake2b(said, digest_size=PRINT_BYTES).digest()


def expected(state: State) -> list[Print]:
    """The prints of all rows of an aggregate."""
    return list(KEPT.iter_unpack(state.get("_history", b"")))
