"""Carts from the views: Redis first, PostgreSQL when it is not there; and what the stock view says of their lines."""

from __future__ import annotations

import structlog

from api.cart.availability import STILL_BUYING, availability, parts_of, skus_stocked
from api.cart.responses import Availability
from api.http.metrics import went_on_without_redis
from api.prices.prices import Prices
from connectors.postgres.connection import OperationalError
from connectors.postgres.reads import Views
from connectors.projection import Versioned
from connectors.redis.edge import CartCache, RedisError
from schemas.cart.messages import CartState

LOG = structlog.get_logger()


class Carts:
    """The carts that the edge can read."""

    def __init__(self, cache: CartCache, views: Views, prices: Prices) -> None:
        self._cache, self._views, self._prices = cache, views, prices

    async def version(self, cart_id: str, at_least: int) -> int:
        """The event sequence of what `read` returns; 0: there is no such cart yet."""
        cart = await self.read(cart_id, at_least)
        return 0 if cart is None else cart.version

    async def availability(self, cart: CartState) -> dict[str, Availability]:
        """Whether stock covers each line; empty when that cannot be told: the cart is worth showing without it."""
        parts = parts_of(cart, self._prices.of(cart.channel))
        if not parts or cart.status not in STILL_BUYING:
            return {}
        try:
            stock = await self._views.stock_for_cart(skus_stocked(parts), cart.checkout_id)
        except OperationalError as error:
            LOG.warning("went_on_without_stock", error=str(error))
            return {}
        return {} if stock.rebuilding else availability(cart, parts, stock)

    async def read(self, cart_id: str, at_least: int = 0) -> Versioned[CartState] | None:
        """From Redis; from PostgreSQL when it is not there, or older than it has to be."""
        cached = await self._cached(cart_id)
        if cached is not None and cached.version >= at_least:
            return cached
        stored = await self._views.state(CartState, cart_id)
        if stored is None or (cached is not None and cached.version >= stored.version):
            return cached
        try:
            await self._cache.put(stored)
        except (RedisError, OSError) as error:
            went_on_without_redis("cart_put", error)
        return stored

    async def _cached(self, cart_id: str) -> Versioned[CartState] | None:
        try:
            return await self._cache.get(cart_id)
        except (RedisError, OSError) as error:
            went_on_without_redis("cart_get", error)
            return None
