"""What the edge keeps in Redis: carts for a day, what it answered to each Idempotency-Key, and who asks how often.

All are conveniences. The log decides a command once whatever Redis remembers, and a cart is rebuilt from
PostgreSQL; so every call here may fail, and its caller goes on without.
"""

from __future__ import annotations

import msgspec
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from connectors.projection import Versioned
from connectors.redis.connection import CART_SECONDS, PUT_NEWER, cart_document, cart_key
from process.settings import Settings
from schemas.cart.messages import CartState
from schemas.log import LogIdentity

__all__ = ["Buckets", "CartCache", "IdempotencyStore", "RedisError", "Replay", "client"]

DAY_SECONDS = 86_400
CLAIM_SECONDS = 15  # longer than any request takes; after that a claim is of a process that died
SECONDS_MAX = 0.25  # Redis is near; when it is not quick it is not there
CART = msgspec.json.Decoder(Versioned[CartState])
CONNECTIONS_MAX = 100  # beyond, a call fails like any other: cheaper than a queue (measured)


def client(settings: Settings) -> Redis:
    """A client that answers or fails quickly, and does not try again by itself."""
    pool = ConnectionPool.from_url(
        settings.redis,
        max_connections=CONNECTIONS_MAX,
        socket_timeout=SECONDS_MAX,
        socket_connect_timeout=SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis(connection_pool=pool)


class CartCache:
    """The carts that connectors/redis/carts.py keeps, and those that had to be rebuilt."""

    def __init__(self, redis: Redis, settings: Settings, log: LogIdentity) -> None:
        self._redis, self._settings, self._log = redis, settings, log

    async def get(self, cart_id: str) -> Versioned[CartState] | None:
        """The cart as last written; None when there is none, or none that can be read. Raises RedisError."""
        found = await self._redis.get(cart_key(self._settings, self._log, cart_id))
        try:
            return None if found is None else CART.decode(found)
        except msgspec.MsgspecError:
            return None  # of another version of this code: PostgreSQL has it

    async def put(self, cart: Versioned[CartState]) -> None:
        """Keep a cart unless a newer one is there. Raises RedisError."""
        key = cart_key(self._settings, self._log, cart.state.cart_id)
        await self._redis.eval(PUT_NEWER, 1, key, CART_SECONDS, cart.version, cart_document(cart))


# The fingerprint stays from the first moment on: whatever becomes of a request, its key is never free for another one.
# The claim beside it says only who works on it now.
CLAIM = """
local known = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET', 'EX', ARGV[2])
if known and known ~= ARGV[1] then return known end
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[3]) then return false end
return ARGV[1]
"""


class Replay(msgspec.Struct):
    """What became of an Idempotency-Key: answered, or not yet (status 0)."""

    fingerprint: str
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""


class IdempotencyStore:
    """One answer for each Idempotency-Key of a caller and route, for a day."""

    def __init__(self, redis: Redis, prefix: str, *, claim_seconds: int = CLAIM_SECONDS) -> None:
        self._redis, self._prefix, self._claim_seconds = redis, prefix, claim_seconds

    async def claim(self, name: str, fingerprint: str) -> Replay | None:
        """None: it is ours to answer now. Otherwise what is known already. Raises RedisError."""
        mark = msgspec.json.encode(Replay(fingerprint=fingerprint))
        known = await self._redis.eval(
            CLAIM, 2, self._prefix + name, self._claim(name), mark, DAY_SECONDS, self._claim_seconds
        )
        return None if known is None else msgspec.json.decode(known, type=Replay)

    async def keep(self, name: str, replay: Replay) -> None:
        """The answer, for whoever asks again. Raises RedisError."""
        await self._redis.set(self._prefix + name, msgspec.json.encode(replay), ex=DAY_SECONDS)

    async def release(self, name: str) -> None:
        """It was not answered for good: the same request may try again, another one may not. Raises RedisError."""
        await self._redis.delete(self._claim(name))

    def _claim(self, name: str) -> str:
        return f"{self._prefix}{name}:claim"


# A token bucket as one time, the generic cell rate algorithm (ITU-T I.371): the key holds when the bucket will be full
# again, in milliseconds by Redis' own clock, and ends then. ARGV: milliseconds that a token takes, and a full bucket.
ONE_MORE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + tonumber(ARGV[1])
local early = full_at - now - tonumber(ARGV[2])
if early > 0 then return math.ceil(early) end
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', math.ceil(full_at - now))
return 0
"""
MINUTE_MS = 60_000


class Buckets:
    """A token bucket for each caller, the same for every process."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._take, self._prefix = redis.register_script(ONE_MORE), f"{prefix}rate:"

    async def take(self, caller: str, per_minute: int) -> float:
        """Take one token; 0 when there was one, else the seconds until there will be. Raises RedisError."""
        waits = await self._take(keys=[self._prefix + caller], args=[MINUTE_MS / per_minute, MINUTE_MS])
        return int(waits) / 1000
