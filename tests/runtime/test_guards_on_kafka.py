"""Guards whose absence shows only when the network is late at one moment: here it is late at that moment, each time."""

from __future__ import annotations

import asyncio
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.client import READ_AT_ONCE, log_end, producer, topic_name
from connectors.kafka.log_identity import required
from process.settings import Settings
from schemas.envelope import begin, derive_id
from schemas.inventory.messages import ReceiveStock, StockState
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.rooms import DECIDERS
from streams.runtime.epoch import OVERLAP_MIN, Epoch
from streams.runtime.feed import Fence
from streams.runtime.fetching import Fetch
from streams.runtime.loading import load
from streams.runtime.transactions import transactional_producers
from tests.runtime.proxy import LIST_OFFSETS, OFFSET_FETCH, PRODUCE, Proxy
from tests.runtime.simulated import CODEC, Logged, SentBack
from tests.waiting import async_eventually

KEY = "VASE@warehouse"
PLACE = partition_of(KEY, PARTITIONS)
SECONDS_TO_APPEND = 1.0  # a record that nothing holds back is in the log much sooner


def received(offset: int) -> Logged:
    now = time.time_ns() // 1_000_000
    envelope = begin(command_id=derive_id("guards", str(offset)), occurred_at=now, actor="guest", channel="web")
    command = ReceiveStock(sku="VASE", location="warehouse", quantity=1)
    return Logged(offset, now, KEY.encode(), CODEC.encode(command), envelope.headers())


def fence_of(settings: Settings, member: Consumer) -> Fence:
    generation = struct.unpack("<i", bytes(member.consumer_group_metadata())[7:11])[0]
    return Fence(group=f"{settings.topic_prefix}deciders", member=member.memberid(), generation=generation)


def test_a_transaction_is_written_only_when_the_one_before_is_in_the_log(settings: Settings, member: Consumer) -> None:
    """Two producers append as they please: an older row behind a newer one is what the next worker would load."""
    fence, failures = fence_of(settings, member), []
    state = topic_name(settings, "inventory.state")

    async def story(late: Proxy) -> None:
        first, _ = transactional_producers(replace(settings, kafka=late.address), "late")
        _, second = transactional_producers(settings, "prompt")
        epoch = Epoch(
            settings,
            required(settings),
            {"inventory": INVENTORY},
            CODEC,
            fence,
            "deciders",
            {("inventory", PLACE)},
            (first, second),
            failures.append,
            SentBack(),
            kept={},
            local=True,
        )

        async def take(since: int) -> None:
            records = [received(offset) for offset in range(since, since + OVERLAP_MIN)]
            await epoch.accept(
                Fetch(room="inventory", partition=PLACE, generation=fence.generation, records=records, after_gap=False)
            )

        epoch.start()
        await async_eventually(lambda: asyncio.sleep(0, epoch.idle))
        late.hold(PRODUCE)
        await take(0)
        await async_eventually(lambda: asyncio.sleep(0, late.holding.is_set()))
        await take(OVERLAP_MIN)
        await async_eventually(
            lambda: asyncio.sleep(0, epoch.tables["inventory", PLACE].position == 2 * OVERLAP_MIN)
        )  # decided, and were it not for the guard, written
        until = time.monotonic() + SECONDS_TO_APPEND
        while time.monotonic() < until:
            assert await asyncio.to_thread(log_end, settings, state, PLACE) == 0, "the later one was written first"
        late.release()
        await async_eventually(lambda: asyncio.sleep(0, epoch.idle))
        await epoch.stop()

    with Proxy(settings.kafka) as late:
        asyncio.run(story(late))
    assert not failures
    table = load(settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
    assert (table.position, table.row(KEY).state.on_hand) == (2 * OVERLAP_MIN, 2 * OVERLAP_MIN)


def test_an_epoch_that_ends_while_it_loads_ends_at_once(settings: Settings, member: Consumer) -> None:
    """The last thread that could end its transactions must not be reading a million rows that nobody wants now."""
    fence, failures = fence_of(settings, member), []

    async def story(slow: Proxy) -> None:
        epoch = Epoch(
            replace(settings, kafka=slow.address),
            required(settings),
            DECIDERS,
            CODEC,
            fence,
            "deciders",
            {(room, partition) for room in DECIDERS for partition in range(PARTITIONS)},
            transactional_producers(settings, "ends"),
            failures.append,
            SentBack(),
            kept={},
            local=True,
        )
        slow.hold(OFFSET_FETCH)
        epoch.start()
        await async_eventually(lambda: asyncio.sleep(0, slow.holding.is_set()))
        await epoch.stop()
        slow.release()

    with Proxy(settings.kafka) as slow:
        asyncio.run(story(slow))
    assert not failures


def test_rows_are_never_older_than_the_position_they_are_loaded_with(settings: Settings, member: Consumer) -> None:
    """Asked for in the other order, a transaction that ends between the two answers would be lost from the rows."""
    commands, state = topic_name(settings, "inventory.commands"), topic_name(settings, "inventory.state")
    out = producer(settings, **{"transactional.id": f"{settings.topic_prefix}between"})
    out.init_transactions(30)
    with Proxy(settings.kafka) as slow, ThreadPoolExecutor(1) as pool:
        for second in (LIST_OFFSETS, OFFSET_FETCH):  # whichever is asked second waits for the transaction
            slow.hold(second)
            found = pool.submit(
                load, replace(settings, kafka=slow.address), required(settings), "deciders", INVENTORY, CODEC, PLACE
            )
            assert slow.holding.wait(60)
            out.begin_transaction()
            on_hand = 40 + second
            for _ in range(2 * READ_AT_ONCE):  # what comes last is beyond an end that was asked for before
                out.produce(state, CODEC.encode(StockState(on_hand=1)), KEY, PLACE, headers=[("version", b"1")])
                out.poll(0)
            out.produce(state, CODEC.encode(StockState(on_hand=on_hand)), KEY, PLACE, headers=[("version", b"1")])
            position = [TopicPartition(commands, PLACE, 100 + on_hand, metadata=required(settings).id)]
            out.send_offsets_to_transaction(position, member.consumer_group_metadata(), 10)
            out.commit_transaction(10)
            slow.release()
            table = found.result(60)
            if table.position == 100 + on_hand:
                assert table.row(KEY).state.on_hand == on_hand, "decided upon rows that lack what was decided"
            assert table.row(KEY).state.on_hand == on_hand
