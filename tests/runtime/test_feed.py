"""Faust as the feeder, on a real broker: a consumer that is sent back reads everything again."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from connectors.kafka import producer, topic_name
from connectors.settings import Settings
from schemas.topics import PARTITIONS
from streams.runtime import feed
from tests.waiting import async_eventually

PLACE = PARTITIONS - 1
RECORDS = 5 * feed.FETCH_RECORDS_MAX  # more than is fetched at once, so that later fetches are under way


def test_a_consumer_that_is_sent_back_with_much_waiting_reads_it_again(settings: Settings) -> None:
    """Faust notes what it read when a fetch is handed over, and drops what ends before: also after a seek back."""
    topic = topic_name(settings, "inventory.commands")
    out = producer(settings)
    for number in range(RECORDS):
        out.produce(topic, str(number), partition=PLACE)
    assert out.flush(30) == 0

    async def story() -> list[int]:
        app = feed.make_app(settings, topic_name(settings, uuid.uuid4().hex), "0")
        firsts: list[int] = []
        position = 0

        async def agent(stream: Any) -> None:
            nonlocal position
            async for event in stream.noack().events():
                records, _ = event.message.value
                firsts.append(records[0].offset)
                if firsts == [0]:
                    continue  # lost on its way, let us say
                if records[0].offset > position:
                    await feed.seek(app, topic, PLACE, position)
                else:
                    position = max(position, records[-1].offset + 1)

        app.agent(feed.commands_channel(app, settings, "inventory.commands"), name="reads")(agent)
        await app.start()
        try:
            await async_eventually(lambda: asyncio.sleep(0, position == RECORDS))
        finally:
            await app.stop()
        return firsts

    assert asyncio.run(story()).count(0) == 2
