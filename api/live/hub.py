"""Who watches what, and what they are told. One for each process of the edge; each reads the log by itself."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable

import structlog
from starlette.requests import HTTPConnection

from api.http import metrics
from api.http.limits import caller_of
from api.http.problems import Problem
from api.http.responses import moment
from api.live.documents import DocumentWatch
from api.live.feed import Change, LiveFeed
from api.live.messages import SUBSCRIPTIONS_MAX, StockTold
from api.live.recent import Recent
from api.live.session import Session, encoded
from api.live.stock import StockBook, Versions
from api.prices.prices import Prices
from connectors.postgres.connection import OperationalError
from connectors.postgres.reads import Views
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.log import LogIdentity
from schemas.prices.messages import ROOM as PRICES
from schemas.sourcing import Taken

LOG = structlog.get_logger()
FORGET_SECONDS = 5.0
CONNECTIONS_MAX = 10_000  # of one process
CONNECTIONS_PER_CALLER_MAX = 50
PRICE_SECONDS_MAX = 5.0


class Hub:
    """Made inside the running event loop; all of it runs there."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        slot: int,
        views: Views,
        prices: Prices,
        codec: Codec,
        on_death: Callable[[], None],
    ) -> None:
        self._log, self._views, self._prices, self._on_death = log, views, prices, on_death
        self._recent = Recent()
        self._book = StockBook(views, prices, codec, self._recent)
        self._feed = LiveFeed(settings, log, slot, self._take, on_death)
        self._clients: dict[Session, LiveClient] = {}
        self._callers: Counter[str] = Counter()
        self._by_sku: defaultdict[str, set[StockWatch]] = defaultdict(set)  # of the stock, and of the subject itself
        self._by_document: defaultdict[str, set[DocumentWatch]] = defaultdict(set)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._spawn(self._run())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._feed.ready:
            await asyncio.to_thread(self._feed.stop)

    async def _run(self) -> None:
        """Begin where the views are, and forget what they have reached since."""
        while True:
            try:
                positions = await self._views.positions(self._log)
                if not self._feed.ready:
                    self._feed.start_at(positions)
                self._recent.forget(positions)
            except OperationalError as error:
                LOG.warning("live_waits_for_views", error=str(error))
            await asyncio.sleep(FORGET_SECONDS)

    def _spawn(self, coroutine: object) -> None:
        task = asyncio.ensure_future(coroutine)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.critical("live_died", exc_info=error, help="the process ends and is to be restarted")
            self._on_death()

    # --- clients ---

    def join(self, connection: HTTPConnection) -> LiveClient:
        """A new client. Raises Problem when there are too many, or when what is told could not be complete."""
        if not self._feed.ready or not self._recent.complete:
            raise Problem(
                "view_behind",
                "The views are behind what happens: nothing live can be told. Try again in some seconds.",
                headers={"Retry-After": "5"},
            )
        caller = caller_of(connection.client.host if connection.client else "")
        staff = connection.scope["state"]["staff"] is not None
        if len(self._clients) >= CONNECTIONS_MAX or (not staff and self._callers[caller] >= CONNECTIONS_PER_CALLER_MAX):
            metrics.LIVE_REFUSED.inc()
            raise Problem(
                "too_many_connections",
                f"One caller may have {CONNECTIONS_PER_CALLER_MAX} live connections. Close one, or watch more on one.",
                headers={"Retry-After": "30"},
            )
        client = LiveClient(self, connection, caller)
        self._clients[client.session] = client
        self._callers[caller] += 1
        metrics.LIVE.set(len(self._clients))
        return client

    def leave(self, client: LiveClient) -> None:
        """Forget a client and all that it watched."""
        client.end()
        del self._clients[client.session]
        self._callers[client.caller] -= 1
        if not self._callers[client.caller]:
            del self._callers[client.caller]
        metrics.LIVE.set(len(self._clients))

    # --- what happens ---

    def _take(self, changes: list[Change]) -> None:
        """A batch of the log, in order."""
        news: dict[str, int] = {}  # by SKU, when it was put on the log
        for change in changes:
            self._recent.put(change)
            if change.room == INVENTORY.name:
                self._take_stock(change, news)
            elif change.room == PRICES.name:
                if change.key in self._by_sku:
                    self._spawn(self._parts_may_differ(change))
            else:
                for watch in self._by_document.get(f"{change.room}/{change.key}", ()):
                    watch.wants(change.version)
        told: dict[str, bytes] = {}
        for sku, at in news.items():
            for stock_watch in self._by_sku.get(sku, ()):
                if stock_watch.sku not in told and (message := self.stock_of(stock_watch.sku, at)) is not None:
                    told[stock_watch.sku] = encoded(message)
                if stock_watch.sku in told:
                    stock_watch.session.put(stock_watch.subject, told[stock_watch.sku])

    def _take_stock(self, change: Change, news: dict[str, int]) -> None:
        try:
            if (sku := self._book.take(change)) is not None:
                news[sku] = change.at
        except DecodeError as error:
            LOG.error("change_not_understood", room=change.room, key=change.key, error=str(error))

    async def _parts_may_differ(self, change: Change) -> None:
        """A price has changed: what a bundle is made of may have changed with it."""
        await self._prices.reach(change.key, change.version, PRICE_SECONDS_MAX)
        for watch in list(self._by_sku.get(change.key, ())):
            if watch.sku == change.key:
                try:
                    await self.watch_stock(watch)
                except (OperationalError, Problem) as error:
                    LOG.warning("live_stock_not_read", sku=watch.sku, error=str(error))
                    continue
                if (message := self.stock_of(watch.sku)) is not None:
                    watch.session.put(watch.subject, message)

    def stock_of(self, sku: str, at: int | None = None) -> StockTold | None:
        """A SKU's stock as it is told; `at`: when what changed it was put on the log."""
        shown = self._book.shown(sku)
        if shown is None:
            return None
        versions, stock = shown
        return StockTold(type="stock", sku=sku, versions=versions, at=None if at is None else moment(at), stock=stock)

    # --- subscriptions ---

    async def watch_stock(self, watch: StockWatch) -> None:
        """Watch what a SKU takes, and no longer what it took. Raises psycopg.OperationalError, and changes nothing."""
        taken = self._book.taken(watch.sku)
        await self._book.watch(taken)
        self.unwatch_stock(watch)
        watch.taken = taken
        for sku in {watch.sku, *taken}:
            self._by_sku[sku].add(watch)

    def unwatch_stock(self, watch: StockWatch) -> None:
        for sku in {watch.sku, *watch.taken}:
            self._by_sku[sku].discard(watch)
            if not self._by_sku[sku]:
                del self._by_sku[sku]
        self._book.unwatch(watch.taken)
        watch.taken = {}

    async def watch_document(self, watch: DocumentWatch, room: str, key: str, known: int) -> None:
        """Watch a cart, checkout or order. Raises Problem when it may not be seen."""
        self._by_document[watch.subject].add(watch)
        recent = self._recent.get(room, key)
        try:
            await watch.begin(known, 0 if recent is None else recent.version)
        except BaseException:
            self.unwatch_document(watch)
            raise

    def unwatch_document(self, watch: DocumentWatch) -> None:
        watch.end()
        self._by_document[watch.subject].discard(watch)
        if not self._by_document[watch.subject]:
            del self._by_document[watch.subject]

    def known(self, sku: str) -> bool:
        """Whether anybody ever priced a watched SKU or put it anywhere."""
        return self._book.known(sku)


