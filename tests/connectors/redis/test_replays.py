"""What Redis remembers of an Idempotency-Key: one answers at a time, and no other request ever takes the key over."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from connectors.redis.edge import CLAIM_SECONDS, IdempotencyStore, Replay, client
from process.settings import Settings
from tests.waiting import async_eventually


def test_a_key_without_an_answer_is_for_the_same_request_alone_and_for_one_at_a_time(
    run_settings: Settings, redis: str
) -> None:
    async def story(replays: IdempotencyStore) -> None:
        assert await replays.claim("key", "one pound") is None
        assert await replays.claim("key", "one pound") == Replay("one pound"), "it is being worked on"
        await replays.release("key")
        assert await replays.claim("key", "five pounds") == Replay("one pound")
        taken = await asyncio.gather(*(replays.claim("key", "one pound") for _ in range(8)))
        assert taken.count(None) == 1 and taken.count(Replay("one pound")) == 7
        answered = Replay("one pound", 201, {}, "sealed")
        await replays.keep("key", answered)
        assert await replays.claim("key", "one pound") == await replays.claim("key", "five pounds") == answered

    told(story, run_settings, redis)


def test_a_key_whose_process_died_is_soon_free_for_the_same_request_and_never_for_another(
    run_settings: Settings, redis: str
) -> None:
    async def story(replays: IdempotencyStore) -> None:
        async def free() -> bool:
            assert await replays.claim("key", "five pounds") == Replay("one pound")
            return await replays.claim("key", "one pound") is None

        assert await replays.claim("key", "one pound") is None
        await async_eventually(free)
        assert await replays.claim("key", "five pounds") == Replay("one pound")

    told(story, run_settings, redis, claim_seconds=1)


def told(
    story: Callable[[IdempotencyStore], Awaitable[None]],
    settings: Settings,
    redis: str,
    *,
    claim_seconds: int = CLAIM_SECONDS,
) -> None:
    async def run() -> None:
        store = client(replace(settings, redis=redis))
        await story(IdempotencyStore(store, f"{uuid.uuid4()}.", claim_seconds=claim_seconds))
        await store.connection_pool.disconnect()

    asyncio.run(run())
