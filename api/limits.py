"""How many requests one address may send: a token bucket each, in this process."""

from __future__ import annotations

import math

ADDRESSES_MAX = 50_000


class RateLimit:
    """Full buckets are forgotten when there are too many: they say nothing that an absent one does not."""

    def __init__(self, per_minute: int, addresses_max: int = ADDRESSES_MAX) -> None:
        self.per_minute = per_minute
        self._rate, self._addresses_max = per_minute / 60, addresses_max
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, as of when

    def take(self, address: str, now: float) -> int:
        """Take one token; 0 when there was one, else the seconds until there will be."""
        tokens, at = self._buckets.get(address, (float(self.per_minute), now))
        tokens = min(self.per_minute, tokens + (now - at) * self._rate)
        if tokens < 1:
            self._buckets[address] = (tokens, now)
            return math.ceil((1 - tokens) / self._rate)
        if len(self._buckets) >= self._addresses_max and address not in self._buckets:
            self._make_room(now)
        self._buckets[address] = (tokens - 1, now)
        return 0

    def _make_room(self, now: float) -> None:
        minute_ago = now - 60
        self._buckets = {address: bucket for address, bucket in self._buckets.items() if bucket[1] > minute_ago}
        for address in list(self._buckets)[: max(0, len(self._buckets) + 1 - self._addresses_max)]:
            del self._buckets[address]  # the oldest first; a flood of addresses may not fill the memory
