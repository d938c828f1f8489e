"""The views in PostgreSQL, as the edge reads them. Written by the sink; nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, LiteralString, TypeVar

import msgspec
from psycopg import AsyncConnection, sql
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from connectors.kafka.log_identity import Partition
from connectors.postgres.connection import dsn
from connectors.projection import Versioned
from process.settings import Settings
from schemas.catalogue.messages import ProductState, ProductStatus
from schemas.log import LogIdentity
from schemas.orders.messages import OrderState
from schemas.record import Record
from schemas.rooms import ROOM_OF, ROOMS

Pool = AsyncConnectionPool[AsyncConnection[Any]]
R = TypeVar("R")
S = TypeVar("S", bound=Record)

CONNECTIONS_MIN, CONNECTIONS_MAX = 4, 16  # per process; a new one costs PostgreSQL more than a hundred queries
WAIT_SECONDS_MAX = 1.0
HINT_WAIT_SECONDS_MAX = 0.25  # for what an answer is complete enough without


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    sku: str
    location: str
    on_hand: int
    held: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockForCart:
    rebuilding: bool  # then what is missing in `units` may only not be there again yet
    units: dict[str, dict[str, int]]  # available, by SKU and location
    checkout_step: str | None  # of the checkout that has the cart


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFact:
    """An event of the history; its fields are JSON, its time UTC milliseconds."""

    version: int
    event_id: str
    type: str
    event: dict[str, Any]
    actor: str
    command_id: str
    correlation_id: str
    occurred_at: int


STATE = "SELECT version, state::text FROM {table} s WHERE key = %s"
# Contact details are of no use without the key that opens them; none: erased, or not made yet.
STATE_AND_KEY = (
    "SELECT version, state::text, (SELECT k.key FROM contact_keys k WHERE k.checkout_id = s.state ->> 'checkout_id')"
    " FROM {table} s WHERE key = %s"
)
VERSION = "SELECT version FROM {table} WHERE key = %s"
ORDERS: LiteralString = """
    SELECT version, (state - '{lines,allocations,contact}'::text[])::text FROM state.orders
    WHERE (%(status)s::text IS NULL OR state ->> 'status' = %(status)s)
      AND (%(at)s::bigint IS NULL OR (placed_at, key) < (%(at)s::bigint, %(id)s::text))
    ORDER BY placed_at DESC, key DESC LIMIT %(limit)s"""
PRODUCTS: LiteralString = """
    SELECT state::text FROM state.catalogue
    WHERE key > %(after)s AND (%(status)s::text IS NULL OR state ->> 'status' = %(status)s)
      AND (%(categories)s::text[] IS NULL OR state #> '{facts,categories}' ?| %(categories)s::text[])
    ORDER BY key LIMIT %(limit)s"""
PRODUCTS_WITH: LiteralString = """
    SELECT s.sku, min(c.key) FROM unnest(%(skus)s::text[]) s(sku)
    JOIN state.catalogue c ON c.state #> '{facts,variants}' @> jsonb_build_array(jsonb_build_object('sku', s.sku))
    WHERE c.key <> %(but)s GROUP BY s.sku ORDER BY s.sku"""
WEIGHTS: LiteralString = """
    SELECT s.sku, max((v ->> 'weight_grams')::bigint) FROM unnest(%s::text[]) s(sku)
    JOIN state.catalogue c ON c.state #> '{facts,variants}' @> jsonb_build_array(jsonb_build_object('sku', s.sku)),
         jsonb_array_elements(c.state #> '{facts,variants}') v
    WHERE v ->> 'sku' = s.sku GROUP BY s.sku"""
STOCK: LiteralString = """
    SELECT sku, substring(key FROM '[^@]*$') AS location,
           (state ->> 'on_hand')::bigint AS on_hand, (state ->> 'held')::bigint AS held, version
    FROM state.inventory WHERE sku = ANY(%(skus)s) ORDER BY key"""
# While a view is rebuilt its rows are not to be relied on: what is read then begins where the rebuild ends.
POSITIONS: LiteralString = """
    SELECT topic, partition, greatest(next_offset, coalesce(rebuilding_until, 0)) FROM sink_positions
    WHERE log_id = %s"""
REBUILDING: LiteralString = "SELECT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until)"
STOCK_FOR_CART: LiteralString = """
    SELECT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until) AS rebuilding,
           coalesce(units, '{}') AS units,
           (SELECT state ->> 'step' FROM state.checkout WHERE key = %(checkout_id)s) AS checkout_step
    FROM (SELECT jsonb_object_agg(sku, places) AS units
          FROM (SELECT sku, jsonb_object_agg(substring(key FROM '[^@]*$'),
                                             (state ->> 'on_hand')::bigint - (state ->> 'held')::bigint) AS places
                FROM state.inventory WHERE sku = ANY(%(skus)s) GROUP BY sku) s) u"""
HISTORY: LiteralString = """
    SELECT version, event_id::text, type, event, actor, command_id::text, correlation_id::text, occurred_at FROM history
    WHERE room = %(room)s AND key = %(key)s AND (%(before)s::bigint IS NULL OR version < %(before)s)
      AND (%(at)s::bigint IS NULL OR version < ALL (
        SELECT version FROM history WHERE room = %(room)s AND key = %(key)s AND occurred_at > %(at)s))
    ORDER BY version DESC LIMIT %(limit)s"""


@cache
def _of(room: str, statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier("state", ROOMS[room].name))


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

    async def state(self, record: type[S], key: str) -> Versioned[S] | None:
        """An aggregate of the room whose state class this is."""
        found = await self._row(_of(ROOM_OF[record].name, STATE), key)
        return None if found is None else Versioned(found[0], msgspec.json.decode(found[1], type=record))

    async def state_and_key(self, record: type[S], key: str) -> tuple[Versioned[S], bytes | None] | None:
        """An aggregate that has contact details, and the key that opens them; no key: erased, or not made yet."""
        found = await self._row(_of(ROOM_OF[record].name, STATE_AND_KEY), key)
        return None if found is None else (Versioned(found[0], msgspec.json.decode(found[1], type=record)), found[2])

    async def orders(
        self, *, status: str | None, placed_before: int | None, before_id: str | None, limit: int
    ) -> list[OrderState]:
        """Orders from the newest to the oldest, those before the given place only; without lines and contact."""
        wanted = {"status": status, "at": placed_before, "id": before_id, "limit": limit}
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found = await (await connection.execute(ORDERS, wanted)).fetchall()
        return [msgspec.json.decode(state, type=OrderState) for _, state in found]

    async def products(
        self, *, status: ProductStatus | None, categories: Sequence[str], after: str, limit: int
    ) -> list[ProductState]:
        """Products in one of the categories, if any is named, in the order of their ids; those behind the given one."""
        wanted = {"status": status, "categories": list(categories) or None, "after": after, "limit": limit}
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found = await (await connection.execute(PRODUCTS, wanted)).fetchall()
        return [msgspec.json.decode(state, type=ProductState) for (state,) in found]

    async def products_with(self, *skus: str, but: str) -> dict[str, str]:
        """Which of these SKUs are variants of other products than the given one, and of which."""
        if not skus:
            return {}
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found = await (await connection.execute(PRODUCTS_WITH, {"skus": list(skus), "but": but})).fetchall()
        return dict(found)

    async def weights(self, *skus: str) -> dict[str, int]:
        """Grams of the variants with these SKUs, with their packaging; 0: not known."""
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found = await (await connection.execute(WEIGHTS, (list(skus),))).fetchall()
        return {sku: grams or 0 for sku, grams in found}

    async def stock(self, *skus: str) -> list[StockRow]:
        """The stock of these SKUs at every location that has ever had any."""
        return await self._all(StockRow, STOCK, {"skus": list(skus)})

    async def stock_for_cart(self, skus: list[str], checkout_id: str | None) -> StockForCart:
        """What is available of these SKUs, and how far the checkout of their cart is, at one moment."""
        wanted = {"skus": skus, "checkout_id": checkout_id}
        [found] = await self._all(StockForCart, STOCK_FOR_CART, wanted, HINT_WAIT_SECONDS_MAX)
        return found

    async def history(
        self, room: str, key: str, *, before: int | None, limit: int, at: int | None = None
    ) -> list[HistoryFact]:
        """What happened to an aggregate, the newest first, up to a moment; of rooms that keep their history."""
        wanted = {"room": room, "key": key, "before": before, "limit": limit, "at": at}
        return await self._all(HistoryFact, HISTORY, wanted)

    async def version(self, room: str, key: str) -> int:
        """The event sequence that a row stands at; 0: there is no row. Raises KeyError for a room without view."""
        found = await self._row(_of(room, VERSION), key)
        return 0 if found is None else int(found[0])

    async def positions(self, log: LogIdentity) -> dict[Partition, int]:
        """How far the views have read each event topic of this log."""
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found = await (await connection.execute(POSITIONS, (log.id,))).fetchall()
        return {(topic, partition): offset for topic, partition, offset in found}

    async def rebuilding(self) -> bool:
        """True while the views are being written again from the log: then a row that is missing proves nothing."""
        async with self._pool.connection() as connection:
            found = await (await connection.execute(REBUILDING)).fetchone()
        return bool(found and found[0])

    async def _row(self, statement: sql.Composed, key: str) -> tuple[Any, ...] | None:
        async with self._pool.connection(WAIT_SECONDS_MAX) as connection:
            found: tuple[Any, ...] | None = await (await connection.execute(statement, (key,))).fetchone()
        return found

    async def _all(
        self, row: type[R], statement: LiteralString, values: Any, wait_seconds: float = WAIT_SECONDS_MAX
    ) -> list[R]:
        async with (
            self._pool.connection(wait_seconds) as connection,
            connection.cursor(row_factory=class_row(row)) as cursor,
        ):
            return await (await cursor.execute(statement, values)).fetchall()
