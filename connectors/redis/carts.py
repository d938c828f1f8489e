"""The cart cache: every new state of a cart goes to Redis, the newest only.

Idempotent, so the positions are simply those that a consumer group keeps. A Redis that was flushed needs nothing: the
edge reads PostgreSQL after a miss, and the next change of a cart brings it back here.
"""

from __future__ import annotations

import threading
import time

import structlog
from prometheus_client import Counter, Histogram

from connectors.kafka.client import consumer, topic_name
from connectors.kafka.events import EventError, Halted, Reader, checked, position_text
from connectors.kafka.positions import REDIS_CARTS, keep, resume
from connectors.kafka.types import Message
from connectors.projection import Versioned
from connectors.redis import connection as redis
from process.health import Health
from process.settings import Settings
from schemas.cart.messages import ROOM as CART
from schemas.cart.messages import CartState
from schemas.codec import DecodeError
from schemas.log import LogIdentity

BATCH_MAX = 1_000
IDLE_SECONDS = 0.5
COMMIT_SECONDS = 1.0  # what is read again after a crash is written again
BACK_OFF_SECONDS_MAX = 5.0
BOOKKEEPING = b"\x00"  # keys of the engine's own records begin so

CARTS = Counter("cart_cache_carts_total", "Carts by what became of them.", ["outcome"])
SECONDS = Histogram("cart_cache_batch_seconds", "Time of one batch in Redis.")
LOG = structlog.stdlib.get_logger()

Newest = dict[str, tuple[int, bytes] | None]  # by key: version and document; None: the cart was forgotten


class RedisCarts:
    """Reads `cart.state` and keeps the carts in Redis."""

    def __init__(
        self, settings: Settings, log: LogIdentity, reader: Reader, health: Health, stop: threading.Event
    ) -> None:
        self._settings, self._log = settings, log
        self._reader, self._health, self._stop = reader, health, stop
        self._consumer = consumer(settings, REDIS_CARTS)
        self._store = redis.client(settings)
        self._reached: dict[tuple[str, int], int] = {}  # written, but not committed yet
        self._committed_at = 0.0

    def run(self) -> None:
        """Until stopped. Raises Halted for a record that is no cart; whatever it did not foresee passes through."""
        resume(self._consumer, topic_name(self._settings, CART.topic("state")), self._log)
        self._health.ready()
        try:
            while not self._stop.is_set():
                messages = self._consumer.consume(1, IDLE_SECONDS)
                if messages:
                    messages += self._consumer.consume(BATCH_MAX - 1, 0)
                    self._take(messages)
                if time.monotonic() >= self._committed_at + COMMIT_SECONDS:
                    self._commit(asynchronous=True)
        finally:
            self._commit(asynchronous=False)
            self._consumer.close()
            self._store.close()

    def _take(self, messages: list[Message]) -> None:
        newest: Newest = {}
        halted = ""
        offsets: dict[tuple[str, int], int] = {}
        for message in messages:
            try:
                self._note(checked(message), newest)
            except (DecodeError, EventError) as reason:
                halted = f"{position_text(message)} cannot be understood: {reason}"
                break
            offsets[message.topic(), message.partition()] = message.offset() + 1
        if self._write(newest):
            self._reached |= offsets
        if halted:
            raise Halted(halted)

    def _commit(self, *, asynchronous: bool) -> None:
        self._committed_at = time.monotonic()
        keep(self._consumer, self._reached, self._log, asynchronous=asynchronous)
        self._reached = {}

    def _note(self, message: Message, newest: Newest) -> None:
        raw_key = message.key() or b""
        if raw_key.startswith(BOOKKEEPING):
            return
        key = redis.cart_key(self._settings, self._log, raw_key.decode())
        if message.value() is None:
            newest[key] = None
            return
        cart = self._reader.decode(message.value())
        version = dict(message.headers() or ()).get("version")
        if not isinstance(cart, CartState) or version is None:
            raise EventError(f"{type(cart).__name__} with version {version!r} is no state of a cart")
        newest[key] = (int(version), redis.cart_document(Versioned(int(version), cart)))

    def _write(self, newest: Newest) -> bool:
        """Bring Redis up to date, however long that takes; False when told to stop before."""
        kept = {key: cart for key, cart in newest.items() if cart is not None}
        gone = newest.keys() - kept.keys()
        pause = 0.1
        while True:
            try:
                with SECONDS.time():
                    written = redis.put_carts(self._store, kept)
                    redis.forget_carts(self._store, gone)
                break
            except redis.OUTAGES as error:
                self._health.unready(f"Redis: {error}")
                LOG.warning("redis_lost", error=str(error), retry_in_seconds=pause)
                if self._stop.wait(pause):
                    return False
                pause = min(2 * pause, BACK_OFF_SECONDS_MAX)
        self._health.ready()
        CARTS.labels("written").inc(written)
        CARTS.labels("not_newer").inc(len(kept) - written)
        CARTS.labels("forgotten").inc(len(gone))
        return True
