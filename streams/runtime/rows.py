"""What one partition of one room knows: its rows, what became of each command id, and when to wake whom.

Kept in memory, rebuilt from the room's state topic. Nothing here does IO or reads a clock.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from typing import Any

from schemas.codec import Codec
from schemas.outcomes import Outcome, OutcomePage
from streams.runtime.decider import Decider

OUTCOMES_KEPT_MS = 24 * 3_600_000  # how long a command id is remembered, by the broker's clock
CLOCK_AHEAD_MAX_MS = 300_000  # how far a sender's clock may be ahead of the broker's
PAGE_BYTES_MAX = 256 * 1024  # well below what the broker takes in one record (1 MB)
OUTCOME_BYTES = 50  # of an outcome without its reply
OUTCOMES_MAX = 1_000_000  # per partition; about 150 MB
PAGE_PREFIX = b"\x00outcomes/"  # no aggregate's key begins with a zero byte

StateRecord = tuple[bytes, bytes | None, int, int | None]  # key, value or tombstone, version, due


class Row:
    """One aggregate: its state (decoded when first needed), its event sequence, and when it wants to be woken."""

    __slots__ = ("due", "raw", "state", "version")

    def __init__(
        self, *, state: Any = None, raw: bytes | None = None, version: int = 0, due: int | None = None
    ) -> None:
        self.state, self.raw, self.version, self.due = state, raw, version, due


class Outcomes:
    """Command ids seen, with their first outcome; forgotten a page at a time, oldest first, `most` at a time kept."""

    def __init__(self, most: int = OUTCOMES_MAX) -> None:
        self._most = most
        self._by_id: dict[bytes, Outcome] = {}
        self._pages: deque[tuple[int, int, int, tuple[bytes, ...]]] = deque()  # number, newest_at, said_until, ids
        self._fresh: list[tuple[bytes, Outcome]] = []
        self._said_until = 0  # the latest of the fresh ones
        self._next_page = 0
        self.horizon = 0  # a command said until then can no longer be told from a repetition

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, command_id: str) -> Outcome | None:
        """The first outcome of a command id, if it is remembered."""
        return self._by_id.get(_compact(command_id))

    def add(self, outcome: Outcome, said_at: int) -> None:
        """Remember the outcome of a command said then; it goes on the page of the transaction that is open."""
        key = _compact(outcome.command_id)
        assert key not in self._by_id, "a command id is decided once"
        self._by_id[key] = outcome
        self._fresh.append((key, outcome))
        if said_at > self._said_until:
            self._said_until = said_at

    def restore(self, number: int, page: OutcomePage | None) -> None:
        """Take over a page from the state topic, or (null) its deletion."""
        self._next_page = max(self._next_page, number + 1)
        if page is None:
            return
        self.horizon = max(self.horizon, page.horizon)
        keys = tuple(_compact(outcome.command_id) for outcome in page.outcomes)
        self._by_id.update(zip(keys, page.outcomes, strict=True))
        said_until = page.said_until or page.newest_at + CLOCK_AHEAD_MAX_MS  # a page of before there was said_until
        self._pages.append((number, page.newest_at, said_until, keys))

    def turn_page(self, now: int, read_up_to: int) -> Iterable[tuple[bytes, OutcomePage | None]]:
        """The pages of this transaction, and deletions of pages that are too old or too many.

        Their age counts from the time up to which commands were read: those that wait since an outage of days are
        still to be told from repetitions.
        """
        oldest, forgotten = read_up_to - OUTCOMES_KEPT_MS - CLOCK_AHEAD_MAX_MS, False
        while self._pages and (self._pages[0][1] < oldest or len(self._by_id) > self._most):
            number, _, said_until, keys = self._pages.popleft()
            for key in keys:
                self._by_id.pop(key, None)
            self.horizon, forgotten = max(self.horizon, said_until), True
            yield page_key(number), None
        if self._fresh or forgotten:  # an empty page is worth its record: it says what is forgotten
            said_until = self._said_until if self._fresh else self.horizon
            for outcomes in _pages_of(self._fresh):
                number, self._next_page = self._next_page, self._next_page + 1
                self._pages.append((number, now, said_until, tuple(key for key, _ in outcomes)))
                told = tuple(each for _, each in outcomes)
                page = OutcomePage(newest_at=now, outcomes=told, horizon=self.horizon, said_until=said_until)
                yield page_key(number), page
            self._fresh, self._said_until = [], 0


def _pages_of(fresh: list[tuple[bytes, Outcome]]) -> Iterable[list[tuple[bytes, Outcome]]]:
    """Split so that no page outgrows a record, however many commands waited and however long their replies are."""
    page: list[tuple[bytes, Outcome]] = []
    size = 0
    for each in fresh:
        size += OUTCOME_BYTES + len(each[1].reply)
        if page and size > PAGE_BYTES_MAX:
            yield page
            page, size = [], OUTCOME_BYTES + len(each[1].reply)
        page.append(each)
    yield page


def page_key(number: int) -> bytes:
    """The key of an outcome page on the state topic."""
    return PAGE_PREFIX + b"%012d" % number


def _compact(command_id: str) -> bytes:
    # Half the memory of the text; ids are UUIDs (Envelope.of_command checks their length).
    return bytes.fromhex(command_id.replace("-", ""))


class Table:
    """One partition of one room."""

    def __init__(self, decider: Decider[Any, Any, Any], codec: Codec, partition: int) -> None:
        self.decider, self.room, self.codec, self.partition = decider, decider.room, codec, partition
        self.rows: dict[str, Row] = {}
        self.outcomes = Outcomes()
        self.position = 0  # offset of the next command
        self.caught_up_at = 0  # what waited when the table was loaded ends at this offset
        self.read_up_to = 0  # the broker's time of the newest command taken here
        self.halted: str | None = None  # why this partition has stopped
        self.halted_at: int | None = None  # the offset of the command that stopped it; none when it was a timer
        self.bug: Exception | None = None
        self._timers: list[tuple[int, str]] = []
        self._touched: dict[str, None] = {}

    def halt(self, reason: str, bug: Exception | None = None, *, offset: int | None) -> None:
        """Decide nothing more here until somebody has mended the code and restarted the worker."""
        self.halted, self.bug, self.halted_at = reason, bug, offset

    @property
    def caught_up(self) -> bool:
        """Whether the commands that waited when it was loaded are decided: until then no wall clock counts here."""
        return self.position >= self.caught_up_at

    # --- rows ---

    def row(self, key: str) -> Row:
        """The row of a key; a new one, not yet kept, when there is none."""
        row = self.rows.get(key)
        if row is None:
            return Row(state=self.decider.initial)
        if row.state is None:
            row.state, row.raw = self.codec.decode(row.raw), None
        return row

    def put(self, key: str, row: Row) -> None:
        """Keep a row that a decision changed; it is written, and its timer set, when the transaction ends."""
        self.rows[key] = row
        self._touched[key] = None

    def forget(self, key: str) -> None:
        """Drop a finished row; a tombstone is written when the transaction ends."""
        del self.rows[key]
        self._touched[key] = None

    def restore(self, key: bytes, value: bytes | None, version: int, due: int | None) -> None:
        """Take over one record of the state topic."""
        if key.startswith(PAGE_PREFIX):
            page = None if value is None else self.codec.decode(value)
            assert page is None or isinstance(page, OutcomePage)
            self.outcomes.restore(int(key[len(PAGE_PREFIX) :]), page)
        elif value is None:
            self.rows.pop(key.decode(), None)
        else:
            self.rows[key.decode()] = Row(raw=value, version=version, due=due)

    def restored(self) -> None:
        """All records are in: set the timers."""
        self._timers = [(row.due, key) for key, row in self.rows.items() if row.due is not None]
        heapq.heapify(self._timers)

    # --- timers ---

    def next_due(self) -> int | None:
        """When the next row wants to be woken."""
        while self._timers:
            due, key = self._timers[0]
            row = self.rows.get(key)
            if row is not None and row.due == due:
                return due
            heapq.heappop(self._timers)  # the row has changed its mind since
        return None

    def pop_due(self, until: int) -> tuple[int, str] | None:
        """The next row to look at, if its time is at or before `until`. It has no timer then."""
        due = self.next_due()
        if due is None or due > until:
            return None
        _, key = heapq.heappop(self._timers)
        self.rows[key].due = None
        return due, key

    def wakes_at(self, row: Row) -> int | None:
        """When a row wants to be woken, or may be forgotten, whichever comes first."""
        times = [at for at in (self.decider.due(row.state), self.decider.ends_at(row.state)) if at is not None]
        return min(times, default=None)

    def set_timer(self, key: str, row: Row, due: int | None) -> None:
        """Note when a row is to be looked at again."""
        if due != row.due:
            row.due = due
            if due is not None:
                heapq.heappush(self._timers, (due, key))

    # --- the end of a transaction ---

    def changes(self, now: int) -> Iterable[StateRecord]:
        """What the state topic must be told: each changed row once, however many commands changed it, and the page."""
        for key in self._touched:
            row = self.rows.get(key)
            if row is None:
                yield key.encode(), None, 0, None
            else:
                self._time(key, row)
                yield key.encode(), self.codec.encode(row.state), row.version, row.due
        self._touched = {}
        for page, record in self.outcomes.turn_page(now, now if self.caught_up else self.read_up_to):
            yield page, None if record is None else self.codec.encode(record), 0, None

    def _time(self, key: str, row: Row) -> None:
        try:
            due = self.wakes_at(row)
        except Exception as bug:  # noqa: BLE001 - a room's code may fail in any way
            # What was decided stands. It is woken once the code is mended, which says then when it really is due.
            self.halt(f"when {key} is due: {bug!r}", bug, offset=None)
            due = 0
        self.set_timer(key, row, due)
