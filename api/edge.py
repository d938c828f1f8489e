"""The parts of one edge process, wired together. Nothing connects before `start`."""

from __future__ import annotations

import asyncio
import os
import signal

import structlog
from psycopg import OperationalError

from api.answers import went_on_without_redis
from api.auth import CartSecrets, Tokens
from api.cart_stock import STILL_BUYING, Availability, availability, parts_of, skus_stocked
from api.commands import Commands
from api.idempotency import Seals
from api.limits import RateLimit
from api.options import Options
from api.payments import StripeSweeper, publisher
from api.prices import Prices
from api.replies import Replies
from connectors import edge_redis, log_identity, registry, view_reads
from connectors.edge_redis import RedisError
from connectors.projection import Shown
from connectors.redis import of_log
from connectors.settings import Settings
from connectors.stripe_inbox import StripeIntake
from schemas.cart.messages import CartState
from schemas.codec import Codec
from schemas.log import LogIdentity

LOG = structlog.get_logger()


class Edge:
    """See the module. Made inside the running event loop."""

    @staticmethod
    async def wired(settings: Settings, options: Options) -> Edge:
        """All parts, none of them started. Raises LogRefused, NotRegistered, or what their clients raise."""
        log = await asyncio.to_thread(log_identity.required, settings)
        return Edge(settings, options, log, await asyncio.to_thread(registry.load_codec, settings))

    def __init__(self, settings: Settings, options: Options, log: LogIdentity, codec: Codec) -> None:
        self.settings, self.options, self.log = settings, options, log
        signing = settings.secret("staff_signing")
        self.tokens, self.cart_secrets = Tokens(signing), CartSecrets(signing)
        self.redis = edge_redis.client(settings)
        self.carts = edge_redis.CartCache(self.redis, settings, log)
        self.seals = Seals(signing)
        self.limit = RateLimit(options.rate_per_minute, edge_redis.Buckets(self.redis, settings.topic_prefix))
        self.replays = edge_redis.Replays(self.redis, of_log(settings, log, "once"))
        self.pool = view_reads.pool(settings)
        self.views = view_reads.Views(self.pool)
        self.prices = Prices(settings, log, codec, options.slot, end_process)
        self.replies = Replies(settings, codec, options.slot, end_process)
        self.commands = Commands(settings, codec, self.replies, options.reply_budget_seconds, end_process)
        self.intake = StripeIntake(self.pool, settings.secret("stripe_webhook"), publisher(self.commands))
        self._sweeper = StripeSweeper(self.intake)

    async def start(self) -> None:
        log_identity.watch(self.settings, self.log, end_process)
        await self.pool.open(wait=False)
        for part in (self.prices, self.replies, self.commands, self._sweeper):
            part.start()

    async def stop(self) -> None:
        await self._sweeper.stop()
        for part in (self.commands, self.replies, self.prices):
            await asyncio.to_thread(part.stop)
        await self.pool.close()
        await self.redis.aclose()

    def not_ready(self) -> str | None:
        """Why this process cannot serve yet, or None."""
        if not self.replies.ready:
            return "the replies are not being read yet"
        if not self.prices.ready:
            return "the prices are not all read yet"
        return None

    async def version(self, room: str, key: str, at_least: int) -> int:
        """The event sequence that the view of a row stands at; 0: there is no row yet."""
        if room == "catalogue":
            return self.prices.version(key)
        if room == "cart":
            cart = await self.cart(key, at_least)
            return 0 if cart is None else cart.version
        return await self.views.version(room, key)

    async def cart(self, cart_id: str, at_least: int = 0) -> Shown[CartState] | None:
        """The cart from Redis; from PostgreSQL when it is not there, or older than it has to be."""
        cached = await self._cached_cart(cart_id)
        if cached is not None and cached.version >= at_least:
            return cached
        stored = await self.views.state(CartState, cart_id)
        if stored is None or (cached is not None and cached.version >= stored.version):
            return cached
        try:
            await self.carts.put(stored)
        except (RedisError, OSError) as error:
            went_on_without_redis("cart_put", error)
        return stored

    async def availability(self, cart: CartState) -> dict[str, Availability]:
        """Whether stock covers each line; empty when that cannot be told: the cart is worth showing without it."""
        parts = parts_of(cart, self.prices)
        if not parts or cart.status not in STILL_BUYING:
            return {}
        try:
            stock = await self.views.stock_for_cart(skus_stocked(parts), cart.checkout_id)
        except OperationalError as error:
            LOG.warning("went_on_without_stock", error=str(error))
            return {}
        return {} if stock.rebuilding else availability(cart, parts, stock)

    async def _cached_cart(self, cart_id: str) -> Shown[CartState] | None:
        try:
            return await self.carts.get(cart_id)
        except (RedisError, OSError) as error:
            went_on_without_redis("cart_get", error)
            return None


def end_process() -> None:
    """What this process cannot do without has died, or the log has another id: end in good order, and be restarted."""
    os.kill(os.getpid(), signal.SIGTERM)
