"""An epoch as its worker sees it, where no broker is needed."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from streams.runtime.epoch import QUEUE_MAX, Epoch
from streams.runtime.feed import ByNumber, Fence, NoMember
from streams.runtime.fetching import Fetch
from streams.runtime.transactions import Stuck
from tests.runtime.simulated import CODEC, IDENTITY

FENCE = Fence(group="g", member="m", generation=3)


def epoch() -> Epoch:
    never_used = None
    return Epoch(never_used, IDENTITY, {}, CODEC, FENCE, "g", set(), (), print, never_used, kept={}, local=True)  # type: ignore[arg-type]


def fetch(generation: int = 3) -> Fetch:
    return Fetch(room="inventory", partition=0, generation=generation, records=(), after_gap=False)


def test_an_agent_that_waits_for_a_full_epoch_is_released_when_the_epoch_ends() -> None:
    """It waited for ever once, after a rebalance that came while partitions were being loaded."""

    async def story() -> None:
        ending = epoch()
        for _ in range(QUEUE_MAX):
            await ending.accept(fetch())
        waiting = asyncio.ensure_future(ending.accept(fetch()))
        await asyncio.sleep(0)
        assert not waiting.done(), "back-pressure: no more than QUEUE_MAX fetches wait"
        await ending.stop()
        await asyncio.wait_for(waiting, 5)
        await asyncio.wait_for(ending.accept(fetch()), 5)

    asyncio.run(story())


def test_fetches_of_an_older_generation_are_dropped() -> None:
    async def story() -> None:
        current = epoch()
        await current.accept(fetch(generation=2))
        assert not current.busy
        await current.accept(fetch(generation=3))
        assert current.busy

    asyncio.run(story())


def test_tables_are_kept_only_from_the_generation_before_and_by_the_same_member() -> None:
    """Between two generations that do not follow each other, somebody else may have had the partition."""
    after = Fence(group="g", member="m", generation=4)
    assert after.follows(FENCE)
    assert not Fence(group="g", member="m", generation=5).follows(FENCE)
    assert not Fence(group="g", member="other", generation=4).follows(FENCE)
    assert not FENCE.follows(FENCE)


def test_nobody_in_particular_can_have_an_epoch() -> None:
    """The broker takes offsets without a generation or a member from anybody, whoever has the partition."""
    for member, generation in (("", 3), ("m", 0), ("m", -1)):
        with pytest.raises(NoMember):
            Fence(group="g", member=member, generation=generation)


def test_a_call_that_does_not_come_back_ends_the_wait_for_it() -> None:
    """What librdkafka promises of its time-outs is not relied on: `send_offsets_to_transaction` heeds none."""
    back = threading.Event()

    async def story() -> None:
        with pytest.raises(Stuck, match="wait has not come back"):
            await epoch()._within(0.05, back.wait)

    try:
        asyncio.run(story())
    finally:
        back.set()


def test_partitions_of_one_number_go_to_one_worker_whatever_their_number() -> None:
    cluster = SimpleNamespace(partitions_for_topic=lambda _topic: set(range(5)))
    rooms = ["cart.commands", "orders.commands", "inventory.commands"]
    members = {name: SimpleNamespace(subscription=rooms) for name in ("0-b", "1-a", "2-c")}
    given = {name: dict(each.assignment) for name, each in ByNumber.assign(cluster, members).items()}
    for name, numbers in {"0-b": [0, 3], "1-a": [1, 4], "2-c": [2]}.items():
        assert given[name] == dict.fromkeys(rooms, numbers)
    assert ByNumber.metadata(reversed(rooms)).encode() == ByNumber.metadata(rooms).encode(), "or it would rebalance"
