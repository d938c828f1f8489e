"""An epoch on a real broker: what a replaced worker decides is kept by nobody, and a gap before a fetch is fetched."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pytest
from confluent_kafka import Consumer
from prometheus_client import REGISTRY

from connectors.kafka.client import log_end, producer, topic_name
from connectors.kafka.log_identity import required
from process.settings import Settings
from schemas.envelope import begin, derive_id
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.runtime.epoch import Epoch
from streams.runtime.feed import Fence
from streams.runtime.fetching import Fetch
from streams.runtime.loading import load, skipped_records
from streams.runtime.records import RECORD_BYTES_MAX
from streams.runtime.rows import Table
from streams.runtime.transactions import CommitRefused, transactional_producers
from tests.runtime.simulated import CODEC, Logged, SentBack
from tests.waiting import async_eventually

GROUP = "deciders"
KEY = "VASE@warehouse"
PLACE = partition_of(KEY, PARTITIONS)


@dataclass
class Seen(SentBack):
    """What the epoch told its worker, and where it sent the consumer."""

    failures: list[BaseException] = field(default_factory=list)

    def fetch(
        self, records: list[Logged], generation: int, *, after_gap: bool = False, seeks: int | None = None
    ) -> Fetch:
        return Fetch(
            room="inventory",
            partition=PLACE,
            generation=generation,
            records=records,
            after_gap=after_gap,
            seeks=len(self.seeks) if seeks is None else seeks,
        )


def fence_of(settings: Settings, member: Consumer) -> Fence:
    generation = struct.unpack("<i", bytes(member.consumer_group_metadata())[7:11])[0]
    return Fence(group=f"{settings.topic_prefix}{GROUP}", member=member.memberid(), generation=generation)


def position(settings: Settings) -> int:
    """As it was committed."""
    return load(settings, required(settings), GROUP, INVENTORY, CODEC, PLACE).position


def epoch(
    settings: Settings, fence: Fence, seen: Seen, kept: Mapping[tuple[str, int], Table] = MappingProxyType({})
) -> Epoch:
    producers = transactional_producers(settings, "epoch-0")
    deciders = {"inventory": INVENTORY}
    places = {("inventory", PLACE)}
    return Epoch(
        settings,
        required(settings),
        deciders,
        CODEC,
        fence,
        GROUP,
        places,
        producers,
        seen.failures.append,
        seen,
        kept=kept,
        local=True,
    )


def received(offset: int, quantity: int = 5) -> Logged:
    now = time.time_ns() // 1_000_000
    envelope = begin(command_id=derive_id("epoch", str(offset)), occurred_at=now, actor="guest", channel="web")
    command = ReceiveStock(sku="VASE", location="warehouse", quantity=quantity)
    return Logged(offset, now, KEY.encode(), CODEC.encode(command), envelope.headers())


def publish(settings: Settings, records: list[Logged]) -> None:
    out = producer(settings)
    for record in records:
        out.produce(topic_name(settings, "inventory.commands"), record.value, record.key, PLACE, headers=record.headers)
    assert out.flush(10) == 0


def on_hand(settings: Settings) -> int:
    return int(load(settings, required(settings), GROUP, INVENTORY, CODEC, PLACE).row(KEY).state.on_hand)


def events(settings: Settings) -> int:
    topic = topic_name(settings, "inventory.events")
    return skipped_records(settings, "reader", topic, PLACE, 0, log_end(settings, topic, PLACE))


def test_what_the_member_of_this_generation_decides_is_kept_whole(settings: Settings, member: Consumer) -> None:
    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        current = epoch(settings, fence, seen)
        current.start()
        await current.accept(seen.fetch([received(0), received(1)], fence.generation))
        await async_eventually(lambda: asyncio.to_thread(lambda: position(settings) == 2))
        await current.stop()
        assert seen.failures == []
        assert seen.seeks == [(topic_name(settings, "inventory.commands"), PLACE, 0)], "at the beginning, and no more"

    asyncio.run(story())
    assert (on_hand(settings), events(settings)) == (10, 2)
    assert position(settings) == 2


@pytest.mark.parametrize("replaced", ["it is of another generation", "its membership is over"])
def test_what_a_replaced_worker_decides_is_kept_by_nobody(settings: Settings, member: Consumer, replaced: str) -> None:
    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        old = (
            replace(fence, generation=fence.generation + 1) if "generation" in replaced else replace(fence, member="x")
        )
        paused = epoch(settings, old, seen)
        paused.start()
        await paused.accept(seen.fetch([received(0)], old.generation))
        await async_eventually(lambda: asyncio.sleep(0, bool(seen.failures)))
        await paused.stop()
        assert isinstance(seen.failures[0], CommitRefused)
        assert paused.tables["inventory", PLACE].position == 1 and not paused.sound_tables(), "decided, not committed"

    asyncio.run(story())
    assert (on_hand(settings), events(settings)) == (0, 0)
    assert position(settings) == 0


def test_a_table_whose_partition_stays_is_not_read_again(settings: Settings, member: Consumer) -> None:
    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        first = epoch(settings, fence, seen)
        first.start()
        await first.accept(seen.fetch([received(0)], fence.generation))
        await async_eventually(lambda: asyncio.to_thread(lambda: position(settings) == 1))
        await first.stop()
        [table] = first.sound_tables().values()

        second = epoch(settings, fence, seen, first.sound_tables())
        second.start()
        await async_eventually(lambda: asyncio.sleep(0, second.idle))
        assert second.tables["inventory", PLACE] is table
        await second.accept(seen.fetch([received(0), received(1)], fence.generation))
        await async_eventually(lambda: asyncio.to_thread(lambda: position(settings) == 2))
        await second.stop()

        # The group says that somebody has decided meanwhile: what was kept is of no use.
        table.position = 1
        third = epoch(settings, fence, seen, {("inventory", PLACE): table})
        third.start()
        await async_eventually(lambda: asyncio.sleep(0, third.idle))
        assert third.tables["inventory", PLACE] is not table
        await third.stop()
        assert seen.failures == []

    asyncio.run(story())
    assert (on_hand(settings), events(settings)) == (10, 2)


def test_a_fetch_that_does_not_join_the_position_sends_the_consumer_back(settings: Settings, member: Consumer) -> None:
    publish(settings, [received(offset) for offset in range(5)])  # a rebalance dropped the fetch of the first two

    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        current = epoch(settings, fence, seen)
        current.start()
        await async_eventually(lambda: asyncio.sleep(0, len(seen.seeks) == 1))  # to where it begins
        await current.accept(seen.fetch([received(2)], fence.generation))
        await async_eventually(lambda: asyncio.sleep(0, len(seen.seeks) == 2))
        assert seen.seeks[1] == (topic_name(settings, "inventory.commands"), PLACE, 0)
        # What was under way when it was sent back does not send it back again: that would drop the right fetch.
        await current.accept(seen.fetch([received(3)], fence.generation, seeks=1))
        await current.accept(seen.fetch([received(0), received(1), received(2)], fence.generation))
        await async_eventually(lambda: asyncio.sleep(0, current.tables["inventory", PLACE].position == 3))
        assert len(seen.seeks) == 2
        # Later, too, once a fetch was dropped; what comes twice is not taken twice.
        await current.accept(seen.fetch([received(4)], fence.generation, after_gap=True))
        await async_eventually(lambda: asyncio.sleep(0, len(seen.seeks) == 3))
        assert seen.seeks[2] == (topic_name(settings, "inventory.commands"), PLACE, 3)
        await current.accept(seen.fetch([received(2), received(3), received(4)], fence.generation))
        await async_eventually(lambda: asyncio.sleep(0, current.tables["inventory", PLACE].position == 5))
        await async_eventually(lambda: asyncio.sleep(0, not current.busy))
        await current.stop()
        assert seen.failures == []

    asyncio.run(story())
    assert (on_hand(settings), events(settings)) == (25, 5)


def test_a_partition_that_a_timer_halts_says_so(settings: Settings, member: Consumer) -> None:
    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        stuck = epoch(settings, fence, seen)
        stuck.deciders = {
            "inventory": replace(INVENTORY, next_timer_at=lambda _state: 1)
        }  # a timer that never moves on
        stuck.start()
        await stuck.accept(seen.fetch([received(0)], fence.generation))
        await async_eventually(lambda: asyncio.sleep(0, bool(halted())))
        await stuck.stop()
        assert seen.failures == []

    def halted() -> float | None:
        return REGISTRY.get_sample_value("bloomfield_partition_halted", {"room": "inventory", "partition": str(PLACE)})

    asyncio.run(story())


def test_the_largest_records_that_may_come_and_be_written_are_taken_by_the_broker(
    settings: Settings, member: Consumer
) -> None:
    now = time.time_ns() // 1_000_000
    command = ReceiveStock(sku="VASE", location="warehouse", quantity=5, reference="x" * (RECORD_BYTES_MAX - 100))
    envelope = begin(command_id=derive_id("epoch", "long"), occurred_at=now, actor="guest", channel="web")
    garbage = Logged(0, now, KEY.encode(), b"x" * 1_048_400, [])  # as much as a broker takes
    long = Logged(1, now, KEY.encode(), CODEC.encode(command), envelope.headers())

    async def story() -> None:
        seen, fence = Seen(), fence_of(settings, member)
        publish(settings, [garbage, long])
        running = epoch(settings, fence, seen)
        running.start()
        await running.accept(seen.fetch([garbage, long], fence.generation))
        await async_eventually(lambda: asyncio.to_thread(lambda: bool(seen.failures) or position(settings) == 2))
        await running.stop()
        assert not seen.failures

    asyncio.run(story())
    assert (on_hand(settings), events(settings)) == (5, 1)
    dead = topic_name(settings, "inventory.dead-letters")
    assert skipped_records(settings, "reader", dead, PLACE, 0, log_end(settings, dead, PLACE)) == 1
