"""Carts, checkouts and orders that are watched: read from the view whenever the log says that there is more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from starlette.requests import HTTPConnection

from api.cart.routes import show as show_cart
from api.checkout.checkouts import show as show_checkout
from api.http.problems import Problem
from api.http.responses import Body
from api.live.messages import CartTold, CheckoutTold, OrderTold
from api.live.session import Session
from api.orders.routes import show as show_order
from connectors.postgres.connection import OperationalError

LOG = structlog.get_logger()
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.02, 1.0
Show = Callable[[HTTPConnection, str, str], Awaitable[tuple[int, Body]]]


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """How one room's aggregates are read and told."""

    show: Show  # version and body, of a key and a cart's secret; raises Problem
    told: Callable[[str, int, Body], Body]


KINDS = {
    "cart": DocumentKind(show_cart, lambda key, at, body: CartTold(type="cart", id=key, version=at, cart=body)),  # type: ignore[arg-type]
    "checkout": DocumentKind(
        show_checkout,
        lambda key, at, body: CheckoutTold(type="checkout", id=key, version=at, checkout=body),  # type: ignore[arg-type]
    ),
    "orders": DocumentKind(show_order, lambda key, at, body: OrderTold(type="order", id=key, version=at, order=body)),  # type: ignore[arg-type]
}


class DocumentWatch:
    """One aggregate, watched by one client. `wants` may be called at any time from the event loop."""

    def __init__(self, session: Session, connection: HTTPConnection, room: str, key: str, secret: str) -> None:
        self._session, self._connection, self._kind = session, connection, KINDS[room]
        self._key, self._secret, self.subject = key, secret, f"{room}/{key}"
        self._wanted = self._told = 0
        self._task: asyncio.Task[None] | None = None

    async def begin(self, known: int, at_least: int) -> None:
        """Tell it as it is now, unless the client knows that. Raises Problem when it may not be seen."""
        version, body = await self._kind.show(self._connection, self._key, self._secret)
        self._told = known
        self._tell(version, body)
        self.wants(at_least)

    def wants(self, version: int) -> None:
        """The log has this version: tell it as soon as the view shows it."""
        self._wanted = max(self._wanted, version)
        if self._wanted > self._told and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._catch_up())

    def end(self) -> None:
        """Tell nothing any more."""
        if self._task is not None:
            self._task.cancel()

    async def _catch_up(self) -> None:
        pause = FIRST_WAIT_SECONDS
        while self._told < self._wanted:
            try:
                version, body = await self._kind.show(self._connection, self._key, self._secret)
                self._tell(version, body)
            except (Problem, OperationalError) as error:  # the view is away, or being rebuilt: it comes back
                LOG.info("live_view_awaited", subject=self.subject, why=str(error))
            if self._told < self._wanted:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_WAIT_SECONDS)

    def _tell(self, version: int, body: Body) -> None:
        if version > self._told:
            self._told = version
            self._session.put(self.subject, self._kind.told(self._key, version, body))
