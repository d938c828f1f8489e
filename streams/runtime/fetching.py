"""What was fetched must follow a table's position without a gap. Where it does not, the consumer is sent back.

A rebalance drops fetches that were under way. The consumer is ahead then, and the next records, or none at all,
would come from behind what was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from connectors.kafka.client import topic_name
from process.settings import Settings
from streams.runtime.deciding import TablePartition
from streams.runtime.records import Fetched
from streams.runtime.rows import Table

LOG = structlog.get_logger()

BEATS_TO_COME = 2  # after which commands that wait are sought, and again after so many more
MISSED_BEATS_MAX = 20

Skipped = Callable[[str, int, int, int], Awaitable[int]]  # topic, partition, first, last: how many commands are there


@dataclass(frozen=True, slots=True)
class Fetch:
    """Records of one partition that were fetched together."""

    room: str
    partition: int
    generation: int
    records: Sequence[Fetched]
    after_gap: bool  # a fetch before it was dropped
    seeks: int = 0  # how often the consumer had been sent back when the fetch began

    @property
    def tp(self) -> TablePartition:
        """Whose records these are."""
        return self.room, self.partition


class Source(Protocol):
    """What brings the fetches (feed.py)."""

    async def seek(self, topic: str, partition: int, offset: int) -> int:
        """Send the consumer to an offset. Returns the count of seeks that fetches begun from now on bear."""

    async def position(self, topic: str, partition: int) -> int:
        """The offset that the consumer fetches next."""

    def stable_end(self, topic: str, partition: int) -> int:
        """The offset before which every transaction has ended."""


class NotBrought(Exception):
    """The consumer does not bring commands that wait in the log, though it was sent back to them again and again."""


class Fetching:
    """The partitions of one epoch as its consumer reads them."""

    def __init__(self, settings: Settings, source: Source, skipped: Skipped) -> None:
        self._settings, self._source, self._skipped = settings, source, skipped
        self._joined: set[TablePartition] = set()
        self._gaps: dict[TablePartition, tuple[int, int]] = {}  # position, and what lies beyond commands not fetched
        self._seeks: dict[TablePartition, int] = {}
        self._in_hand: Counter[TablePartition] = Counter()
        self._missed: dict[TablePartition, tuple[int, int]] = {}  # at which position, for how many beats
        self._only_markers: dict[TablePartition, tuple[int, int]] = {}  # from where, to where
        self._ended = False

    def end(self) -> None:
        """The partitions are no longer ours."""
        self._ended = True

    async def begin(self, table: Table) -> None:
        """Read a partition from its table's position on, whatever was fetched while it was loaded.

        Faust does so only where a position is committed, and what it fetched of others before may be lost by then.
        """
        topic = self._topic(table)
        self._seeks[table.tp] = await self._source.seek(topic, table.partition, table.position)

    async def again(self, table: Table) -> None:
        """Send the consumer back to a table's position; what comes twice is not taken twice."""
        self._joined.discard(table.tp)
        LOG.warning("fetching_again", room=table.room.name, partition=table.partition, position=table.position)
        await self.begin(table)

    async def joins(self, table: Table, fetch: Fetch) -> bool:
        """Whether a partition's first fetch, or one after a dropped one, joins its position: markers only lie between.

        Else the consumer is sent back, once: another seek would drop the right fetch, if that is already under way.
        """
        if fetch.tp in self._joined and not fetch.after_gap:
            return True
        if await self._beyond_a_gap(table, fetch.records[0].offset):
            if fetch.seeks >= self._seeks.get(fetch.tp, 0):
                await self.again(table)
            return False
        self._joined.add(fetch.tp)
        return True

    async def lost(self, table: Table, ahead: int) -> int:
        """How many commands lie between a table's position and an offset further on."""
        return await self._skipped(self._topic(table), table.partition, table.position, ahead)

    async def look_for_lost(self, table: Table, *, full: bool) -> None:
        """Called every second: a fetch that never reached us leaves commands behind that nothing brings.

        The consumer is sent back to them, also while other partitions are busy: in a shop that is open, one of them
        always is. `full`: the consumer waits for us. Raises NotBrought when that does not help.
        """
        topic, tp = self._topic(table), table.tp
        ahead = max(
            await self._source.position(topic, table.partition), self._source.stable_end(topic, table.partition)
        )
        if self._ended:
            return  # its partitions were taken away while the consumer was asked
        only_markers = self._only_markers.get(tp) == (table.position, ahead)
        if full or self._in_hand[tp] > 0 or table.halted or ahead <= table.position or only_markers:
            self._missed.pop(tp, None)
            return
        since, beats = self._missed.get(tp, (-1, 0))
        beats = beats + 1 if since == table.position else 1
        self._missed[tp] = (table.position, beats)
        if beats == 1:
            return  # it may be between the consumer and us
        if not await self.lost(table, ahead):
            self._only_markers[tp] = (table.position, ahead)
        elif beats > MISSED_BEATS_MAX:
            raise NotBrought(f"{topic}[{table.partition}] from offset {table.position}")
        elif not self._ended and beats % BEATS_TO_COME == 0:
            await self.again(table)

    def took(self, fetch: Fetch) -> None:
        """A fetch has come in."""
        self._in_hand[fetch.tp] += 1

    def did(self, fetch: Fetch) -> None:
        """A fetch has been decided upon."""
        self._in_hand[fetch.tp] -= 1

    def _topic(self, table: Table) -> str:
        return topic_name(self._settings, table.room.topic("commands"))

    async def _beyond_a_gap(self, table: Table, first: int) -> bool:
        position, beyond = self._gaps.get(table.tp, (-1, -1))
        if position == table.position and beyond <= first:
            return True
        found = first > table.position and await self.lost(table, first) > 0
        if found:
            self._gaps[table.tp] = (table.position, first)
        return found
