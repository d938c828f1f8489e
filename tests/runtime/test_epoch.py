"""An epoch as its worker sees it, where no broker is needed."""

from __future__ import annotations

import asyncio

from streams.runtime.epoch import QUEUE_MAX, Epoch, Fence, Fetch
from tests.runtime.simulated import CODEC

FENCE = Fence(group="g", member="m", generation=3)


def epoch() -> Epoch:
    never_used = None
    return Epoch(never_used, {}, CODEC, FENCE, "g", set(), (), print, print, kept={}, local=True)  # type: ignore[arg-type]


def fetch(generation: int = 3) -> Fetch:
    return Fetch(room="inventory", partition=0, generation=generation, records=(), doubtful=False)


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
