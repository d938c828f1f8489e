"""What was fetched must follow a table's position without a gap. Where it does not, the consumer is sent back.

A rebalance drops fetches that were under way. The consumer is ahead then, and the next records, or none at all,
would come from behind what was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from connectors.kafka import topic_name
from connectors.settings import Settings
from streams.runtime.deciding import Fetched, TablePlace
from streams.runtime.rows import Table

LOG = structlog.get_logger()

Seek = Callable[[str, int, int], Awaitable[int]]  # topic, partition, offset; answers what later fetches bear
Skipped = Callable[[str, int, int, int], Awaitable[int]]  # topic, partition, first, last: how many commands are there


@dataclass(frozen=True, slots=True)
class Fetch:
    """Records of one partition that were fetched together."""

    room: str
    partition: int
    generation: int
    records: Sequence[Fetched]
    doubtful: bool  # a fetch before it was dropped
    seeks: int = 0  # how often the consumer had been sent back when the fetch began

    @property
    def place(self) -> TablePlace:
        """Whose records these are."""
        return self.room, self.partition


class Fetching:
    """The partitions of one epoch as its consumer reads them."""

    def __init__(self, settings: Settings, seek: Seek, skipped: Skipped) -> None:
        self._settings, self._seek, self._skipped = settings, seek, skipped
        self._joined: set[TablePlace] = set()
        self._gaps: dict[TablePlace, tuple[int, int]] = {}  # position, and what lies beyond commands not fetched
        self._seeks: dict[TablePlace, int] = {}
        self._in_hand: Counter[TablePlace] = Counter()

    async def begin(self, table: Table) -> None:
        """Read a partition from its table's position on, whatever was fetched while it was loaded.

        Faust does so only where a position is committed, and what it fetched of others before may be lost by then.
        """
        topic = topic_name(self._settings, table.room.topic("commands"))
        self._seeks[table.place] = await self._seek(topic, table.partition, table.position)

    async def again(self, table: Table) -> None:
        """Send the consumer back to a table's position; what comes twice is not taken twice."""
        self._joined.discard(table.place)
        LOG.warning("fetching_again", room=table.room.name, partition=table.partition, position=table.position)
        await self.begin(table)

    async def joins(self, table: Table, fetch: Fetch) -> bool:
        """Whether a partition's first fetch, or one after a dropped one, joins its position: markers only lie between.

        Else the consumer is sent back, once: another seek would drop the right fetch, if that is already under way.
        """
        if fetch.place in self._joined and not fetch.doubtful:
            return True
        if await self._beyond_a_gap(table, fetch.records[0].offset):
            if fetch.seeks >= self._seeks.get(fetch.place, 0):
                await self.again(table)
            return False
        self._joined.add(fetch.place)
        return True

    async def lost(self, table: Table, ahead: int) -> int:
        """How many commands lie between a table's position and an offset further on."""
        topic = topic_name(self._settings, table.room.topic("commands"))
        return await self._skipped(topic, table.partition, table.position, ahead)

    def took(self, fetch: Fetch) -> None:
        """A fetch has come in."""
        self._in_hand[fetch.place] += 1

    def did(self, fetch: Fetch) -> None:
        """A fetch has been decided upon."""
        self._in_hand[fetch.place] -= 1

    def in_hand(self, place: TablePlace) -> bool:
        """Whether fetches of this partition wait to be decided upon."""
        return self._in_hand[place] > 0

    async def _beyond_a_gap(self, table: Table, first: int) -> bool:
        position, beyond = self._gaps.get(table.place, (-1, -1))
        if position == table.position and beyond <= first:
            return True
        found = first > table.position and await self.lost(table, first) > 0
        if found:
            self._gaps[table.place] = (table.position, first)
        return found
