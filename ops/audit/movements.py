"""The rows of `stock_movements` as the events say they must be: one for every event that is no refusal.

There are as many of them as stock events, so a print of each is kept, not the row: sixteen bytes with its version.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import orjson

from ops.audit.log import Event
from schemas.inventory import messages as stock

COLUMNS_OF_THEIR_OWN = ("sku", "location", "on_hand_after", "held_after")  # what a cause does not say again
SIGNS: dict[type, int] = {
    stock.StockReceived: 1,
    stock.StockTransferredIn: 1,
    stock.StockReturned: 1,
    stock.StockTransferredOut: -1,
    stock.HoldCommitted: -1,
}
PRINT_BYTES = 8
KEPT = struct.Struct(f">q{PRINT_BYTES}s")  # version, print
Print = tuple[int, bytes]


def row(event: Event) -> tuple[Any, ...]:
    """The row of a stock event, in the order of the columns of the view."""
    body = event.body
    cause = {name: getattr(body, name) for name in body.__struct_fields__ if name not in COLUMNS_OF_THEIR_OWN}
    return (
        event.version, event.id, type(body).__name__, _change(body), body.on_hand_after, body.held_after, cause,
        event.actor, event.command_id, event.correlation_id, event.occurred_at,
    )  # fmt: skip


def _change(body: Any) -> int:
    """Units that came onto the shelf or, below zero, left it; a hold only speaks for them."""
    if isinstance(body, stock.StockAdjusted):
        return int(body.delta)
    sign = SIGNS.get(type(body), 0)
    return sign * int(body.quantity) if sign else 0


def fingerprint(of_row: tuple[Any, ...]) -> Print:
    """Version and print: the same for the same row, whether it comes from an event or from PostgreSQL."""
    said = orjson.dumps(of_row, option=orjson.OPT_SORT_KEYS)
    return of_row[0], hashlib.blake2b(said, digest_size=PRINT_BYTES).digest()


def pack(kept: Print) -> bytes:
    """A print as it is kept."""
    return KEPT.pack(*kept)


def unpack(kept: bytes | bytearray) -> list[Print]:
    """All prints of a shelf."""
    return list(KEPT.iter_unpack(kept))
