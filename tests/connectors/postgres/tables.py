"""What the view tables should hold, from the rooms' own states; and what they do hold."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from connectors.postgres.connection import dsn
from connectors.postgres.views import VIEWS
from process.settings import Settings
from schemas.inventory.messages import StockRefused
from schemas.payments.messages import DisputeRecorded, PaymentCaptured
from schemas.payments.refunds import RefundFailed, RefundSucceeded
from schemas.prices.messages import PriceSet, PricesScheduled, PricesTurned
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS
from tests.connectors.story import Story, StoryEvent

Rows = list[dict[str, Any]]
BOOKED = (PaymentCaptured, RefundSucceeded, RefundFailed, DisputeRecorded)


def actual(settings: Settings) -> dict[str, Rows]:
    """Every row of every view table, and of the SQL views whose columns are worked out."""
    with psycopg.connect(dsn(settings), row_factory=dict_row) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        return {
            name: connection.execute(
                sql.SQL('SELECT * FROM {} t ORDER BY t::text COLLATE "C"').format(sql.Identifier(*name.split(".")))
            ).fetchall()
            for name in (*VIEWS, "stock_movements", "ledger_entries")
        }


def states_shown(story: Story, tables: dict[str, Rows]) -> None:
    """Every row is its state, every state has its row, and the lists of facts are complete. Raises AssertionError."""
    for room in ROOMS.values():
        view = DECIDERS[room.name].view
        states = {key: state if view is None else view.of(state) for key, state in story.rows(room.name).items()}
        rows = {row["key"]: row for row in tables[f"state.{room.name}"]}
        assert rows.keys() == states.keys(), room.name
        for key, row in rows.items():
            assert msgspec.convert(row["state"], room.state) == states[key], (room.name, key)
            assert row["version"] == story.versions[room.name, key], (room.name, key)
    _facts(story, tables)


def _facts(story: Story, tables: dict[str, Rows]) -> None:
    wanted = {told.id: told for told in story.events if _is_kept(told)}
    assert len(tables["history"]) == len(wanted)
    for row in tables["history"]:
        told = wanted[str(row["event_id"])]
        assert (row["room"], row["key"], row["version"], row["occurred_at"]) == (
            told.room, told.key, told.version, told.at,
        )  # fmt: skip
        assert msgspec.convert(row["event"], type(told.body)) == told.body
    on_hand = {key: state.on_hand for key, state in story.rows("inventory").items()}
    moved = dict.fromkeys(on_hand, 0)
    for row in tables["stock_movements"]:
        moved[f"{row['sku']}@{row['location']}"] += row["change"]
    assert moved == on_hand, "the movements explain the stock"
    booked = [
        (told.key, entry.account.value, entry.amount_minor)
        for told in story.events
        for entry in (told.body.entries if isinstance(told.body, BOOKED) else ())
    ]
    ledger = [(row["payment_id"], row["account"], row["amount_minor"]) for row in tables["ledger_entries"]]
    assert sorted(ledger) == sorted(booked)


def _is_kept(told: StoryEvent) -> bool:
    kept = (*BOOKED, PriceSet, PricesScheduled, PricesTurned)
    return isinstance(told.body, kept) or (told.room == "inventory" and not isinstance(told.body, StockRefused))


def people_see(story: Story, settings: Settings) -> None:
    """The SQL views read well: names, statuses, pence, times, and lines one by one. Raises AssertionError."""
    with psycopg.connect(dsn(settings)) as connection:
        seen = connection.execute(
            "SELECT order_id, status, channel, delivery_method, total_minor, money_captured_minor, contact,"
            " (extract(epoch FROM placed_at) * 1000)::bigint FROM orders"
        ).fetchall()
        lines = connection.execute("SELECT order_id, sku, quantity, vat_minor FROM orders_lines").fetchall()
        wanted = connection.execute("SELECT cart_id, sku, quantity FROM cart_lines").fetchall()
        refunds = connection.execute("SELECT payment_id, id, amount_minor, status FROM payments_refunds").fetchall()
        stock = connection.execute("SELECT sku, location, on_hand, held, low FROM inventory").fetchall()
        prices = connection.execute("SELECT sku, title, unit_price_minor, withdrawn FROM prices").fetchall()
        shown = connection.execute("SELECT product_id, status, facts_title FROM catalogue").fetchall()
        steps = connection.execute(
            "SELECT checkout_id, step, failure, expires_at > started_at FROM checkout"
        ).fetchall()
    orders, carts, payments = story.rows("orders"), story.rows("cart"), story.rows("payments")
    assert sorted(seen) == sorted(
        (key, o.status, o.channel, o.delivery.method, o.total_minor, o.money.captured_minor, o.contact, o.placed_at)
        for key, o in orders.items()
    )
    assert sorted(lines) == sorted(
        (key, line.sku, line.quantity, line.vat_minor) for key, order in orders.items() for line in order.lines
    )
    assert sorted(wanted) == sorted(
        (key, line.sku, line.quantity) for key, cart in carts.items() for line in cart.lines.values()
    )
    assert sorted(refunds) == sorted(
        (key, name, refund.amount_minor, refund.status)
        for key, payment in payments.items()
        for name, refund in payment.refunds.items()
    )
    shelves = story.rows("inventory")
    assert sorted(stock) == sorted(
        (*key.rsplit("@", 1), each.on_hand, each.held, each.low) for key, each in shelves.items()
    )
    products = story.rows("prices")
    assert sorted(prices) == sorted((key, p.title, p.unit_price_minor, p.withdrawn) for key, p in products.items())
    catalogue = story.rows("catalogue")
    assert sorted(shown) == sorted((key, p.status, p.facts.title) for key, p in catalogue.items())
    checkouts = story.rows("checkout")
    assert sorted(steps) == sorted((key, each.step, each.failure, True) for key, each in checkouts.items())
