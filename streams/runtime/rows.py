"""What one partition of one room knows: its rows, what became of each command id, and whose timer is due when.

Kept in memory, rebuilt from the room's state topic. Nothing here does IO or reads a clock.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

from schemas.codec import Codec
from schemas.ended import ParkedCommand
from schemas.outcomes import Outcome, OutcomeSegment
from schemas.record import Record
from streams.runtime.decider import Decider
from streams.runtime.ended import ENDED_PREFIX, PARKED_PREFIX, EndedKeys, Parked, WaitingCommand

OUTCOMES_KEPT_MS = 24 * 3_600_000  # how long a command id is remembered, by the broker's clock
CLOCK_AHEAD_MAX_MS = 300_000  # how far a sender's clock may be ahead of the broker's
SEGMENT_BYTES_MAX = 256 * 1024  # well below what the broker takes in one record (1 MB)
OUTCOME_BYTES = 50  # of an outcome without its reply
OUTCOMES_MAX = 1_000_000  # per partition; about 150 MB
SEGMENT_PREFIX = b"\x00outcomes/"  # no aggregate's key has a zero byte
PART_SIGN = b"\x00"  # between the key of a row and the name of a part of it
TIMERS_SPARE = 64  # entries of rows that have changed their mind, beyond one for each row, before they are cleared away

StateRecord = tuple[bytes, bytes | None, int, int | None]  # key, value or tombstone, version, due


class Row:
    """One aggregate: its state (decoded when first needed), its event sequence, and when its next timer is due.

    `timer` is the entry that the heap of timers has for it: never later than `due`. `size` is the number of bytes that
    its record has at most, without its parts.
    """

    __slots__ = ("due", "raw", "size", "state", "timer", "version")

    def __init__(
        self, *, state: Any = None, raw: bytes | None = None, version: int = 0, due: int | None = None
    ) -> None:
        self.state, self.raw, self.version, self.due = state, raw, version, due
        self.timer: int | None = None
        self.size = len(raw or b"")


class Outcomes:
    """Command ids seen, with their first outcome; forgotten by segments, oldest first; `most` are kept."""

    def __init__(self, most: int = OUTCOMES_MAX) -> None:
        self._most = most
        self._by_id: dict[bytes, Outcome] = {}
        self._segments: deque[tuple[int, int, int, tuple[bytes, ...]]] = deque()  # number, newest_at, issued_until, ids
        self._fresh: list[tuple[bytes, Outcome]] = []
        self._issued_until = 0  # the latest of the fresh ones
        self._next_segment = 0
        self.low_watermark = 0  # a command issued until then cannot be told apart from a repetition

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, command_id: str) -> Outcome | None:
        """The first outcome of a command id, if it is remembered."""
        return self._by_id.get(_compact(command_id))

    def add(self, outcome: Outcome, issued_at: int) -> None:
        """Remember the outcome of a command issued then; it goes on the segment of the transaction that is open."""
        key = _compact(outcome.command_id)
        assert key not in self._by_id, "a command id is decided once"
        self._by_id[key] = outcome
        self._fresh.append((key, outcome))
        if issued_at > self._issued_until:
            self._issued_until = issued_at

    def restore(self, number: int, segment: OutcomeSegment | None) -> None:
        """Take over a segment from the state topic, or (null) its deletion."""
        self._next_segment = max(self._next_segment, number + 1)
        if segment is None:
            return
        self.low_watermark = max(self.low_watermark, segment.low_watermark)
        keys = tuple(_compact(outcome.command_id) for outcome in segment.outcomes)
        self._by_id.update(zip(keys, segment.outcomes, strict=True))
        self._segments.append((number, segment.newest_at, segment.issued_until, keys))

    def close_segment(self, now: int, read_up_to: int) -> Iterable[tuple[bytes, OutcomeSegment | None]]:
        """The segments of this transaction, and deletions of segments that are too old or too many.

        Their age counts from the time up to which commands were read: those that wait since an outage of days are
        still to be told from repetitions.
        """
        oldest, forgotten = read_up_to - OUTCOMES_KEPT_MS - CLOCK_AHEAD_MAX_MS, False
        while self._segments and (self._segments[0][1] < oldest or len(self._by_id) > self._most):
            number, _, issued_until, keys = self._segments.popleft()
            for key in keys:
                self._by_id.pop(key, None)
            self.low_watermark, forgotten = max(self.low_watermark, issued_until), True
            yield segment_key(number), None
        if self._fresh or forgotten:  # an empty segment is worth its record: it says what is forgotten
            issued_until = self._issued_until if self._fresh else self.low_watermark
            for outcomes in _pages_of(self._fresh):
                number, self._next_segment = self._next_segment, self._next_segment + 1
                self._segments.append((number, now, issued_until, tuple(key for key, _ in outcomes)))
                decided = tuple(each for _, each in outcomes)
                segment = OutcomeSegment(
                    newest_at=now, outcomes=decided, low_watermark=self.low_watermark, issued_until=issued_until
                )
                yield segment_key(number), segment
            self._fresh, self._issued_until = [], 0


def _pages_of(fresh: list[tuple[bytes, Outcome]]) -> Iterable[list[tuple[bytes, Outcome]]]:
    """Split so that no segment outgrows a record, however many commands waited and however long their replies are."""
    segment: list[tuple[bytes, Outcome]] = []
    size = 0
    for each in fresh:
        size += OUTCOME_BYTES + len(each[1].reply)
        if segment and size > SEGMENT_BYTES_MAX:
            yield segment
            segment, size = [], OUTCOME_BYTES + len(each[1].reply)
        segment.append(each)
    yield segment


def segment_key(number: int) -> bytes:
    """The key of an outcome segment on the state topic."""
    return SEGMENT_PREFIX + b"%012d" % number


def part_key(key: str, name: str) -> bytes:
    """The key of a part of a row on the state topic."""
    assert key, "the engine's own records have no row before their zero byte"
    return key.encode() + PART_SIGN + name.encode()


def _compact(command_id: str) -> bytes:
    # Half the memory of the text; ids are UUIDs (Envelope.of_command checks their length).
    return bytes.fromhex(command_id.replace("-", ""))


class Table:
    """One partition of one room."""

    def __init__(self, decider: Decider[Any, Any, Any], codec: Codec, partition: int) -> None:
        self.decider, self.room, self.codec, self.partition = decider, decider.room, codec, partition
        self.rows: dict[str, Row] = {}
        self.outcomes = Outcomes()
        self.ended, self.parked = EndedKeys(), Parked()
        self.position = 0  # offset of the next command
        self.caught_up_at = 0  # what waited when the table was loaded ends at this offset
        self.read_up_to = 0  # the broker's time of the newest command taken here
        self.halted: str | None = None  # why this partition has stopped
        self.halted_at: int | None = None  # the offset of the command that stopped it; none when it was a timer
        self.bug: Exception | None = None
        self._timers: list[tuple[int, str]] = []
        self._touched: dict[str, dict[str, None]] = {}  # rows that are to be written, with the names of such parts
        self._raw_parts: dict[str, dict[str, bytes]] = {}  # by row and name, until the row is first needed

    @property
    def tp(self) -> tuple[str, int]:
        """Room and partition."""
        return self.room.name, self.partition

    def halt(self, reason: str, bug: Exception | None = None, *, offset: int | None) -> None:
        """Decide nothing more here until somebody has mended the code and restarted the worker."""
        self.halted, self.bug, self.halted_at = reason, bug, offset

    @property
    def caught_up(self) -> bool:
        """Whether the commands that waited when it was loaded are decided: until then no wall clock counts here."""
        return self.position >= self.caught_up_at

    # --- rows ---

    def row(self, key: str) -> Row:
        """The row of a key; a new one, not yet kept, when there is none.

        Raises DecodeError, or whatever the room's code does, when the row cannot be understood.
        """
        row = self.rows.get(key)
        if row is None:
            return Row(state=self.decider.initial)
        if row.state is None:
            head = self.codec.decode(row.raw)
            parts = {name: self.codec.decode(raw) for name, raw in self._raw_parts.get(key, {}).items()}
            row.state, row.raw = self.decider.parts.whole(head, parts) if self.decider.parts else head, None
            self._raw_parts.pop(key, None)
        return row

    def put(self, key: str, row: Row, parts: Iterable[str] = ()) -> None:
        """Keep a row that a decision changed, these parts of it; written, and its timer set, with the transaction."""
        self.rows[key] = row
        touched = self._touched.setdefault(key, {})
        for name in parts:
            touched[name] = None

    def must_be_recalled(self, key: str) -> bool:
        """Whether a key's aggregate ended, and is to be read back before anything is decided on it."""
        return key in self.parked or (self.room.recalls and key not in self.rows and key in self.ended)

    def forget(self, key: str) -> None:
        """Drop a finished row; tombstones of it and of its parts are written when the transaction ends."""
        row, raw = self.rows.pop(key), self._raw_parts.pop(key, {})
        names = raw if row.state is None or self.decider.parts is None else self.decider.parts.of(row.state)
        self._touched.setdefault(key, {}).update(dict.fromkeys(names))

    def restore(self, key: bytes, value: bytes | None, version: int, due: int | None) -> None:
        """Take over one record of the state topic."""
        if PART_SIGN not in key:  # nearly all are rows, and whole
            if value is None:
                self.rows.pop(key.decode(), None)
            else:
                self.rows[key.decode()] = Row(raw=value, version=version, due=due)
            return
        if key.startswith(SEGMENT_PREFIX):
            segment = None if value is None else self.codec.decode(value)
            assert segment is None or isinstance(segment, OutcomeSegment)
            self.outcomes.restore(int(key[len(SEGMENT_PREFIX) :]), segment)
            return
        if key.startswith(ENDED_PREFIX):
            self.ended.restore(int(key[len(ENDED_PREFIX) :]), self.codec.decode(value))
            return
        if key.startswith(PARKED_PREFIX):
            self._restore_parked(int(key[len(PARKED_PREFIX) :]), value)
            return
        row, _, part = key.partition(PART_SIGN)
        self._restore_part(row.decode(), part.decode(), value)

    def _restore_part(self, key: str, name: str, value: bytes | None) -> None:
        # A compacted log has a part before or after its row: they are put together when the row is needed.
        if value is not None:
            self._raw_parts.setdefault(key, {})[name] = value
        elif key in self._raw_parts:
            self._raw_parts[key].pop(name, None)
            if not self._raw_parts[key]:
                del self._raw_parts[key]

    def _restore_parked(self, number: int, value: bytes | None) -> None:
        parked = None if value is None else self.codec.decode(value)
        if parked is None:
            self.parked.restore(number, None)
        else:
            assert isinstance(parked, ParkedCommand)
            command = self.codec.decode(parked.command)
            self.parked.restore(number, WaitingCommand(number, parked.key, command, parked.envelope))

    def restored(self) -> None:
        """All records are in: set the timers."""
        lost = self._raw_parts.keys() - self.rows.keys()
        assert not lost, f"parts of rows that are not there: {sorted(lost)[:3]}"
        self._set_timers_anew()

    # --- timers ---

    def next_timer_at(self) -> int | None:
        """When the next timer is due."""
        while self._timers:
            at, key = self._timers[0]
            row = self.rows.get(key)
            if row is None or row.timer != at:
                heapq.heappop(self._timers)  # forgotten, or its timer ran earlier
            elif row.due == at:
                return at
            elif row.due is None:
                heapq.heappop(self._timers)
                row.timer = None
            else:  # it has moved on since
                heapq.heapreplace(self._timers, (row.due, key))
                row.timer = row.due
        return None

    def pop_timer(self, until: int) -> tuple[int, str] | None:
        """The next row to look at, if its time is at or before `until`. It has no timer then."""
        due = self.next_timer_at()
        if due is None or due > until:
            return None
        _, key = heapq.heappop(self._timers)
        self.rows[key].due = self.rows[key].timer = None
        return due, key

    def timer_at(self, row: Row) -> int | None:
        """When the timer of a row is due, or it may be forgotten, whichever comes first."""
        times = [
            at for at in (self.decider.next_timer_at(row.state), self.decider.expires_at(row.state)) if at is not None
        ]
        return min(times, default=None)

    def set_timer(self, key: str, row: Row, due: int | None) -> None:
        """Note when a row is to be looked at again.

        One that moves on keeps its entry, which is moved when it comes up: a cart that is touched a thousand times a
        day has one. Only a time that comes nearer needs a new entry.
        """
        row.due = due
        if due is None or (row.timer is not None and row.timer <= due):
            return
        row.timer = due
        heapq.heappush(self._timers, (due, key))
        if len(self._timers) > 2 * len(self.rows) + TIMERS_SPARE:
            self._set_timers_anew()

    def _set_timers_anew(self) -> None:
        self._timers = []
        for key, row in self.rows.items():
            row.timer = row.due
            if row.due is not None:
                self._timers.append((row.due, key))
        heapq.heapify(self._timers)

    # --- the end of a transaction ---

    def changes(self, now: int) -> Iterable[StateRecord]:
        """What the state topic must be told: each changed row and part once, however many commands changed it, and
        the segment."""
        for key, names in self._touched.items():
            row = self.rows.get(key)
            if row is None:
                yield key.encode(), None, 0, None
            else:
                self._time(key, row)
                head = self.codec.encode(self.head(row.state))
                row.size = len(head)
                yield key.encode(), head, row.version, row.due
            if names:
                yield from self._changed_parts(key, row, names)
        self._touched = {}
        segments = self.outcomes.close_segment(now, now if self.caught_up else self.read_up_to)
        for segment, record in chain(self.ended.changes(), self.parked.changes(), segments):
            yield segment, None if record is None else self.codec.encode(record), 0, None

    def head(self, state: Any) -> Any:
        """The record of a row itself, without what is in its parts."""
        return self.decider.parts.head(state) if self.decider.parts else state

    def parts(self, state: Any, names: Collection[str]) -> list[Record | None]:
        """The records of these parts of a row; None for one that is gone."""
        of_row = self.decider.parts.of(state) if self.decider.parts else {}
        return [of_row.get(name) for name in names]

    def _changed_parts(self, key: str, row: Row | None, names: Collection[str]) -> Iterable[StateRecord]:
        version = 0 if row is None else row.version
        parts = [None] * len(names) if row is None else self.parts(row.state, names)
        for name, part in zip(names, parts, strict=True):
            yield part_key(key, name), None if part is None else self.codec.encode(part), version, None

    def _time(self, key: str, row: Row) -> None:
        try:
            due = self.timer_at(row)
        except Exception as bug:  # noqa: BLE001 - a room's code may fail in any way
            # What was decided stands. Its timer runs once the code is mended, which says then when that really is.
            self.halt(f"when {key} is due: {bug!r}", bug, offset=None)
            due = 0
        self.set_timer(key, row, due)
