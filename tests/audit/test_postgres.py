"""The views of a real database against the fold: equal as the sink writes them, and every wrong row is found."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace as replace_fields
from psycopg import conninfo, sql

from connectors import postgres_views
from connectors.events import Event
from connectors.postgres import dsn
from connectors.room_rows import ROWS_OF
from connectors.rows import TABLES, Row, coalesce
from connectors.settings import Settings
from connectors.view_reads import REBUILDING
from ops.audit import postgres as audit_of_views
from ops.audit.findings import Findings
from ops.audit.log import read_event
from ops.audit.world import World
from ops.deploy import migrate
from schemas.rooms import ROOMS
from schemas.topics import PARTITIONS
from tests.audit.auditing import MemoryLog, folded
from tests.audit.on_kafka import settings_of
from tests.audit.story import Story, a_day
from tests.runtime.simulated import CODEC, IDENTITY


@pytest.fixture(scope="module")
def settings(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database of this file alone, migrated."""
    folder: Path = tmp_path_factory.mktemp("secrets")
    given = conninfo.conninfo_to_dict(postgres)
    (folder / "postgres").write_text(str(given.pop("password")))
    name = f"audit_{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    address = conninfo.make_conninfo(**{each: str(value) for each, value in given.items()} | {"dbname": name})
    settings = replace(settings_of("", ""), postgres=address, secrets=folder)
    migrate(settings)
    yield settings
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def rows_of(story: Story) -> Iterator[tuple[Row, ...]]:
    """What the sink makes of every event."""
    for room in ROOMS.values():
        topic = room.topic("events")
        for partition in range(PARTITIONS):
            for record in MemoryLog(story.log).records(topic, partition):
                read = read_event(room, topic, partition, record, CODEC.decode, 0)
                event = Event(
                    body=read.body,
                    version=read.version,
                    id=read.id,
                    command_id=read.command_id,
                    correlation_id=read.correlation_id,
                    occurred_at=read.occurred_at,
                    actor=read.actor,
                    reply_to=None,
                )
                yield ROWS_OF[room.name](event, event.body)


@pytest.fixture(scope="module")
def world(settings: Settings) -> World:
    """A day in the views, and folded."""
    story = a_day()
    world, _ = folded(story)
    with postgres_views.connect(settings) as connection:
        was = postgres_views.begin(connection, IDENTITY, world.ends)
        rows = (row for each in rows_of(story) for row in each)
        postgres_views.apply(connection, IDENTITY, coalesce(rows), was=was, now=dict(world.next_offsets))
    return world


def found(settings: Settings, world: World) -> Findings:
    findings = Findings()
    audit_of_views.check(settings, world, findings, lambda _: None)
    return findings


def test_views_as_the_sink_writes_them_are_the_fold(settings: Settings, world: World) -> None:
    findings = found(settings, world)
    assert not findings.failed, findings.first
    assert findings.made["postgres"] > 20


LOOKED_AT = 97  # each so many events: a look reads all tables


def shown(connection: postgres_views.Connection) -> dict[object, object]:
    """All that the views say, in short."""
    said = [
        f"SELECT '{table.name}', md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table.name} t"  # noqa: S608
        for table in TABLES
    ]
    return dict(connection.execute(" UNION ALL ".join(said).encode()).fetchall())


def test_events_that_are_read_again_on_another_log_never_take_a_view_back(settings: Settings, world: World) -> None:
    """Not even on the way: whoever carries a position or an ETag meanwhile sees what they saw before."""
    another = replace_fields(IDENTITY, id="another")
    with postgres_views.connect(settings) as connection:
        before = shown(connection)
        was = postgres_views.begin(connection, another, world.ends)
        assert set(was.values()) == {0}
        assert connection.execute(REBUILDING).fetchall() == [(True,)]
        with pytest.raises(postgres_views.PositionsMoved):  # a sink of the old log that is still at work
            postgres_views.apply(connection, IDENTITY, {}, was=was, now=was)
        for number, rows in enumerate(rows_of(a_day())):
            postgres_views.apply(connection, another, coalesce(rows), was=was, now=was)
            if number % LOOKED_AT == 0:
                assert shown(connection) == before, rows
        assert shown(connection) == before
        postgres_views.apply(connection, another, {}, was=was, now=world.ends)
        assert connection.execute(REBUILDING).fetchall() == [(False,)]
        assert postgres_views.begin(connection, another, world.ends) == world.ends
        connection.execute("UPDATE sink_positions SET log_id = %s", (IDENTITY.id,))
    assert not found(settings, world).failed


