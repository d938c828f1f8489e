"""What the views in PostgreSQL should say, column by column, according to the fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ops.audit import movements
from ops.audit.folds.payments import refunded
from ops.audit.world import State
from schemas.room import parted

Tuple = tuple[Any, ...]


class View(NamedTuple):
    """One view table. `query` answers the aggregate's key, the version if `versioned`, then `columns`.

    With `prints`, `expected` answers the print of each row, and no rows.
    """

    name: str
    room: str
    columns: tuple[str, ...]
    query: str
    expected: Callable[[State], list[Tuple]]
    versioned: bool = False
    prints: bool = False


def _millis(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000)::bigint"


def _parent(name: str, room: str, key: str, columns: tuple[str, ...], expected: Callable[[State], Tuple]) -> View:
    query = f"SELECT {key}, version, {', '.join(columns)} FROM {name} ORDER BY 1"  # noqa: S608 - constants
    return View(name, room, columns, query, lambda state: [expected(state)], versioned=True)


def _child(name: str, room: str, key: str, columns: tuple[str, ...], expected: Callable[[State], list[Tuple]]) -> View:
    query = f"SELECT {key}, {', '.join(columns)} FROM {name} ORDER BY 1"  # noqa: S608 - constants
    return View(name, room, columns, query, expected)


def _prints(name: str, room: str, key: str, columns: tuple[str, ...], expected: Callable[[State], list[Tuple]]) -> View:
    return _child(name, room, key, columns, expected)._replace(prints=True)


def _price(s: State) -> Tuple:
    parts = [{"sku": each.sku, "quantity": each.quantity} for each in s["components"]]
    return s["title"], s["unit_price_minor"], s["vat_basis_points"], parts, s["withdrawn"]


def _stock(s: State) -> Tuple:
    return s["on_hand"], s["held"], s["threshold"], s["low"]


def _movements(s: State) -> list[Tuple]:
    return list[Tuple](movements.unpack(s.get("_movements", b"")))


def _cart(s: State) -> Tuple:
    return s["status"], s["channel"], s["checkout_id"], s["order_id"], s["version"], s["touched_at"]


def _cart_lines(s: State) -> list[Tuple]:
    return list(s["lines"].items())


def _checkout(s: State) -> Tuple:
    missing = [{"sku": each.sku, "requested": each.requested, "available": each.available} for each in s["missing"]]
    return (
        s["cart_id"], s["order_id"], s["payment_id"], s["step"], s["failure"], missing, s["channel"],
        s["delivery_method"], s["expected_total_minor"], s["total_minor"] if s["priced"] else None,
        s["current_total_minor"], s["client_secret"], s["contact"], s["expires_at"],
    )  # fmt: skip


def _payment(s: State) -> Tuple:
    return (
        parted(s["answer_to"])[1], s["order_id"], s["status"], s["amount_minor"], s["captured_minor"], refunded(s),
        s["intent_id"],
    )  # fmt: skip


def _refunds(s: State) -> list[Tuple]:
    return [
        (refund_id, each.amount_minor, each.status, each.stripe_refund_id) for refund_id, each in s["refunds"].items()
    ]


def _disputes(s: State) -> list[Tuple]:
    return [
        (dispute_id, each.status, each.amount_minor, each.withdrawn_minor, each.fee_minor, each.reason)
        for dispute_id, each in s["disputes"].items()
    ]


def _order(s: State) -> Tuple:
    delivery, money = s["delivery"], s["money"]
    return (
        s["status"], s["checkout_id"], s["cart_id"], s["payment_id"], s["channel"], delivery.method,
        delivery.gross_minor, delivery.vat_minor, s["total_minor"], money.captured_minor, money.refunded_minor,
        money.refund_pending_minor, money.owed_minor, money.dispute_status, money.disputed_minor, money.lost_minor,
        s["contact"], s["placed_at"],
    )  # fmt: skip


def _order_lines(s: State) -> list[Tuple]:
    return [
        (number, line.sku, line.title, line.quantity, line.unit_price_minor, line.gross_minor, line.discount_minor,
         line.vat_basis_points, line.vat_minor)
        for number, line in enumerate(s["lines"])
    ]  # fmt: skip


def _allocations(s: State) -> list[Tuple]:
    return [(each.sku, each.location, each.quantity) for each in s["allocations"]]


def _ledger(s: State) -> list[Tuple]:
    return [
        (event_id, line, entry.account, entry.amount_minor, entry.vat_basis_points)
        for event_id, entries in s.get("_entries", {}).items()
        for line, entry in enumerate(entries)
    ]


# Parents before their children: what a parent's row has seen later than the fold is not compared.
VIEWS = (
    _parent("prices", "catalogue", "sku",
            ("title", "unit_price_minor", "vat_basis_points", "components", "withdrawn"), _price),
    _parent("stock", "inventory", "sku || '@' || location", ("on_hand", "held", "threshold", "low"), _stock),
    _prints("stock_movements", "inventory", "sku || '@' || location",
            ("version", "event_id::text", "type", "change", "on_hand", "held", "cause", "actor", "command_id::text",
             "correlation_id::text", _millis("occurred_at")), _movements),
    _parent("carts", "cart", "cart_id",
            ("status", "channel", "checkout_id", "order_id", "cart_version", _millis("touched_at")), _cart),
    _child("cart_lines", "cart", "cart_id", ("sku", "quantity"), _cart_lines)._replace(
        query="SELECT cart_id, sku, quantity FROM cart_lines WHERE quantity > 0 ORDER BY 1"
    ),
    _parent("checkouts", "checkout", "checkout_id",
            ("cart_id", "order_id", "payment_id", "step", "failure", "missing", "channel", "delivery_method",
             "expected_total_minor", "total_minor", "current_total_minor", "client_secret", "contact",
             _millis("expires_at")), _checkout),
    _parent("payments", "payments", "payment_id",
            ("checkout_id", "order_id", "status", "amount_minor", "captured_minor", "refunded_minor", "intent_id"),
            _payment),
    _child("refunds", "payments", "payment_id", ("refund_id", "amount_minor", "status", "stripe_refund_id"), _refunds),
    _child("disputes", "payments", "payment_id",
           ("dispute_id", "status", "amount_minor", "withdrawn_minor", "fee_minor", "reason"), _disputes),
    _child("ledger_entries", "payments", "payment_id",
           ("event_id::text", "line", "account", "amount_minor", "vat_basis_points"), _ledger),
    _parent("orders", "orders", "order_id",
            ("status", "checkout_id", "cart_id", "payment_id", "channel", "delivery_method", "delivery_gross_minor",
             "delivery_vat_minor", "total_minor", "captured_minor", "refunded_minor", "refund_pending_minor",
             "owed_minor", "dispute_status", "disputed_minor", "lost_minor", "contact", _millis("placed_at")), _order),
    _child("order_lines", "orders", "order_id",
           ("line", "sku", "title", "quantity", "unit_price_minor", "gross_minor", "discount_minor",
            "vat_basis_points", "vat_minor"), _order_lines),
    _child("order_allocations", "orders", "order_id", ("sku", "location", "quantity"), _allocations),
)  # fmt: skip
