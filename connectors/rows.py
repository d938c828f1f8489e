"""What an event means for the view tables: rows to put or to change. Pure; the SQL is in view_sql.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A view table."""

    name: str
    key: tuple[str, ...]
    versioned: bool = True  # has a `version`, and its rows only move forward; else each is written once, by one event


class Action(Enum):
    """What becomes of a row."""

    PUT = "put"  # insert it, or change the columns given
    PATCH = "patch"  # change the columns given, if it is there


class Row(NamedTuple):
    """One change to one row; `values` has the key's columns too."""

    table: Table
    action: Action
    values: Values


def put(table: Table, **values: Any) -> Row:
    """Insert a row or change these of its columns."""
    return Row(table, Action.PUT, values)


def patch(table: Table, **values: Any) -> Row:
    """Change these columns of a row, if there is one: a refusal makes nothing exist."""
    return Row(table, Action.PATCH, values)


def moment(millis: int) -> datetime:
    """A time of ours as PostgreSQL wants it."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def sealed(data: bytes) -> str:
    """Bytes as PostgreSQL reads them from text."""
    return "\\x" + data.hex()


PRICES = Table(name="prices", key=("sku",))
STOCK = Table(name="stock", key=("sku", "location"))
STOCK_MOVEMENTS = Table(name="stock_movements", key=("sku", "location", "version"), versioned=False)
CARTS = Table(name="carts", key=("cart_id",))
CART_LINES = Table(name="cart_lines", key=("cart_id", "sku"))
CHECKOUTS = Table(name="checkouts", key=("checkout_id",))
PAYMENTS = Table(name="payments", key=("payment_id",))
REFUNDS = Table(name="refunds", key=("payment_id", "refund_id"))
DISPUTES = Table(name="disputes", key=("payment_id", "dispute_id"))
LEDGER_ENTRIES = Table(name="ledger_entries", key=("event_id", "line"), versioned=False)
ORDERS = Table(name="orders", key=("order_id",))
ORDER_LINES = Table(name="order_lines", key=("order_id", "line"), versioned=False)
ORDER_ALLOCATIONS = Table(name="order_allocations", key=("order_id", "sku", "location"), versioned=False)

TABLES = (
    PRICES, STOCK, STOCK_MOVEMENTS, CARTS, CART_LINES, CHECKOUTS, PAYMENTS, REFUNDS, DISPUTES, LEDGER_ENTRIES, ORDERS,
    ORDER_LINES, ORDER_ALLOCATIONS,
)  # fmt: skip

Changes = dict[Table, dict[tuple[Any, ...], Row]]


def coalesce(rows: Iterable[Row]) -> Changes:
    """At most one change for each row: what all of them, in order, come to."""
    changes: Changes = {}
    for row in rows:
        of_table = changes.setdefault(row.table, {})
        key = tuple([row.values[column] for column in row.table.key])
        before = of_table.get(key)
        of_table[key] = row if before is None else _both(before, row)
    return changes


def _both(before: Row, after: Row) -> Row:
    action = Action.PUT if Action.PUT in (before.action, after.action) else Action.PATCH
    return Row(after.table, action, before.values | after.values)
