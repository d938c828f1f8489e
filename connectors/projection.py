"""Views are folds: a room's own `evolve` over its events. Pure; the tables are in postgres_views.py.

A row is the state of one aggregate with the version of its latest event. Events are taken in order, one by one: what is
known already is passed over, and a gap is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from cachetools import LRUCache

from connectors.kafka.events import Event, EventError
from schemas.record import Record
from schemas.room import Room

R = TypeVar("R", bound=Record)
RowKey = tuple[str, str]  # room and key
BYTES_KEPT_MAX = 50_000_000  # of states as JSON
ROW_BYTES = 1_000  # what a row takes beside that


class Versioned(msgspec.Struct, Generic[R], frozen=True):
    """An aggregate as a view shows it, and the version of the event that it stands at."""

    version: int
    state: R


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """How one room's events become its view."""

    room: Room
    initial: Record
    evolve: Callable[[Any, Any], Record]
    history: tuple[type[Record], ...] = ()  # events that are kept one by one


class ViewRow(NamedTuple):
    """One row of a view. A key whose aggregate was forgotten may begin anew, at version 1: `begun_at` is later then."""

    begun_at: int
    version: int
    state: Record


Kept = MutableMapping[RowKey, ViewRow]


class Fact(NamedTuple):
    """One row of the history."""

    room: str
    key: str
    event: Event


@dataclass(slots=True)
class Changes:
    """What a batch of events comes to: of each row its last state, and every fact of rooms that keep them."""

    rows: dict[RowKey, ViewRow] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)


def latest_rows() -> Kept:
    """Rows of the latest batches, by room and key: the latest used, and not more bytes than so many."""
    return LRUCache(BYTES_KEPT_MAX, getsizeof=_size)


def _size(row: ViewRow) -> int:
    return ROW_BYTES + len(msgspec.json.encode(row.state))


class Fold:
    """The events of a batch, folded onto the rows before them."""

    def __init__(self, projections: Mapping[str, Projection], kept: Kept, stored: Mapping[RowKey, ViewRow]) -> None:
        self._projections, self._kept, self._stored = projections, kept, stored
        self.changes = Changes()

    def take(self, room: str, key: str, event: Event) -> None:
        """Take the next event. Raises EventError when it does not follow the one before, or cannot be followed."""
        if event.version == 0:
            return  # refused, of an aggregate that does not exist
        row_key, projection = (room, key), self._projections[room]
        before = self._before(row_key, projection, event)
        if event.version <= before.version:
            return  # read again
        if event.version != before.version + 1:
            raise EventError(f"{room} {key}: version {event.version} follows version {before.version}")
        try:
            state = projection.evolve(before.state, event.body)
        except Exception as error:  # the room's own code, or an event that it never decided
            raise EventError(f"{room} {key}: {type(event.body).__name__} cannot be followed: {error!r}") from error
        self.changes.rows[row_key] = ViewRow(before.begun_at, event.version, state)
        if isinstance(event.body, projection.history):
            self.changes.facts.append(Fact(room, key, event))

    def _before(self, row_key: RowKey, projection: Projection, event: Event) -> ViewRow:
        if event.version == 1:
            return ViewRow(event.occurred_at, 0, projection.initial)
        found = self.changes.rows.get(row_key) or self._kept.get(row_key) or self._stored.get(row_key)
        return found or ViewRow(event.occurred_at, 0, projection.initial)


def wanted(events: Iterable[tuple[str, str, Event]], kept: Kept) -> dict[str, list[str]]:
    """The keys, by room, whose rows must be read before these events can be folded."""
    begun: set[RowKey] = set()
    missing: dict[str, list[str]] = {}
    for room, key, event in events:
        row_key = room, key
        if event.version and row_key not in begun:
            begun.add(row_key)
            if event.version > 1 and kept.get(row_key) is None:
                missing.setdefault(room, []).append(key)
    return missing
