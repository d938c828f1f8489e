"""The sink against a real broker and database: exactly once, whatever dies."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random

import psycopg
import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from connectors.kafka.client import topic_name
from connectors.postgres import reads as view_reads
from connectors.postgres import views as postgres_views
from connectors.postgres.connection import dsn
from ops.rebuild import RebuildError, rebuild, wait_until_caught_up
from process.settings import Settings
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from tests.connectors.broker import Broker
from tests.connectors.conftest import Start
from tests.connectors.postgres.tables import actual, people_see, states_shown
from tests.connectors.story import busy_shop, tell
from tests.waiting import eventually


def caught_up(settings: Settings) -> None:
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        wait_until_caught_up(settings, connection, seconds_max=60)


def test_every_table_shows_what_the_rooms_decided(settings: Settings, broker: Broker, start: Start) -> None:
    story = tell(busy_shop(1, 120))
    sink = start("postgres", settings).wait_ready()
    broker.tell(story.events)
    caught_up(settings)
    states_shown(story, actual(settings))
    people_see(story, settings)
    assert sink.metric("sink_events_total") == len(story.events)
    assert sink.stop() == 0


def test_what_the_sink_asks_every_second_is_not_compiled(settings: Settings) -> None:
    """A table that may not be read whole looks dear to PostgreSQL, which then compiled for 0.2 s to look into it."""
    with postgres_views.connect(settings) as connection:
        question = "EXPLAIN (ANALYZE, FORMAT JSON) SELECT topic, next_offset FROM sink_positions WHERE log_id = 'x'"
        [[plan]] = connection.execute(question).fetchone() or [[]]
    assert plan["Plan"]["Total Cost"] > 1e9 and "JIT" not in plan


@pytest.mark.parametrize("seed", [2, 3])
def test_a_sink_that_is_killed_again_and_again_writes_everything_once(
    settings: Settings, broker: Broker, start: Start, seed: int
) -> None:
    story, random = tell(busy_shop(seed, 150)), Random(seed)
    step = len(story.events) // 6
    for number in range(7):
        sink = start("postgres", settings)
        if number % 2:
            sink.wait_ready()
        broker.tell(story.events[number * step : (number + 1) * step], seed=seed, batch=40)
        seen = _rows(settings)
        goal = seen + random.randrange(200)
        eventually(lambda: _rows(settings) >= goal or _at_end(settings))  # noqa: B023 - called here
        sink.kill()
    start("postgres", settings).wait_ready()
    caught_up(settings)
    states_shown(story, actual(settings))


@pytest.mark.parametrize("table", ["sink_positions", "history", "state.cart", "state.payments"])
def test_a_sink_that_dies_in_the_middle_of_its_transaction_has_written_nothing(
    settings: Settings, broker: Broker, start: Start, table: str
) -> None:
    story = tell(busy_shop(8, 30))
    sink = start("postgres", settings).wait_ready()
    with psycopg.connect(dsn(settings)) as blocker, psycopg.connect(dsn(settings), autocommit=True) as looker:
        blocker.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        broker.tell(story.events)
        eventually(lambda: _waits_for_a_lock(looker))
        sink.kill()
        blocker.rollback()
    start("postgres", settings).wait_ready()
    caught_up(settings)
    states_shown(story, actual(settings))


def test_orders_with_money_that_a_person_must_send_back_are_counted(settings: Settings, start: Start) -> None:
    sink = start("postgres", settings).wait_ready()
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        for key, owed in (("owed", 500), ("even", 0)):
            connection.execute(
                "INSERT INTO state.orders (key, begun_at, version, state) VALUES (%s, 1, 1,"
                " jsonb_build_object('placed_at', 1, 'money', jsonb_build_object('owed_minor', %s::bigint)))",
                (key, owed),
            )
        eventually(lambda: sink.metric("sink_refunds_owed") == 1)
        connection.execute("UPDATE state.orders SET state = jsonb_set(state, '{money,owed_minor}', '0')")
        eventually(lambda: sink.metric("sink_refunds_owed") == 0)
    assert sink.stop() == 0


@contextmanager
def forwarded(settings: Settings) -> Iterator[tuple[Settings, Callable[[], None]]]:
    """The same database behind an address of ours, and what takes that away."""
    there = psycopg.conninfo.conninfo_to_dict(settings.postgres)
    server, lines = socket.create_server(("127.0.0.1", 0)), list[socket.socket]()

    def relay(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65_536):
                target.sendall(some)
        target.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                database = socket.create_connection((str(there["host"]), int(str(there["port"]))))
                lines.extend((client, database))
                for ends in ((client, database), (database, client)):
                    threading.Thread(target=relay, args=ends, daemon=True).start()

    def away() -> None:
        server.shutdown(socket.SHUT_RDWR)
        for line in (server, *lines):
            line.close()

    threading.Thread(target=accept, daemon=True).start()
    here = psycopg.conninfo.make_conninfo(settings.postgres, host="127.0.0.1", port=server.getsockname()[1])
    yield replace(settings, postgres=here), away
    with suppress(OSError):
        away()


def test_how_far_behind_the_views_are_is_said_while_postgres_is_away(
    settings: Settings, broker: Broker, start: Start
) -> None:
    story = tell(busy_shop(4, 20))
    with forwarded(settings) as (here, away):
        sink = start("postgres", here).wait_ready()
        broker.tell(story.events[:50])
        caught_up(settings)
        away()
        eventually(lambda: "PostgreSQL cannot be reached" in sink.ready()[1])
        broker.tell(story.events[50:])
        eventually(lambda: sink.metric("sink_events_behind") >= len(story.events) - 50)


def test_a_checkout_that_stands_still_is_counted_until_it_goes_on(settings: Settings, start: Start) -> None:
    sink = start("postgres", settings).wait_ready()
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        for step, minutes in (("capturing", 10), ("capturing", 4), ("completed", 10), ("failed", 10)):
            connection.execute(
                "INSERT INTO state.checkout (key, begun_at, version, state) VALUES (%s, 1, 1, jsonb_build_object("
                "'step', %s::text, 'expires_at', (extract(epoch FROM now()) * 1000)::bigint - %s * 60000))",
                (f"{step}-{minutes}", step, minutes),
            )
        eventually(lambda: sink.metric("sink_checkouts_overdue") == 1)
        for until, overdue in (("next_offset + 1000000", 0), ("NULL", 1)):  # while views are rebuilt they show the past
            connection.execute(f"UPDATE sink_positions SET rebuilding_until = {until}")  # noqa: S608
            eventually(lambda overdue=overdue: sink.metric("sink_checkouts_overdue") == overdue)
        connection.execute('UPDATE state.checkout SET state = state || \'{"step": "completed"}\'')
        eventually(lambda: sink.metric("sink_checkouts_overdue") == 0)
    assert sink.stop() == 0


def _waits_for_a_lock(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'bloomfield-sink'"
            " AND datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    )


def _rows(settings: Settings) -> int:
    with psycopg.connect(dsn(settings)) as connection:
        row = connection.execute("SELECT count(*) FROM history").fetchone()
        return int(row[0]) if row else 0


def _at_end(settings: Settings) -> bool:
    try:
        with psycopg.connect(dsn(settings), autocommit=True) as connection:
            wait_until_caught_up(settings, connection, seconds_max=0)
    except Exception as error:  # noqa: BLE001 - RebuildError: not yet
        assert "offsets to read" in str(error)
        return False
    return True


def test_views_are_the_same_after_a_rebuild_while_events_come_in(
    settings: Settings, broker: Broker, start: Start
) -> None:
    story = tell(busy_shop(4, 100))
    half = len(story.events) // 2
    start("postgres", settings).wait_ready()
    broker.tell(story.events[:half])
    caught_up(settings)
    before = actual(settings)
    counts = rebuild(settings, seconds_max=60)
    assert actual(settings) == before
    assert counts == {name: len(before[name]) for name in counts}
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        broker.tell(story.events[half:-50])
        connection.execute("TRUNCATE sink_positions, state.inventory, state.cart")  # in the middle of its work
        broker.tell(story.events[-50:])
    caught_up(settings)
    states_shown(story, actual(settings))


def test_views_are_not_rebuilt_of_topics_with_partitions_that_would_not_be_read(settings: Settings) -> None:
    admin, name = AdminClient({"bootstrap.servers": settings.kafka}), topic_name(settings, "cart.events")
    for done in admin.create_partitions([NewPartitions(name, PARTITIONS + 1)]).values():
        done.result(30)
    eventually(lambda: len(admin.list_topics(timeout=10).topics[name].partitions) == PARTITIONS + 1)
    with pytest.raises(RebuildError, match=f"has {PARTITIONS + 1} partitions, and log .* has {PARTITIONS}"):
        rebuild(settings)


def test_until_a_rebuild_is_over_readers_can_tell_even_when_whoever_began_it_is_gone(
    settings: Settings, broker: Broker, start: Start
) -> None:
    story = tell(busy_shop(8, 20))
    sink = start("postgres", settings).wait_ready()
    broker.tell(story.events)
    caught_up(settings)
    assert not rebuilding(settings)
    sink.kill()
    with pytest.raises(RebuildError):
        rebuild(settings, seconds_max=0)
    assert rebuilding(settings)
    start("postgres", settings).wait_ready()
    caught_up(settings)
    assert not rebuilding(settings)
    states_shown(story, actual(settings))


def rebuilding(settings: Settings) -> bool:
    async def ask() -> bool:
        async with view_reads.pool(settings) as pool:
            return await view_reads.Views(pool).rebuilding()

    return asyncio.run(ask())


def test_a_second_sink_waits_until_the_first_one_is_gone(settings: Settings, broker: Broker, start: Start) -> None:
    story = tell(busy_shop(5, 40))
    first = start("postgres", settings).wait_ready()
    second = start("postgres", settings)
    eventually(lambda: second.ready() == (503, "another sink is at work; waiting for it to end\n"))
    broker.tell(story.events[:500])
    first.kill()
    second.wait_ready()
    broker.tell(story.events[500:])
    caught_up(settings)
    states_shown(story, actual(settings))


def test_a_lost_connection_is_made_again(settings: Settings, broker: Broker, start: Start, postgres: str) -> None:
    story = tell(busy_shop(6, 40))
    sink = start("postgres", settings).wait_ready()
    with psycopg.connect(postgres, autocommit=True) as connection:
        for at in range(0, len(story.events), 300):
            broker.tell(story.events[at : at + 300])
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'bloomfield-sink' AND datname = %s",
                (psycopg.conninfo.conninfo_to_dict(settings.postgres)["dbname"],),
            )
    caught_up(settings)
    states_shown(story, actual(settings))
    assert sink.metric("sink_reconnects_total") >= 1


def test_a_record_that_is_no_event_stops_the_sink_before_it(settings: Settings, broker: Broker, start: Start) -> None:
    story = tell(busy_shop(7, 10))
    sink = start("postgres", settings).wait_ready()
    broker.tell(story.events[:200])
    caught_up(settings)
    broker.send([("cart.events", "cart-1", b"\0\0\0\0\1nonsense", story.events[0].headers)])
    eventually(lambda: sink.ready()[0] == 503)
    assert "halted: " in sink.ready()[1]
    assert sink.metric("connector_halted") == 1
    [poison] = [line for line in sink.log() if line["event"] == "halted"]
    broker.tell(story.events[200:])
    again = start("postgres", settings)
    assert sink.stop() == 1
    eventually(lambda: "halted: " in again.ready()[1])
    [line] = [line for line in again.log() if line["event"] == "halted"]
    assert (line["level"], line["reason"]) == ("critical", poison["reason"]), "it went on behind the record"
    partition = partition_of("cart-1", PARTITIONS)
    with psycopg.connect(dsn(settings)) as connection:
        [position] = connection.execute(
            "SELECT next_offset FROM sink_positions WHERE topic = %s AND partition = %s",
            (f"{settings.topic_prefix}cart.events", partition),
        ).fetchone() or [None]
    assert f"[{partition}]@{position} " in str(line["reason"]), "it stands before the record"


def test_an_event_that_follows_nothing_stops_the_sink_before_it(
    settings: Settings, broker: Broker, start: Start
) -> None:
    story = tell(busy_shop(9, 5))
    number = next(n for n, told in enumerate(story.events) if (told.room, told.version) == ("cart", 2))
    sink = start("postgres", settings).wait_ready()
    broker.tell(story.events[: number + 1])
    caught_up(settings)
    gap = next(told for told in story.events if (told.room, told.version) == ("checkout", 3))
    broker.tell([gap])
    eventually(lambda: sink.ready()[0] == 503)
    assert "version 3 follows version 0" in sink.ready()[1]
    shown = {row["key"] for row in actual(settings)["state.checkout"]}
    assert gap.key not in shown
