"""What Redis remembers of an Idempotency-Key: one answers at a time, and no other request ever takes the key over."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace

from connectors.edge_redis import UNDECIDED, Replay, Replays, client
from connectors.settings import Settings


def test_a_key_that_was_left_undecided_is_for_the_same_request_alone_and_for_one_at_a_time(
    run_settings: Settings, redis: str
) -> None:
    async def story() -> None:
        store = client(replace(run_settings, redis=redis))
        replays, name = Replays(store, f"{uuid.uuid4()}."), "key"
        assert await replays.claim(name, "one pound") is None
        assert await replays.claim(name, "one pound") == Replay("one pound")
        await replays.release(name, "one pound")
        assert await replays.claim(name, "five pounds") == Replay("one pound", UNDECIDED)
        taken = await asyncio.gather(*(replays.claim(name, "one pound") for _ in range(8)))
        assert taken.count(None) == 1 and taken.count(Replay("one pound")) == 7
        answered = Replay("one pound", 201, {}, "sealed")
        await replays.keep(name, answered)
        assert await replays.claim(name, "one pound") == await replays.claim(name, "five pounds") == answered
        await store.connection_pool.disconnect()

    asyncio.run(story())
