"""One household is one caller, whichever process it asks; without Redis each process counts alone, and says so."""

from __future__ import annotations

import asyncio
import secrets

from prometheus_client import REGISTRY
from redis.asyncio import Redis

from api.http.limits import ASK_REDIS_AGAIN_SECONDS, RateLimit, caller_of
from connectors.redis.edge import Buckets

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


class Away:
    """Redis, that is at first not there."""

    def __init__(self, gone: Buckets, back: Buckets) -> None:
        self.now, self.back = gone, back

    async def take(self, caller: str, per_minute: int) -> float:
        return await self.now.take(caller, per_minute)


def alone() -> float | None:
    return REGISTRY.get_sample_value("bloomfield_edge_rate_limit_alone")


def test_a_household_is_one_caller() -> None:
    assert caller_of("2001:db8:1:2::1") == caller_of("2001:db8:1:2:ffff:ffff:ffff:ffff") == "2001:db8:1:2::/64"
    assert caller_of("2001:db8:1:3::1") != caller_of("2001:db8:1:2::1")
    assert caller_of("::ffff:192.0.2.7") == caller_of("::ffff:c000:207") == caller_of("192.0.2.7") == "192.0.2.7"
    assert caller_of("192.0.2.8") != caller_of("192.0.2.7")
    assert caller_of("fe80::1%eth0") == caller_of("fe80::2%eth1")
    assert {caller_of(text) for text in ("", "unix:", "\xff", "1.2.3", "2001:db8::/64", "a" * 60_000)} == {"unknown"}


def test_processes_count_together(redis: str) -> None:
    async def taken() -> list[int]:
        prefix = f"{secrets.token_hex(4)}."
        clients = [Redis.from_url(redis), Redis.from_url(redis)]
        one, other = (RateLimit(5, Buckets(client, prefix)) for client in clients)
        waits = [await limit.take(f"2001:db8::{n}", 0.0) for n in range(5) for limit in (one, other)]
        waits += [await one.take("2001:db8:0:1::1", 0.0), await other.take("192.0.2.7", 0.0)]
        left = await clients[0].pttl(f"{prefix}rate:2001:db8::/64")
        assert 0 < left <= 60_000, "a full bucket is forgotten"
        for client in clients:
            await client.aclose()
        return waits

    waits = asyncio.run(taken())
    assert waits[:5] == [0] * 5, "five a minute, over both"
    assert all(0 < wait <= 12 for wait in waits[5:10]), "one more each twelve seconds"
    assert waits[10:] == [0, 0], "others have buckets of their own"
    assert alone() == 0


def test_without_redis_each_process_counts_alone_and_says_so(redis: str) -> None:
    async def taken() -> None:
        down, up = Redis.from_url(NOBODY_LISTENS), Redis.from_url(redis)
        gone, back = Buckets(down, ""), Buckets(up, f"{secrets.token_hex(4)}.")
        away = Away(gone, back)
        one, other = RateLimit(5, away), RateLimit(5, gone)
        for limit in (one, other):
            assert [await limit.take("192.0.2.7", 0.0) for _ in range(5)] == [0] * 5
            assert await limit.take("::ffff:192.0.2.7", 0.0) == 12
        assert alone() == 1
        away.now = away.back
        assert await one.take("192.0.2.7", ASK_REDIS_AGAIN_SECONDS / 2) == 10, "it is left in peace for a while"
        assert await one.take("192.0.2.7", ASK_REDIS_AGAIN_SECONDS) == 0, "then asked again"
        assert alone() == 0
        await down.aclose()
        await up.aclose()

    asyncio.run(taken())
