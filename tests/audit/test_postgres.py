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

from connectors.kafka.events import Event
from connectors.postgres import views as postgres_views
from connectors.postgres.connection import dsn
from connectors.postgres.reads import REBUILDING
from connectors.postgres.views import VIEWS
from connectors.projection import Changes, Fold, latest_rows, wanted
from ops.audit import postgres as audit_of_views
from ops.audit.findings import Findings
from ops.audit.log import read_event
from ops.audit.model import Model
from ops.deploy import migrate
from process.settings import Settings
from schemas.rooms import ROOMS
from schemas.topics import PARTITIONS
from streams.projector import PROJECTIONS
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


def events_of(story: Story) -> Iterator[tuple[str, str, Event]]:
    """Every event as the sink reads it."""
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
                yield room.name, read.key, event


@pytest.fixture(scope="module")
def model(settings: Settings) -> Model:
    """A day in the views, and folded."""
    story = a_day()
    model, _ = folded(story)
    with postgres_views.connect(settings) as connection:
        was = postgres_views.begin(connection, IDENTITY, model.ends)
        fold = Fold(PROJECTIONS, {}, {})
        for each in events_of(story):
            fold.take(*each)
        postgres_views.apply(connection, IDENTITY, fold.changes, was=was, now=dict(model.next_offsets))
        keep(connection)
    return model


def found(settings: Settings, model: Model) -> Findings:
    findings = Findings()
    audit_of_views.check(settings, model, findings, lambda _: None)
    return findings


def test_views_as_the_sink_writes_them_are_the_fold(settings: Settings, model: Model) -> None:
    findings = found(settings, model)
    assert not findings.failed, findings.first
    assert findings.made["postgres"] > 20


LOOKED_AT = 97  # each so many events: a look reads all tables


def shown(connection: postgres_views.Connection) -> dict[object, object]:
    """All that the views say, in short."""
    said = [
        f"SELECT '{table}', md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"  # noqa: S608
        for table in VIEWS
    ]
    return dict(connection.execute(" UNION ALL ".join(said).encode()).fetchall())


@pytest.mark.parametrize("rows_remembered", [True, False])
def test_events_that_are_read_again_on_another_log_never_take_a_view_back(
    settings: Settings, model: Model, rows_remembered: bool
) -> None:
    """Not even on the way: whoever carries a position or an ETag meanwhile sees what they saw before."""
    another = replace_fields(IDENTITY, id="another")
    with postgres_views.connect(settings) as connection:
        before = shown(connection)
        was = postgres_views.begin(connection, another, model.ends)
        assert set(was.values()) == {0}
        assert connection.execute(REBUILDING).fetchall() == [(True,)]
        with pytest.raises(postgres_views.PositionsMoved):  # a sink of the old log that is still at work
            postgres_views.apply(connection, IDENTITY, Changes(), was=was, now=was)
        kept = latest_rows()
        for number, each in enumerate(events_of(a_day())):
            fold = Fold(PROJECTIONS, kept, postgres_views.stored(connection, wanted([each], kept)))
            fold.take(*each)
            postgres_views.apply(connection, another, fold.changes, was=was, now=was)
            if rows_remembered:
                kept.update(fold.changes.rows)
            if number % LOOKED_AT == 0:
                assert shown(connection) == before, each
        assert shown(connection) == before
        postgres_views.apply(connection, another, Changes(), was=was, now=model.ends)
        assert connection.execute(REBUILDING).fetchall() == [(False,)]
        assert postgres_views.begin(connection, another, model.ends) == model.ends
        connection.execute("UPDATE sink_positions SET log_id = %s", (IDENTITY.id,))
    assert not found(settings, model).failed


def edit(room: str, key: str, path: str, value: str) -> str:
    """SQL that sets a field of a state; the key is a pattern."""
    return f"UPDATE state.{room} SET state = jsonb_set(state, '{{{path}}}', '{value}', false) WHERE key LIKE '{key}'"  # noqa: S608


def event(kind: str, path: str, value: str) -> str:
    """SQL that sets a field of the events of a kind in the history."""
    return f"UPDATE history SET event = jsonb_set(event, '{{{path}}}', '{value}', false) WHERE type = '{kind}'"  # noqa: S608


