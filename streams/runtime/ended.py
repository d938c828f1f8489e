"""What one partition knows of aggregates that ended and left memory: who they are, and which commands wait for them.

Kept in memory, rebuilt from the room's state topic (ops/decisions/0013). Nothing here does IO or reads a clock.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterator
from typing import NamedTuple

from schemas.ended import EndedSegment, ParkedCommand
from schemas.envelope import Envelope
from schemas.record import Record

ENDED_PREFIX = b"\x00ended/"  # of engine records on a state topic, as outcome segments are
PARKED_PREFIX = b"\x00parked/"
PARKED_MAX = 10_000  # commands per partition that wait; about 20 MB
FINGERPRINT_BYTES = 8
RECENT_MAX, RUN_MAX = 50_000, 500_000  # fingerprints; a run is put in order anew with each 50 000, in some 50 ms


def fingerprint(key: str) -> int:
    """What is remembered of a key. Two keys share one once in 2^64: then one more look is taken, in vain."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=FINGERPRINT_BYTES).digest(), "little")


class EndedKeys:
    """The keys that ever ended, in some 8 bytes each; what is not among them never did."""

    def __init__(self) -> None:
        self._runs: list[array[int]] = []  # each in order
        self._recent: set[int] = set()
        self._fresh: list[int] = []
        self._next_segment = 0

    def __contains__(self, key: str) -> bool:
        return self._has(fingerprint(key))

    def add(self, key: str) -> None:
        """Remember that an aggregate ended in the transaction that is open."""
        found = fingerprint(key)
        if not self._has(found):  # else it was read back once, and ends again
            self._fresh.append(found)
            self._keep([found])

    def restore(self, number: int, segment: Record) -> None:
        """Take over a segment from the state topic."""
        assert isinstance(segment, EndedSegment)
        self._next_segment = max(self._next_segment, number + 1)
        self._keep(struct.unpack(f"<{len(segment.fingerprints) // FINGERPRINT_BYTES}Q", segment.fingerprints))

    def changes(self) -> Iterator[tuple[bytes, Record]]:
        """The segment of this transaction, if there is one."""
        if self._fresh:
            fingerprints = struct.pack(f"<{len(self._fresh)}Q", *self._fresh)
            yield ENDED_PREFIX + b"%012d" % self._next_segment, EndedSegment(fingerprints=fingerprints)
            self._fresh, self._next_segment = [], self._next_segment + 1

    def _has(self, found: int) -> bool:
        return found in self._recent or any(_holds(run, found) for run in self._runs)

    def _keep(self, found: Collection[int]) -> None:
        self._recent.update(found)
        if len(self._recent) > RECENT_MAX:
            last = self._runs.pop() if self._runs and len(self._runs[-1]) < RUN_MAX else ()
            self._runs.append(array("Q", sorted((*last, *self._recent))))
            self._recent = set()


def _holds(run: array[int], found: int) -> bool:
    at = bisect_left(run, found)
    return at < len(run) and run[at] == found


class WaitingCommand(NamedTuple):
    """A command that waits, for whom, and its place in the line of all that ever waited here."""

    number: int
    key: str
    command: Record
    envelope: Envelope


class Parked:
    """Commands that wait for an aggregate to be read back, for each in the order in which they came."""

    def __init__(self, most: int = PARKED_MAX) -> None:
        self._most = most
        self._all: dict[int, WaitingCommand] = {}
        self._lines: dict[str, deque[int]] = {}  # the numbers of those that wait for a key
        self._changes: dict[int, Record | None] = {}  # of this transaction: new ones, and (null) those that are done
        self._popped: Record | None = None  # the change that popping the last one took back
        self._next = 0

    def __contains__(self, key: str) -> bool:
        return key in self._lines

    def __len__(self) -> int:
        return len(self._all)

    @property
    def keys(self) -> list[str]:
        """For whom commands wait."""
        return list(self._lines)

    @property
    def full(self) -> bool:
        """No more may wait."""
        return len(self._all) >= self._most

    def add(self, key: str, command: Record, envelope: Envelope, encoded: bytes) -> None:
        """A command waits, from the transaction on that is open."""
        self._changes[self._next] = ParkedCommand(key=key, command=encoded, envelope=envelope)
        self._enqueue(WaitingCommand(self._next, key, command, envelope))

    def pop(self, key: str) -> WaitingCommand:
        """The next command for a key, which waits no longer; KeyError when none does."""
        first = self._dequeue(self._lines[key][0])
        self._popped = self._changes.get(first.number)
        self._changes[first.number] = None
        return first

    def put_back(self, first: WaitingCommand) -> None:
        """What was popped last could not be decided: it waits on, before all others of its key."""
        del self._changes[first.number]
        if self._popped is not None:
            self._changes[first.number] = self._popped
        self._all[first.number] = first
        self._lines.setdefault(first.key, deque()).appendleft(first.number)

    def restore(self, number: int, parked: WaitingCommand | None) -> None:
        """Take over from the state topic one that waits, or (null) that it waits no longer."""
        if parked is not None:
            self._enqueue(parked)
        elif number in self._all:
            self._dequeue(number)
        self._next = max(self._next, number + 1)

    def changes(self) -> Iterator[tuple[bytes, Record | None]]:
        """The records of this transaction."""
        for number, record in self._changes.items():
            yield PARKED_PREFIX + b"%012d" % number, record
        self._changes = {}

    def _enqueue(self, waiting: WaitingCommand) -> None:
        self._all[waiting.number] = waiting
        self._lines.setdefault(waiting.key, deque()).append(waiting.number)
        self._next = waiting.number + 1

    def _dequeue(self, number: int) -> WaitingCommand:
        waiting = self._all.pop(number)
        line = self._lines[waiting.key]
        line.remove(number)
        if not line:
            del self._lines[waiting.key]
        return waiting