class StockWatch:
    """One SKU, watched by one client."""

    def __init__(self, session: Session, sku: str) -> None:
        self.session, self.sku, self.subject = session, sku, f"stock/{sku}"
        self.taken: Taken = {}


class LiveClient:
    """A session with what it watches."""

    def __init__(self, hub: Hub, connection: HTTPConnection, caller: str) -> None:
        self.session, self.caller = Session(), caller
        self._hub, self._connection = hub, connection
        self._stock: dict[str, StockWatch] = {}
        self._documents: dict[str, DocumentWatch] = {}

    def __len__(self) -> int:
        return len(self._stock) + len(self._documents)

    async def watch_stock(self, sku: str, known: Versions) -> None:
        """Tell the stock of a SKU, now and whenever it changes. Raises Problem or psycopg.OperationalError."""
        self._require_room(f"stock/{sku}")
        watch = self._stock.get(sku) or StockWatch(self.session, sku)
        await self._hub.watch_stock(watch)
        self._stock[sku] = watch
        if not self._hub.known(sku):
            self.unwatch_stock(sku)
            raise Problem("unknown_sku", f"{sku} has neither a price nor stock. Take another SKU.", sku=sku)
        message = self._hub.stock_of(sku)
        if message is not None and any(known.get(key, -1) < version for key, version in message.versions.items()):
            self.session.put(watch.subject, message)

    def unwatch_stock(self, sku: str) -> None:
        if (watch := self._stock.pop(sku, None)) is not None:
            self._hub.unwatch_stock(watch)

    async def watch_document(self, room: str, key: str, secret: str, known: int) -> None:
        """Tell a cart, checkout or order, now and whenever it changes. Raises Problem or psycopg.OperationalError."""
        self.unwatch_document(room, key)
        watch = DocumentWatch(self.session, self._connection, room, key, secret)
        self._require_room(watch.subject)
        await self._hub.watch_document(watch, room, key, known)
        self._documents[watch.subject] = watch

    def unwatch_document(self, room: str, key: str) -> None:
        if (watch := self._documents.pop(f"{room}/{key}", None)) is not None:
            self._hub.unwatch_document(watch)

    def end(self) -> None:
        """Watch nothing any more."""
        for sku in list(self._stock):
            self.unwatch_stock(sku)
        for watch in self._documents.values():
            self._hub.unwatch_document(watch)
        self._documents.clear()

    def _require_room(self, subject: str) -> None:
        if len(self) >= SUBSCRIPTIONS_MAX and subject.removeprefix("stock/") not in self._stock:
            raise Problem(
                "too_many_subscriptions", f"One connection may watch {SUBSCRIPTIONS_MAX}. Unsubscribe, or open another."
            )
