"""The views in PostgreSQL, as the edge reads them. Written by the sinks; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from connectors.postgres import dsn
from connectors.settings import Settings

Pool = AsyncConnectionPool[AsyncConnection[Any]]
R = TypeVar("R")

CONNECTIONS_MIN, CONNECTIONS_MAX = 4, 16  # per process; a new one costs PostgreSQL more than a hundred queries
WAIT_SECONDS_MAX = 1.0
HINT_WAIT_SECONDS_MAX = 0.25  # for what an answer is complete enough without


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRow:
    version: int
    cart_id: str
    status: str
    channel: str
    checkout_id: str | None
    order_id: str | None
    cart_version: int
    lines: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRow:
    checkout_id: str
    cart_id: str
    order_id: str
    payment_id: str
    step: str
    failure: str | None
    missing: list[dict[str, Any]]
    delivery_method: str
    expected_total_minor: int
    total_minor: int | None
    current_total_minor: int | None
    client_secret: str
    contact: bytes
    contact_key: bytes | None  # None: erased, or not made yet
    started_at: datetime
    expires_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    order_id: str
    status: str
    checkout_id: str
    cart_id: str
    payment_id: str
    channel: str
    delivery_method: str
    delivery_gross_minor: int
    delivery_vat_minor: int
    total_minor: int
    captured_minor: int
    refunded_minor: int
    refund_pending_minor: int
    owed_minor: int
    dispute_status: str | None  # None: never disputed
    disputed_minor: int
    lost_minor: int
    contact: bytes
    contact_key: bytes | None  # None: erased, or not made yet
    placed_at: datetime
    version: int
    lines: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    order_id: str
    status: str
    channel: str
    total_minor: int
    refunded_minor: int
    dispute_status: str | None
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    sku: str
    location: str
    on_hand: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockForCart:
    rebuilding: bool  # then what is missing in `units` may only not be there again yet
    units: dict[str, dict[str, int]]  # available, by SKU and location
    checkout_step: str | None  # of the checkout that has the cart


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    version: int
    event_id: str
    type: str
    change: int
    on_hand: int
    held: int
    cause: dict[str, Any]
    actor: str
    command_id: str
    correlation_id: str
    occurred_at: datetime


CART: LiteralString = """
    SELECT version, cart_id, status, channel, checkout_id, order_id, cart_version, coalesce(lines, '{}') AS lines
    FROM carts c, (SELECT jsonb_object_agg(sku, quantity) AS lines FROM cart_lines
                   WHERE cart_id = %(id)s AND quantity > 0) l
    WHERE cart_id = %(id)s"""
CHECKOUT: LiteralString = """
    SELECT checkout_id, cart_id, order_id, payment_id, step, failure, missing, delivery_method, expected_total_minor,
           total_minor, current_total_minor, client_secret, contact, started_at, expires_at, version,
           (SELECT key FROM contact_keys k WHERE k.checkout_id = c.checkout_id) AS contact_key
    FROM checkouts c WHERE checkout_id = %s"""
ORDER: LiteralString = """
    SELECT order_id, status, checkout_id, cart_id, payment_id, channel, delivery_method, delivery_gross_minor,
           delivery_vat_minor, total_minor, captured_minor, refunded_minor, refund_pending_minor, owed_minor,
           dispute_status, disputed_minor, lost_minor, contact, placed_at, version,
           (SELECT key FROM contact_keys k WHERE k.checkout_id = o.checkout_id) AS contact_key,
           coalesce((SELECT jsonb_agg(to_jsonb(l) - 'order_id' ORDER BY line)
                     FROM order_lines l WHERE l.order_id = o.order_id), '[]') AS lines
    FROM orders o WHERE order_id = %s"""
ORDERS: LiteralString = """
    SELECT order_id, status, channel, total_minor, refunded_minor, dispute_status, placed_at FROM orders
    WHERE (%(status)s::text IS NULL OR status = %(status)s)
      AND (%(at)s::timestamptz IS NULL OR (placed_at, order_id) < (%(at)s::timestamptz, %(id)s::text))
    ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s"""
STOCK: LiteralString = "SELECT sku, location, on_hand, held FROM stock WHERE sku = ANY(%s) ORDER BY sku, location"
REBUILDING: LiteralString = "SELECT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until)"
STOCK_FOR_CART: LiteralString = """
    SELECT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until) AS rebuilding,
           coalesce(units, '{}') AS units,
           (SELECT step FROM checkouts WHERE checkout_id = %(checkout_id)s) AS checkout_step
    FROM (SELECT jsonb_object_agg(sku, places) AS units
          FROM (SELECT sku, jsonb_object_agg(location, on_hand - held) AS places FROM stock
                WHERE sku = ANY(%(skus)s) GROUP BY sku) s) u"""
MOVEMENTS: LiteralString = """
    SELECT version, event_id::text, type, change, on_hand, held, cause, actor, command_id::text, correlation_id::text,
           occurred_at
    FROM stock_movements
    WHERE sku = %(sku)s AND location = %(location)s AND (%(before)s::bigint IS NULL OR version < %(before)s)
    ORDER BY version DESC LIMIT %(limit)s"""
VERSIONS: dict[str, LiteralString] = {
    "cart": "SELECT version FROM carts WHERE cart_id = %s",
    "checkout": "SELECT version FROM checkouts WHERE checkout_id = %s",
    "orders": "SELECT version FROM orders WHERE order_id = %s",
    "payments": "SELECT version FROM payments WHERE payment_id = %s",
    "inventory": "SELECT version FROM stock WHERE sku = split_part(%s, '@', 1) AND location = split_part(%s, '@', 2)",
}


def pool(settings: Settings) -> Pool:
    """Connections that are opened in the background; each statement is its own transaction."""
    return AsyncConnectionPool(
        dsn(settings),
        min_size=CONNECTIONS_MIN,
        max_size=CONNECTIONS_MAX,
        timeout=WAIT_SECONDS_MAX,
        open=False,
        name="views",
        kwargs={"autocommit": True, "connect_timeout": 5, "application_name": "edge"},
    )


class Views:
    """Every call raises psycopg.OperationalError (PoolTimeout is one) when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def cart(self, cart_id: str) -> CartRow | None:
        return await self._one(CartRow, CART, {"id": cart_id})

    async def checkout(self, checkout_id: str) -> CheckoutRow | None:
        return await self._one(CheckoutRow, CHECKOUT, (checkout_id,))

    async def order(self, order_id: str) -> OrderRow | None:
        return await self._one(OrderRow, ORDER, (order_id,))

    async def orders(
        self, *, status: str | None, placed_before: datetime | None, before_id: str | None, limit: int
    ) -> list[OrderSummary]:
        """Orders from the newest to the oldest, those before the given place only."""
        wanted = {"status": status, "at": placed_before, "id": before_id, "limit": limit}
        return await self._all(OrderSummary, ORDERS, wanted)

    async def stock(self, *skus: str) -> list[StockRow]:
        """The stock of these SKUs at every location that has ever had any."""
        return await self._all(StockRow, STOCK, (list(skus),))

    async def stock_for_cart(self, skus: list[str], checkout_id: str | None) -> StockForCart:
        """What is available of these SKUs, and how far the checkout of their cart is, at one moment."""
        wanted = {"skus": skus, "checkout_id": checkout_id}
        [found] = await self._all(StockForCart, STOCK_FOR_CART, wanted, HINT_WAIT_SECONDS_MAX)
        return found

    async def movements(self, *, sku: str, location: str, before: int | None, limit: int) -> list[Movement]:
        """What happened to a SKU at a location, the newest first."""
        wanted = {"sku": sku, "location": location, "before": before, "limit": limit}
        return await self._all(Movement, MOVEMENTS, wanted)

    async def version(self, room: str, key: str) -> int:
        """The event sequence that a row stands at; 0: there is no row. Raises KeyError for a room without view."""
        statement = VERSIONS[room]
        async with self._pool.connection() as connection:
            found = await (await connection.execute(statement, (key,) * statement.count("%s"))).fetchone()
        return 0 if found is None else int(found[0])

    async def rebuilding(self) -> bool:
        """True while the views are being written again from the log: then a row that is missing proves nothing."""
        async with self._pool.connection() as connection:
            found = await (await connection.execute(REBUILDING)).fetchone()
        return bool(found and found[0])

    async def _one(
        self, row: type[R], statement: LiteralString, values: Any, wait_seconds: float = WAIT_SECONDS_MAX
    ) -> R | None:
        async with (
            self._pool.connection(wait_seconds) as connection,
            connection.cursor(row_factory=class_row(row)) as cursor,
        ):
            return await (await cursor.execute(statement, values)).fetchone()

    async def _all(
        self, row: type[R], statement: LiteralString, values: Any, wait_seconds: float = WAIT_SECONDS_MAX
    ) -> list[R]:
        async with (
            self._pool.connection(wait_seconds) as connection,
            connection.cursor(row_factory=class_row(row)) as cursor,
        ):
            return await (await cursor.execute(statement, values)).fetchall()
