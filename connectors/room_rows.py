"""Which rows each room's events become: the table of contents of the views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors import cart_rows, catalogue_rows, checkout_rows, inventory_rows, orders_rows, payments_rows
from connectors.events import Event
from connectors.rows import Row

Rows = Callable[[Event, Any], tuple[Row, ...]]

ROWS_OF: dict[str, Rows] = {
    "catalogue": catalogue_rows.rows,
    "inventory": inventory_rows.rows,
    "cart": cart_rows.rows,
    "checkout": checkout_rows.rows,
    "payments": payments_rows.rows,
    "orders": orders_rows.rows,
}
