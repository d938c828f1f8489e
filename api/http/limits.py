"""How many requests one caller may send. The processes of the edge count together, in Redis; without it each alone.

A caller is an IPv4 address, or the 64 bits of an IPv6 address that a provider gives to one household (RFC 6177): within
them everybody takes as many addresses as they like.
"""

from __future__ import annotations

import ipaddress
import math
from functools import lru_cache
from typing import Protocol

from api.http import metrics
from api.http.metrics import went_on_without_redis
from connectors.redis.edge import RedisError

CALLERS_MAX = 50_000
ASK_REDIS_AGAIN_SECONDS = 5.0  # a Redis that hangs must not hold up every request
HOUSEHOLD_BITS = 64
NOBODY = "unknown"  # of no address: all of them are one caller


class Shared(Protocol):
    """Where the processes count together."""

    async def take(self, caller: str, per_minute: int) -> float:
        """Take one token; 0 when there was one, else the seconds until there will be. Raises RedisError."""


class RateLimit:
    """A token bucket for each caller: filled by so many tokens a minute, and holding no more than that."""

    def __init__(self, per_minute: int, shared: Shared) -> None:
        self.per_minute = per_minute
        self._shared, self._alone, self._alone_until = shared, OwnBuckets(per_minute), -math.inf

    async def take(self, address: str, now: float) -> int:
        """Take one token; 0 when there was one, else the whole seconds until there will be. `now`: a steady clock."""
        caller = caller_of(address)
        if now >= self._alone_until:
            try:
                wait = await self._shared.take(caller, self.per_minute)
            except (RedisError, OSError) as error:
                went_on_without_redis("rate_limit", error)
                metrics.LIMITED_ALONE.set(1)
                self._alone_until = now + ASK_REDIS_AGAIN_SECONDS
            else:
                metrics.LIMITED_ALONE.set(0)
                return math.ceil(wait)
        return self._alone.take(caller, now)


class OwnBuckets:
    """The buckets of this process. Of too many the full ones are forgotten: they say what an absent one does."""

    def __init__(self, per_minute: int, callers_max: int = CALLERS_MAX) -> None:
        self._per_minute, self._rate, self._callers_max = per_minute, per_minute / 60, callers_max
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, as of when

    def take(self, caller: str, now: float) -> int:
        """Take one token; 0 when there was one, else the seconds until there will be."""
        tokens, at = self._buckets.get(caller, (float(self._per_minute), now))
        tokens = min(self._per_minute, tokens + (now - at) * self._rate)
        if tokens < 1:
            self._buckets[caller] = (tokens, now)
            return math.ceil((1 - tokens) / self._rate)
        if len(self._buckets) >= self._callers_max and caller not in self._buckets:
            self._make_room(now)
        self._buckets[caller] = (tokens - 1, now)
        return 0

    def _make_room(self, now: float) -> None:
        minute_ago = now - 60
        self._buckets = {caller: bucket for caller, bucket in self._buckets.items() if bucket[1] > minute_ago}
        for caller in list(self._buckets)[: max(0, len(self._buckets) + 1 - self._callers_max)]:
            del self._buckets[caller]  # the oldest first; a flood of addresses may not fill the memory


@lru_cache(maxsize=CALLERS_MAX)
def caller_of(address: str) -> str:
    """Whom requests from an address count for. An IPv4 address within IPv6 (RFC 4291 2.5.5.2) is that address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return NOBODY
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), HOUSEHOLD_BITS), strict=False))