BEN = "(SELECT key FROM state.orders WHERE state ->> 'cart_id' = 'ben')"
FAULTS = {
    "stock": edit("inventory", "TEA@%", "on_hand", "777"),
    "low": edit("inventory", "TEA@%", "low", "true"),
    "the count of holds": edit("inventory", "TEA@%", "hold_count", "777"),
    "units of a movement": event("StockReceived", "quantity", "777"),
    "what a movement left": event("StockReceived", "on_hand_after", "777"),
    "what caused a movement": "UPDATE history SET event = event - 'reference' WHERE type = 'StockReceived'",
    "who moved it": "UPDATE history SET actor = 'nobody' WHERE key LIKE 'VASE@%' AND version = 3",
    "when it moved": "UPDATE history SET occurred_at = occurred_at + 1 WHERE version = 2",
    "a movement lost": "DELETE FROM history WHERE key LIKE 'TEA@%' AND version = 2",
    "all movements lost": "DELETE FROM history WHERE key LIKE 'TEA@%'",
    "a movement too many": "INSERT INTO history SELECT room, key, 999, event_id, type, event, actor, command_id,"
    " correlation_id, occurred_at FROM history WHERE key LIKE 'TEA@%' LIMIT 1",
    "a movement of nothing": "UPDATE history SET key = 'GHOST@warehouse' WHERE key LIKE 'TEA@%' AND version = 1",
    "carts": edit("cart", "anna", "status", '"open"'),
    "cart lines": edit("cart", "anna", "lines,TEA", "9"),
    "a cart line lost": "UPDATE state.cart SET state = state #- '{lines,TEA}' WHERE key = 'anna'",
    "checkouts": "UPDATE state.checkout SET state = jsonb_set(state, '{total_minor}', '1')"
    " WHERE state ->> 'cart_id' = 'anna'",
    "contact details": "UPDATE state.checkout SET state = jsonb_set(state, '{contact}', '\"AAAA\"')",
    "payments": edit("payments", "%", "captured_minor", "777"),
    "refunds": edit("payments", "%", "refunds,goodwill,status", '"pending"'),
    "ledger entries": event("PaymentCaptured", "entries,0,amount_minor", "777"),
    "a ledger entry lost": "UPDATE history SET event = event #- '{entries,0}' WHERE room = 'payments'",
    "orders": f"UPDATE state.orders SET state = jsonb_set(state, '{{money,refunded_minor}}', '1') WHERE key = {BEN}",  # noqa: S608
    "order lines": edit("orders", "%", "lines,0,vat_minor", "777"),
    "order allocations": edit("orders", "%", "allocations,0,quantity", "777"),
    "prices": edit("prices", "TEA", "unit_price_minor", "1"),
    "an order lost": f"DELETE FROM state.orders WHERE key = {BEN}",  # noqa: S608
    "a row of no event": "INSERT INTO state.inventory VALUES ('GHOST@warehouse', 1, 1, '{}')",
    "a row that is no state": "UPDATE state.cart SET state = '[]' WHERE key = 'anna'",
    "a row left behind": "UPDATE state.cart SET version = version - 3 WHERE key = 'anna'",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_row_is_found(settings: Settings, model: Model, fault: str) -> None:
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        try:
            changed = connection.execute(fault.encode()).rowcount
            findings = found(settings, model)
        finally:
            restore(connection)
    assert changed >= 1
    assert findings.failed["postgres"] >= 1
    assert findings.first["postgres"].position.topic.startswith("postgres:")


def keep(connection: postgres_views.Connection) -> None:
    """Put a copy of every view aside."""
    for name in VIEWS:
        kept = sql.Identifier(f"kept_{name}")
        connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, table(name)))


def restore(connection: postgres_views.Connection) -> None:
    """The views as they were put aside."""
    for name in VIEWS:
        columns = sql.SQL("key, begun_at, version, state" if name.startswith("state.") else "*")
        connection.execute(sql.SQL("TRUNCATE {}").format(table(name)))
        copy = sql.SQL("INSERT INTO {} SELECT {} FROM {}")
        connection.execute(copy.format(table(name), columns, sql.Identifier(f"kept_{name}")))


def table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


@contextmanager
def later(settings: Settings, *, read_on: bool) -> Iterator[None]:
    """Anna's cart as a later event left it, and a cart that was made since; the sink has read that far or has not."""
    further = "UPDATE sink_positions SET next_offset = next_offset {} 1 WHERE topic = 'cart.events'"
    copied = "INSERT INTO state.cart SELECT 'new', begun_at, 1, state FROM state.cart LIMIT 1"
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        connection.execute("UPDATE state.cart SET version = version + 1 WHERE key = 'anna'")
        connection.execute(copied)
        connection.execute(further.format("+").encode()) if read_on else None
        try:
            yield
        finally:
            restore(connection)
            connection.execute(further.format("-").encode()) if read_on else None


def test_rows_that_the_sink_wrote_after_the_cut_are_not_compared(settings: Settings, model: Model) -> None:
    with later(settings, read_on=True):
        assert not found(settings, model).failed


def test_rows_that_claim_to_be_newer_than_all_that_the_sink_has_read_are_found(
    settings: Settings, model: Model
) -> None:
    with later(settings, read_on=False):
        assert found(settings, model).failed["postgres"] >= 2


def test_a_sink_that_stays_behind_is_named(model: Model) -> None:
    place, wanted = next(iter(model.next_offsets.items()))
    assert audit_of_views.lag(model.ends, model) == {}
    assert audit_of_views.lag(model.ends | {place: wanted - 1}, model) == {place: (wanted, wanted - 1)}
