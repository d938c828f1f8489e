"""What the view tables should hold, from the rooms' own states; and what they do hold.

An oracle of its own: the sink never sees a state, and this never looks at what the sink makes of an event, except for
the tables that are lists of facts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from connectors.postgres import dsn
from connectors.settings import Settings
from schemas.inventory.messages import StockRefused
from schemas.orders.messages import OrderPlaced
from schemas.payments.messages import DisputeRecorded, PaymentCaptured, RefundFailed, RefundSucceeded
from tests.connectors.story import Story, Told

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TABLES = {
    "prices": "sku", "stock": "sku, location", "stock_movements": "sku, location, version", "carts": "cart_id",
    "cart_lines": "cart_id, sku", "checkouts": "checkout_id", "payments": "payment_id",
    "refunds": "payment_id, refund_id", "disputes": "payment_id, dispute_id", "ledger_entries": "event_id, line",
    "orders": "order_id",
    "order_lines": "order_id, line", "order_allocations": "order_id, sku, location",
}  # fmt: skip
Rows = list[dict[str, Any]]


def actual(settings: Settings) -> dict[str, Rows]:
    """Every row of every view table."""
    with psycopg.connect(dsn(settings), row_factory=dict_row) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        return {
            name: connection.execute(sql.SQL(f"SELECT * FROM {name} ORDER BY {key}")).fetchall()  # noqa: S608
            for name, key in TABLES.items()
        }


def states_shown(story: Story, tables: dict[str, Rows]) -> None:
    """Every row is its state, every state has its row, and the lists of facts are complete. Raises AssertionError."""
    _prices(story, tables["prices"])
    _stock(story, tables["stock"])
    _carts(story, tables["carts"], tables["cart_lines"])
    _checkouts(story, tables["checkouts"])
    _payments(story, tables["payments"], tables["refunds"])
    _disputes(story, tables["disputes"])
    _orders(story, tables)
    _facts(story, tables)


def _same(rows: Rows, states: dict[str, Any], key: str, names: dict[str, str], story: Story, room: str) -> None:
    assert [row[key] for row in rows] == sorted(states)
    for row in rows:
        state = states[row[key]]
        for column, field in names.items():
            assert row[column] == plain(getattr(state, field)), (row[key], column)
        assert row["version"] == story.versions[room, row[key]], row[key]


def _prices(story: Story, rows: Rows) -> None:
    names = ("title", "unit_price_minor", "vat_basis_points", "withdrawn", "components")
    _same(rows, story.rows("catalogue"), "sku", dict(zip(names, names, strict=True)), story, "catalogue")


def _stock(story: Story, rows: Rows) -> None:
    states = story.rows("inventory")
    assert sorted(f"{row['sku']}@{row['location']}" for row in rows) == sorted(states)
    for row in rows:
        key = f"{row['sku']}@{row['location']}"
        state = states[key]
        assert (row["on_hand"], row["held"]) == (state.on_hand, state.held), key
        assert (row["threshold"], row["low"]) == (state.threshold, state.low), key
        assert row["version"] == story.versions["inventory", key], key


def _carts(story: Story, rows: Rows, lines: Rows) -> None:
    names = {"status": "status", "channel": "channel", "checkout_id": "checkout_id", "order_id": "order_id"}
    states = story.rows("cart")
    _same(rows, states, "cart_id", names | {"cart_version": "version"}, story, "cart")
    for row in rows:
        assert row["touched_at"] == moment(states[row["cart_id"]].touched_at), row["cart_id"]
    wanted = [(key, sku, units) for key in sorted(states) for sku, units in sorted(states[key].lines.items())]
    assert [(row["cart_id"], row["sku"], row["quantity"]) for row in lines if row["quantity"]] == wanted


def _checkouts(story: Story, rows: Rows) -> None:
    names = ("cart_id", "order_id", "payment_id", "step", "failure", "missing", "channel", "delivery_method")
    names += ("expected_total_minor", "current_total_minor", "client_secret")
    states = story.rows("checkout")
    assert [row["checkout_id"] for row in rows] == sorted(states)
    for row in rows:
        state = states[row["checkout_id"]]
        shown = {name: row[name] for name in names}
        assert shown == {name: plain(getattr(state, name)) for name in names}
        assert (row["total_minor"] or 0, row["contact"]) == (state.total_minor, state.contact)
        assert (row["started_at"], row["expires_at"]) == (moment(state.started_at), moment(state.expires_at))
        assert row["version"] == story.versions["checkout", row["checkout_id"]]


def _payments(story: Story, rows: Rows, refunds: Rows) -> None:
    names = ("order_id", "status", "amount_minor", "captured_minor", "intent_id")
    states = story.rows("payments")
    _same(rows, states, "payment_id", dict(zip(names, names, strict=True)), story, "payments")
    for row in rows:
        assert states[row["payment_id"]].answer_to == f"checkout/{row['checkout_id']}"
        gone = [each for each in states[row["payment_id"]].refunds.values() if each.status == "succeeded"]
        assert row["refunded_minor"] == sum(each.amount_minor for each in gone)
    wanted = [
        [key, refund_id, refund.amount_minor, refund.status, refund.stripe_refund_id]
        for key in sorted(states)
        for refund_id, refund in sorted(states[key].refunds.items())
    ]
    assert [[value for name, value in row.items() if name != "version"] for row in refunds] == wanted


def _disputes(story: Story, rows: Rows) -> None:
    states = story.rows("payments")
    names = ("dispute_id", "status", "amount_minor", "withdrawn_minor", "fee_minor", "reason")
    wanted = [
        [key, *(getattr(dispute, name) for name in names)]
        for key in sorted(states)
        for _, dispute in sorted(states[key].disputes.items())
    ]
    assert [[value for name, value in row.items() if name != "version"] for row in rows] == wanted


def _orders(story: Story, tables: dict[str, Rows]) -> None:
    names = ("status", "checkout_id", "payment_id", "total_minor")
    states = story.rows("orders")
    _same(tables["orders"], states, "order_id", dict(zip(names, names, strict=True)), story, "orders")
    money = ("captured_minor", "refunded_minor", "refund_pending_minor", "owed_minor", "dispute_status",
             "disputed_minor", "lost_minor")  # fmt: skip
    for row in tables["orders"]:
        assert [row[name] for name in money] == [getattr(states[row["order_id"]].money, name) for name in money]
    lines = [
        {"order_id": key, "line": number, **plain(line)}
        for key in sorted(states)
        for number, line in enumerate(states[key].lines)
    ]
    assert tables["order_lines"] == lines
    placed = [told.body for told in story.events if isinstance(told.body, OrderPlaced)]
    taken = [{"order_id": each.order_id, **plain(part)} for each in placed for part in each.allocations]
    assert tables["order_allocations"] == sorted(taken, key=lambda row: tuple(row.values()))


def _facts(story: Story, tables: dict[str, Rows]) -> None:
    moved = [told for told in story.events if told.room == "inventory" and not isinstance(told.body, StockRefused)]
    shown = {str(row["event_id"]): (row["version"], row["on_hand"], row["held"]) for row in tables["stock_movements"]}
    assert len(tables["stock_movements"]) == len(moved)
    for told in moved:
        assert shown[told.id] == (told.version, told.body.on_hand_after, told.body.held_after)  # type: ignore[attr-defined]
    for row in tables["stock"]:
        here = [each for each in tables["stock_movements"] if (each["sku"], each["location"]) == _place(row)]
        assert sum(each["change"] for each in here) == row["on_hand"], "the movements explain the stock"
    wanted = [entry for told in story.events for entry in _booked(told)]
    assert sorted((row["payment_id"], row["account"], row["amount_minor"]) for row in tables["ledger_entries"]) == (
        sorted(wanted)
    )


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["sku"], row["location"]


def _booked(told: Told) -> list[tuple[str, str, int]]:
    match told.body:
        case PaymentCaptured() | RefundSucceeded() | RefundFailed() | DisputeRecorded():
            entries = told.body.entries
            return [(told.key, str(entry.account), entry.amount_minor) for entry in entries]
        case _:
            return []


def moment(millis: int) -> datetime:
    """A time of ours."""
    return EPOCH + timedelta(milliseconds=millis)


def plain(value: Any) -> Any:
    """A value as it comes out of JSON."""
    return msgspec.json.decode(msgspec.json.encode(value))
