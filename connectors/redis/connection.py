"""Redis: where it is, and the cart cache.

`<prefix><log id>:cart:<cart id>` holds a cart as JSON, in the form of its view: `version`, the aggregate's event
sequence, by which the newer of two documents is known, and `state`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.projection import Versioned
from process.settings import Settings
from schemas.cart.messages import CartState
from schemas.log import LogIdentity

CART_SECONDS = 86_400

# KEYS: carts. ARGV: seconds, then a version and a document for each. A document begins with its version, so that it is
# told without parsing it; what does not is of another version of this code.
PUT_NEWER = """
local function version_of(key)
  return tonumber(string.match(redis.call('GETRANGE', key, 0, 40), '^{"version":(%d+),') or -1)
end
local written = 0
for i, key in ipairs(KEYS) do
  if version_of(key) < tonumber(ARGV[2 * i]) then
    redis.call('SET', key, ARGV[2 * i + 1], 'EX', ARGV[1])
    written = written + 1
  end
end
return written
"""

# What passes by itself, or when somebody has mended Redis: try again.
OUTAGES = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError)


def client(settings: Settings) -> redis.Redis:
    """A client that does not retry by itself: the topic is the queue."""
    return redis.Redis.from_url(
        settings.redis,
        socket_timeout=5,
        socket_connect_timeout=5,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


def of_log(settings: Settings, log: LogIdentity, kind: str) -> str:
    """What names of this kind begin with. Another log has others: this one may know what that one has lost."""
    return f"{settings.topic_prefix}{log.id}:{kind}:"


def cart_key(settings: Settings, log: LogIdentity, cart_id: str) -> str:
    """Where a cart is kept."""
    return of_log(settings, log, "cart") + cart_id


def cart_document(cart: Versioned[CartState]) -> bytes:
    """A cart as it is kept; `version` comes first."""
    return msgspec.json.encode(cart)


def put_carts(store: redis.Redis, carts: Mapping[str, tuple[int, bytes]]) -> int:
    """Keep the carts that are newer than what is kept, for a day; returns how many were. By key: version, document."""
    if not carts:
        return 0
    arguments: list[Any] = [CART_SECONDS]
    for version, document in carts.values():
        arguments += (version, document)
    return int(store.register_script(PUT_NEWER)(keys=list(carts), args=arguments))


def forget_carts(store: redis.Redis, keys: Iterable[str]) -> None:
    """Delete the documents of these carts."""
    names = list(keys)
    if names:
        store.unlink(*names)
