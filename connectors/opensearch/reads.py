"""What the edge asks OpenSearch, behind a circuit breaker: while it is away nobody waits for it.

By aiohttp: one event loop serves all who ask, and httpx takes several times the CPU for a request.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import pybreaker
import structlog
from prometheus_client import Counter, Gauge, Histogram

from connectors.opensearch.client import JSON, NOT_FOUND, Json, SearchRefused, Unreachable, understood

ANSWER_SECONDS_MAX = 3.0
CONNECT_SECONDS_MAX = 0.5
FAILURES_MAX = 5  # in a row, before the breaker opens
PROBE_SECONDS = 2.0  # from the breaker's opening to its next probe
CONNECTIONS_MAX = 64
BROKEN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)  # no whole answer has arrived
VIEW_SECONDS_MAX = 0.3  # how old the moment may be that a first page shows
VIEW_KEPT = "2m"  # how long a moment can be turned back to, from the last page that was turned

CALLS = Counter("bloomfield_edge_search_calls", "Questions to OpenSearch by how they ended", ["outcome"])
SECONDS = Histogram(
    "bloomfield_edge_search_seconds",
    "Time of one question to OpenSearch",
    buckets=[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3],
)
OPEN = Gauge("bloomfield_edge_search_breaker_open", "1 while the circuit breaker is open or half open")
LOG = structlog.stdlib.get_logger()


class Away(Exception):
    """OpenSearch does not answer; worth trying again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:.1f} s")
        self.seconds = seconds


class ViewLost(Exception):
    """The moment that a page belongs to is not kept any more."""


class Index:
    """The products, as they can be searched. Every call raises Away."""

    def __init__(self, url: str, alias: str) -> None:
        self._alias = alias
        self._http = aiohttp.ClientSession(
            url,
            timeout=aiohttp.ClientTimeout(ANSWER_SECONDS_MAX, sock_connect=CONNECT_SECONDS_MAX),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
        )
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_MAX,
            reset_timeout=PROBE_SECONDS,
            throw_new_error_on_trip=False,
            listeners=[_SearchBreakerListener()],
        )
        self._probe_at = 0.0
        self._view: asyncio.Future[str] | None = None
        self._view_at = 0.0

    async def close(self) -> None:
        await self._http.close()

    async def now(self, body: Json) -> Json:
        """The answer to a search of the products as they are."""
        return await self._search(f"/{self._alias}/_search", body)

    async def at(self, view: str, body: Json) -> Json:
        """The answer to a search at a moment. Raises ViewLost when that is not kept any more."""
        try:
            return await self._search("/_search", body | {"pit": {"id": view, "keep_alive": VIEW_KEPT}})
        except SearchRefused as refused:
            if refused.status == NOT_FOUND:
                raise ViewLost from refused
            raise

    async def view(self) -> str:
        """A moment that is not older than VIEW_SECONDS_MAX; those who ask together share it."""
        # A failed one is asked for anew, as is one that whoever asked for it did not wait for.
        if self._view is None or time.monotonic() > self._view_at + VIEW_SECONDS_MAX or _failed(self._view):
            self._view_at = time.monotonic()
            self._view = asyncio.ensure_future(self._new_view())
        return await asyncio.shield(self._view)

    def forget_view(self) -> None:
        """The moment is lost: the index was replaced."""
        self._view = None

    async def _new_view(self) -> str:
        made = await self._call("POST", f"/{self._alias}/_search/point_in_time?keep_alive={VIEW_KEPT}", None)
        return str(made["pit_id"])

    async def _search(self, path: str, body: Json) -> Json:
        found: Json = await self._call("POST", path, body)
        return found

    async def _call(self, method: str, path: str, body: Json | None) -> Any:
        probing = self._let_pass()
        began = time.perf_counter()
        try:
            data = None if body is None else orjson.dumps(body)
            async with self._http.request(method, path, data=data, headers=JSON) as answer:
                found = understood(answer.status, await answer.read())
        except (*BROKEN, Unreachable) as error:
            CALLS.labels("unreachable").inc()
            self._failed(error)
            raise Away(self._seconds_left()) from error
        except SearchRefused as refused:
            CALLS.labels("refused").inc()
            self._succeeded()
            if refused.status == NOT_FOUND and path != "/_search":  # no index yet: the sink makes it
                raise Away(PROBE_SECONDS) from refused
            raise
        except BaseException:  # whoever asked has gone: a probe that nobody heard of proves nothing
            if probing:
                self._opened()
            raise
        SECONDS.observe(time.perf_counter() - began)
        CALLS.labels("answered").inc()
        self._succeeded()
        return found

    # --- the breaker: it is told of results, for calls run side by side and it would hold a lock ---

    def _let_pass(self) -> bool:
        """True: this call is the probe of an open circuit. Raises Away."""
        state = self._breaker.current_state
        if state == pybreaker.STATE_CLOSED:
            return False
        if state == pybreaker.STATE_HALF_OPEN or time.monotonic() < self._probe_at:
            CALLS.labels("not_made").inc()
            raise Away(self._seconds_left())
        self._breaker.half_open()
        return True

    def _succeeded(self) -> None:
        if self._breaker.current_state != pybreaker.STATE_CLOSED or self._breaker.fail_counter:
            self._breaker.close()

    def _failed(self, error: Exception) -> None:
        if self._breaker.current_state == pybreaker.STATE_OPEN:
            return
        try:
            self._breaker.call(_raise, error)
        except (type(error), pybreaker.CircuitBreakerError):
            if self._breaker.current_state == pybreaker.STATE_OPEN:
                self._probe_at = time.monotonic() + PROBE_SECONDS

    def _opened(self) -> None:
        self._breaker.open()
        self._probe_at = time.monotonic() + PROBE_SECONDS

    def _seconds_left(self) -> float:
        return max(1.0, self._probe_at - time.monotonic())


def _raise(error: Exception) -> None:
    raise error


def _failed(view: asyncio.Future[str]) -> bool:
    return view.done() and (view.cancelled() or view.exception() is not None)


class _SearchBreakerListener(pybreaker.CircuitBreakerListener):  # type: ignore[misc]
    """Says what state the breaker is in."""

    def state_change(self, _breaker: Any, old: Any, new: Any) -> None:
        OPEN.set(0 if new.name == pybreaker.STATE_CLOSED else 1)
        LOG.warning("search_breaker", old=old.name if old else "", new=new.name)
