"""Everything the events add up to, as the audit folds it, and what is still in motion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ops.audit.findings import LogPosition
from schemas.log import LogIdentity
from schemas.room import parted
from schemas.rooms import ROOMS

State = dict[str, Any]
StockPlace = tuple[str, str]  # SKU, location


@dataclass(slots=True)
class AuditRow:
    """One aggregate. `state` has the fields of the room's state class, and what the audit notes beside them (`_…`)."""

    state: State
    position: LogPosition  # of its latest event
    version: int = 0
    changed: int = 0  # version of the latest event that is no refusal
    settled: int = 0  # version of the latest settled event
    moving: bool = False  # has events that are not settled
    compared: str | None = None  # what came of comparing it with the table: "", or the difference


@dataclass(slots=True)
class TransferHalf:
    """One half of a transfer."""

    position: LogPosition
    settled: bool
    what: tuple[str, str, str, int]  # SKU, source, target, units


@dataclass(slots=True)
class Model:
    """The folds of all rooms."""

    log: LogIdentity
    rooms: dict[str, dict[str, AuditRow]] = field(default_factory=lambda: {name: {} for name in ROOMS})
    waiting: dict[str, dict[str, LogPosition]] = field(
        default_factory=lambda: {name: {} for name in ROOMS}
    )  # first of a key
    waiting_ids: set[str] = field(default_factory=set)  # of AcceptTransfer commands not yet decided
    event_ids: set[bytes] = field(default_factory=set)
    newest_at: int = 0  # when the broker took the newest event
    next_offsets: dict[tuple[str, int], int] = field(default_factory=dict)  # after the last event that was read
    ends: dict[tuple[str, int], int] = field(default_factory=dict)  # of the event topics, where the snapshot ends
    committed: dict[str, Counter[StockPlace]] = field(default_factory=dict)  # by order
    returned: dict[str, Counter[StockPlace]] = field(default_factory=dict)
    stock_positions: dict[str, LogPosition] = field(default_factory=dict)  # of an order's latest commit or return
    redeemed: dict[str, set[str]] = field(default_factory=dict)  # promotions, by the checkout that used them
    redeemed_at: dict[str, LogPosition] = field(default_factory=dict)  # of a checkout's latest one
    transfers_out: dict[str, TransferHalf] = field(default_factory=dict)  # by the id of the command that accepts it
    transfers_in: dict[str, TransferHalf] = field(default_factory=dict)
    accounts: Counter[str] = field(default_factory=Counter)
    captured_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0  # what Stripe took for disputes, fees included, and did not give back
    counts: Counter[str] = field(default_factory=Counter)

    def live(self, room: str) -> Iterator[tuple[str, AuditRow]]:
        """The aggregates of a room that something happened to, by key."""
        return ((key, row) for key, row in self.rooms[room].items() if row.changed)

    def checkout_at(self, address: str) -> State | None:
        """The checkout at a return address; None: it is another room's, or nothing ever happened to it."""
        room, key = parted(address)
        row = self.rooms["checkout"].get(key) if room == "checkout" else None
        return row.state if row is not None and row.changed else None

    def in_motion(self, room: str, key: str) -> bool:
        """Whether a command for this key waits, or its latest events are not settled: it proves nothing yet."""
        row = self.rooms[room].get(key)
        return key in self.waiting[room] or (row is not None and row.moving)
