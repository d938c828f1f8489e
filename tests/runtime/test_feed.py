"""Faust as the consumer, on a real broker: one that is sent back reads everything again."""

from __future__ import annotations

import asyncio
import uuid

from connectors.kafka.client import producer, topic_name
from process.settings import Settings
from schemas.topics import PARTITIONS
from streams.runtime.deciding import TablePartition
from streams.runtime.feed import FETCH_RECORDS_MAX, Feed
from streams.runtime.fetching import Fetch
from tests.waiting import async_eventually

PLACE = PARTITIONS - 1
RECORDS = 5 * FETCH_RECORDS_MAX  # more than is fetched at once, so that later fetches are under way


class Loses:
    """A worker whose first fetch is lost on its way; it has the consumer sent back."""

    def __init__(self, settings: Settings) -> None:
        self.topic = topic_name(settings, "inventory.commands")
        self.feed = Feed(settings, topic_name(settings, uuid.uuid4().hex), "0", {self.topic: "inventory"}, self)
        self.firsts: list[int] = []
        self.position = 0

    async def take(self, fetch: Fetch) -> None:
        if fetch.partition != PLACE:
            return
        self.firsts.append(fetch.records[0].offset)
        if self.firsts == [0]:
            return
        if fetch.records[0].offset > self.position:
            await self.feed.seek(self.topic, PLACE, self.position)
        else:
            self.position = max(self.position, fetch.records[-1].offset + 1)

    async def assigned(self, places: set[TablePartition]) -> None: ...

    async def revoked(self) -> None: ...

    async def stopping(self) -> None: ...

    async def beat(self) -> None: ...


def test_a_consumer_that_is_sent_back_with_much_waiting_reads_it_again(settings: Settings) -> None:
    """Faust notes what it read when a fetch is handed over, and drops what ends before: also after a seek back."""
    out = producer(settings)
    for number in range(RECORDS):
        out.produce(topic_name(settings, "inventory.commands"), str(number), partition=PLACE)
    assert out.flush(30) == 0

    async def story() -> list[int]:
        reader = Loses(settings)
        await reader.feed.app.start()
        try:
            await async_eventually(lambda: asyncio.sleep(0, reader.position == RECORDS))
        finally:
            await reader.feed.app.stop()
        return reader.firsts

    assert asyncio.run(story()).count(0) == 2