FAULTS = {
    "stock": "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'TEA'",
    "low": "UPDATE stock SET low = NOT low WHERE sku = 'TEA'",
    "stock_movements": "UPDATE stock_movements SET change = change + 1 WHERE sku = 'TEA' AND version = 1",
    "what caused a movement": "UPDATE stock_movements SET cause = cause - 'reference' WHERE type = 'StockReceived'",
    "who moved it": "UPDATE stock_movements SET actor = 'nobody' WHERE sku = 'VASE' AND version = 3",
    "when it moved": "UPDATE stock_movements SET occurred_at = occurred_at + interval '1 ms' WHERE version = 2",
    "a movement lost": "DELETE FROM stock_movements WHERE sku = 'TEA' AND version = 2",
    "all movements lost": "DELETE FROM stock_movements WHERE sku = 'TEA'",
    "a movement too many": "INSERT INTO stock_movements SELECT sku, location, 999, event_id, type, change, on_hand,"
    " held, cause, actor, command_id, correlation_id, occurred_at FROM stock_movements WHERE sku = 'TEA' LIMIT 1",
    "a movement of nothing": "UPDATE stock_movements SET sku = 'GHOST' WHERE sku = 'TEA' AND version = 1",
    "carts": "UPDATE carts SET status = 'open' WHERE cart_id = 'anna'",
    "cart_lines": "UPDATE cart_lines SET quantity = 9 WHERE cart_id = 'anna' AND sku = 'TEA'",
    "a cart line lost": "DELETE FROM cart_lines WHERE cart_id = 'anna' AND sku = 'TEA'",
    "checkouts": "UPDATE checkouts SET total_minor = 1 WHERE cart_id = 'anna'",
    "payments": "UPDATE payments SET captured_minor = captured_minor + 1 WHERE captured_minor > 0",
    "refunds": "UPDATE refunds SET status = 'pending' WHERE refund_id = 'goodwill'",
    "ledger_entries": "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE line = 0",
    "a ledger entry lost": "DELETE FROM ledger_entries WHERE line = 0",
    "orders": "UPDATE orders SET refunded_minor = 1 WHERE cart_id = 'ben'",
    "order_lines": "UPDATE order_lines SET vat_minor = vat_minor + 1 WHERE sku = 'VASE'",
    "the order of order_lines": "UPDATE order_lines SET line = line + 5 WHERE sku = 'TEA'",
    "order_allocations": "UPDATE order_allocations SET quantity = 9 WHERE sku = 'TEA'",
    "prices": "UPDATE prices SET unit_price_minor = 1 WHERE sku = 'TEA'",
    "an order lost": "DELETE FROM orders WHERE cart_id = 'ben'",
    "a row of no event": "INSERT INTO stock VALUES ('GHOST', 'warehouse', 1, 0, 0, false, 1, now())",
    "a row left behind": "UPDATE carts SET version = version - 3 WHERE cart_id = 'anna'",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_row_is_found(settings: Settings, world: World, fault: str) -> None:
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        for table in ("stock", "stock_movements", "carts", "cart_lines", "checkouts", "payments", "refunds",
                      "ledger_entries", "orders", "order_lines", "order_allocations", "prices"):  # fmt: skip
            connection.execute(sql.SQL("CREATE TABLE kept AS TABLE {}").format(sql.Identifier(table)))
            connection.execute(sql.SQL("ALTER TABLE kept RENAME TO {}").format(sql.Identifier(f"kept_{table}")))
        changed = connection.execute(fault.encode()).rowcount
        try:
            findings = found(settings, world)
        finally:
            for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'kept_%'"):
                view = table.removeprefix("kept_")
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(view)))
                restore = sql.SQL("INSERT INTO {} TABLE {}").format(sql.Identifier(view), sql.Identifier(table))
                connection.execute(restore)
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))
    assert changed >= 1
    assert findings.failed["postgres"] >= 1
    assert findings.first["postgres"].place.topic.startswith("postgres:")


@contextmanager
def later(settings: Settings, *, read_on: bool) -> Iterator[None]:
    """Anna's cart as a later event left it, and a cart that was made since; the sink has read that far or has not."""
    further = "UPDATE sink_positions SET next_offset = next_offset {} 1 WHERE topic = 'cart.events'"
    copied = "INSERT INTO carts SELECT 'new', status, channel, NULL, NULL, 1, touched_at, 1 FROM carts LIMIT 1"
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        connection.execute("UPDATE carts SET version = version + 1, status = 'open' WHERE cart_id = 'anna'")
        connection.execute(copied)
        connection.execute(further.format("+").encode()) if read_on else None
        try:
            yield
        finally:
            connection.execute("UPDATE carts SET version = version - 1, status = 'ordered' WHERE cart_id = 'anna'")
            connection.execute("DELETE FROM carts WHERE cart_id = 'new'")
            connection.execute(further.format("-").encode()) if read_on else None


def test_rows_that_the_sink_wrote_after_the_cut_are_not_compared(settings: Settings, world: World) -> None:
    with later(settings, read_on=True):
        assert not found(settings, world).failed


def test_rows_that_claim_to_be_newer_than_all_that_the_sink_has_read_are_found(
    settings: Settings, world: World
) -> None:
    with later(settings, read_on=False):
        assert found(settings, world).failed["postgres"] >= 2


def test_a_sink_that_stays_behind_is_named(world: World) -> None:
    place, wanted = next(iter(world.next_offsets.items()))
    assert audit_of_views.lag(world.ends, world) == {}
    assert audit_of_views.lag(world.ends | {place: wanted - 1}, world) == {place: (wanted, wanted - 1)}
