"""One edge process: its parts, wired together. Nothing connects before `start`."""

from __future__ import annotations

import asyncio
import os
import signal

from api.cart.carts import Carts
from api.cart.pricing import Pricing
from api.catalogue.cache import ProductCache
from api.catalogue.pictures import PictureAddresses
from api.categories.categories import Categories
from api.http.auth import CartSecrets, Tokens
from api.http.idempotency import ReplayCipher
from api.http.limits import RateLimit
from api.http.options import Options
from api.http.parts import Parts
from api.http.positions import Positions
from api.live.hub import Hub
from api.log.commands import Commands
from api.log.replies import Replies
from api.payments.intake import StripeSweeper, publisher
from api.pins.pins import Pins
from api.prices.prices import Prices
from api.promotions.promotions import Promotions
from api.promotions.pseudonyms import Pseudonyms
from api.search.pages import PageCipher
from api.synonyms.synonyms import Synonyms
from connectors.kafka import log_identity, registry
from connectors.opensearch.client import alias_of
from connectors.opensearch.reads import Index
from connectors.postgres import reads as view_reads
from connectors.postgres.reads import Views
from connectors.redis import edge as edge_redis
from connectors.redis.connection import of_log
from connectors.redis.edge import IdempotencyStore
from connectors.s3.uploads import Uploads
from connectors.stripe.inbox import StripeIntake
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity


class EdgeProcess:
    """All parts, none of them started. Made inside the running event loop."""

    @staticmethod
    async def wired(settings: Settings, options: Options) -> EdgeProcess:
        """Raises LogRefused, NotRegistered, or what their clients raise."""
        log = await asyncio.to_thread(log_identity.required, settings)
        return EdgeProcess(settings, options, log, await asyncio.to_thread(registry.load_codec, settings))

    def __init__(self, settings: Settings, options: Options, log: LogIdentity, codec: Codec) -> None:
        self._settings, self._log = settings, log
        self._redis, self._pool = edge_redis.client(settings), view_reads.pool(settings)
        self._replies = Replies(settings, codec, options.slot, end_process)
        self._commands = Commands(settings, codec, self._replies, options.reply_budget_seconds, end_process)
        prices = Prices(settings, log, codec, options.slot, end_process)
        promotions = Promotions(settings, log, codec, options.slot, end_process)
        categories = Categories(settings, log, codec, options.slot, end_process)
        pins = Pins(settings, log, codec, options.slot, end_process)
        groups = Synonyms(settings, log, codec, options.slot, end_process)
        signing, views = settings.secret_and_former("staff_signing"), Views(self._pool)
        products = ProductCache(settings, log, views, options.slot, end_process)
        self._readers = (self._replies, prices, promotions, categories, pins, groups, products)
        carts = Carts(edge_redis.CartCache(self._redis, settings, log), views, prices)
        intake = StripeIntake(self._pool, settings.secret("stripe_webhook"), publisher(self._commands))
        self._sweeper = StripeSweeper(intake)
        self._index = Index(settings.opensearch, alias_of(settings, log))
        self._live = Hub(settings, log, options.slot, views, prices, codec, end_process)
        followed_here = {
            "prices": prices.version_of, "promotions": promotions.version_of, "cart": carts.version,
            "categories": categories.version_of, "pins": pins.version_of, "synonyms": groups.version_of,
            "catalogue": products.version_of,
        }  # fmt: skip
        self.parts: Parts = {
            type(each): each
            for each in (
                settings, log, self._pool, views, self._commands, prices, promotions, categories, pins, groups,
                products, carts, intake,
                self._index,
                self._live,
                Pricing(prices, promotions),
                Pseudonyms(settings.secret("pseudonyms")),
                PictureAddresses(settings),
                Uploads(settings),
                Positions(views, options.view_wait_seconds, followed_here),
                Tokens(*signing), CartSecrets(*signing), ReplayCipher(*signing), PageCipher(*signing),
                IdempotencyStore(self._redis, of_log(settings, log, "once")),
                RateLimit(options.rate_per_minute, edge_redis.Buckets(self._redis, settings.topic_prefix)),
            )
        }  # fmt: skip

    async def start(self) -> None:
        log_identity.watch(self._settings, self._log, end_process)
        await self._pool.open(wait=False)
        for each in (*self._readers, self._commands, self._sweeper, self._live):
            each.start()

    async def stop(self) -> None:
        await self._live.stop()
        await self._sweeper.stop()
        for each in (self._commands, *self._readers):
            await asyncio.to_thread(each.stop)
        await self._pool.close()
        await self._redis.aclose()
        await self._index.close()

    def not_ready(self) -> str | None:
        """Why this process cannot serve yet, or None."""
        return next((each.not_ready for each in self._readers if not each.ready), None)


def end_process() -> None:
    """What this process cannot do without has died, or the log has another id: end in good order, and be restarted."""
    os.kill(os.getpid(), signal.SIGTERM)
