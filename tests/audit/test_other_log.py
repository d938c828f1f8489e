"""The same records on another log: copied to a cluster where offsets are others, and cut back by a restored disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import TopicPartition

from connectors.kafka.client import consumer, log_end, topic_name
from connectors.kafka.events import Reader
from connectors.kafka.log_identity import LogRefused, look, required
from connectors.kafka.positions import COMMANDS
from connectors.postgres.connection import dsn
from connectors.postgres.positions import require_whole
from connectors.postgres.sink import PostgresSink
from ops import audit, topics
from ops.deploy import migrate
from ops.log import renew
from ops.log_copy import CopyRefused, copy
from ops.rebuild import wait_until_caught_up
from ops.servers.stack import Stack
from ops.servers.workspace import CHECKOUT
from process.health import Health
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.topics import PARTITIONS
from streams.projector import PROJECTIONS
from tests.audit.on_kafka import settings_of
from tests.audit.test_on_kafka import feed, nothing_waits, worker
from tests.connectors.process import environment
from tests.runtime.simulated import CODEC
from tests.waiting import eventually
from tests.workspaces import new_workspace

LOST_MIN = 1_000


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Stack]:
    """Another cluster: a broker of this file alone, which it stops and starts."""
    place = new_workspace()
    stack = Stack(place, foreign={}, owner=os.getpid())
    stack.up(["kafka"])
    yield stack
    stack.down()
    place.remove()


@pytest.fixture
def views(postgres: str, unstarted_stack: Stack, topic_prefix: str) -> Iterator[Settings]:
    """Settings that know a migrated database of the test's own, and no broker yet."""
    name = topic_prefix.rstrip(".")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    known = unstarted_stack.settings()
    address = psycopg.conninfo.make_conninfo(known.postgres, dbname=name)
    made = replace(settings_of("", topic_prefix), postgres=address, secrets=known.secrets)
    migrate(made)
    yield made
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def sink_of(settings: Settings, stop: threading.Event) -> PostgresSink:
    return PostgresSink(settings, required(settings), Reader(CODEC, print), Health(), stop, PROJECTIONS)


@contextmanager
def sink(settings: Settings) -> Iterator[None]:
    """The sink, in a thread of the test; it has read everything when it is left."""
    stop = threading.Event()
    thread = threading.Thread(target=sink_of(settings, stop).run)
    thread.start()
    try:
        yield
        with psycopg.connect(dsn(settings), autocommit=True) as connection:
            wait_until_caught_up(settings, connection, seconds_max=120)
    finally:
        stop.set()
        thread.join()


def trade(settings: Settings, seed: int, commands: int) -> None:
    """Commands, a worker that decides them, and views that show it."""
    with sink(settings), worker(settings, "0"):
        feed(settings, seed, commands)
        eventually(lambda: nothing_waits(settings), seconds_max=120)


def sound(settings: Settings) -> audit.Verdict:
    verdict = audit.run(settings, postgres=True, settled=True, stripe=None, codec=CODEC)
    assert verdict.ok, verdict.witnesses
    return verdict


def ends(settings: Settings, kind: str) -> list[int]:
    return [log_end(settings, topic_name(settings, f"inventory.{kind}"), number) for number in range(PARTITIONS)]


def copied(old: Settings, new: Settings) -> tuple[LogIdentity, int]:
    try:
        return copy(old, new)
    except CopyRefused as refused:
        raise AssertionError(str(refused)) from refused


def events_and_positions(settings: Settings) -> tuple[int, list[tuple[str, int]]]:
    with psycopg.connect(dsn(settings)) as connection:
        movements = connection.execute("SELECT count(*) FROM history").fetchall()[0][0]
        return movements, connection.execute("SELECT log_id, next_offset FROM sink_positions").fetchall()


def test_a_log_copied_to_another_cluster_goes_on_where_it_was(kafka: str, elsewhere: Stack, views: Settings) -> None:
    old = replace(views, kafka=kafka)
    topics.create(old)
    trade(old, 0, 600)
    before = sound(old)
    shown = events_and_positions(old)[0]

    new = replace(views, kafka=elsewhere.addresses.kafka)
    with pytest.raises(CopyRefused, match="workers are members"):
        copy(old, new)  # the one that was killed is one until it is missed
    log, count = eventually(lambda: copied(old, new))
    assert count > before.counts["events"] and ends(new, "events") != ends(old, "events")
    assert log.id != required(old).id
    misleading = consumer(new, "deciders")  # offsets that somebody's tool carried over: they are of the old log
    places = [(topic_name(new, name), number) for name in COMMANDS for number in range(PARTITIONS)]
    offsets = [TopicPartition(*place, log_end(new, *place), metadata=required(old).id) for place in places]
    misleading.commit(offsets=offsets, asynchronous=False)
    misleading.close()

    feed(new, 0, 200)  # said twice: what the old log decided is known by its id
    trade(new, 1, 300)
    after = sound(new)
    assert after.counts["outcomes"] > before.counts["outcomes"]
    assert set(audit.command_outcomes(new, "inventory", CODEC).values()) == {1}
    movements, positions = events_and_positions(new)
    assert movements > shown
    assert {of for of, _ in positions} == {log.id}


def test_a_log_cut_back_by_a_restored_disk_is_refused_until_it_has_another_id(
    elsewhere: Stack, views: Settings
) -> None:
    settings = replace(views, kafka=elsewhere.addresses.kafka)
    topics.create(settings)
    trade(settings, 0, 200)
    disk, backup = elsewhere.workspace.data / "kafka", elsewhere.workspace.data / "backup"
    elsewhere.stop("kafka")
    shutil.copytree(disk, backup)
    elsewhere.up(["kafka"])
    kept = ends(settings, "events")
    trade(settings, 1, 1_500)
    assert sum(ends(settings, "events")) - sum(kept) > LOST_MIN
    elsewhere.stop("kafka")
    shutil.rmtree(disk)
    backup.rename(disk)
    elsewhere.up(["kafka"])

    told = "`bloomfield log renew --reason restored`"
    with pytest.raises(LogRefused, match=told):
        require_whole(settings, required(settings))  # what `bloomfield up` asks before it starts anything
    with pytest.raises(LogRefused, match=told):
        sink_of(settings, threading.Event()).run()
    refused = start_worker(settings)
    assert (refused.returncode, told in refused.stdout + refused.stderr) == (1, True), refused

    was = required(settings)
    now = renew(settings, reason="restored", whole=False)
    assert (now.after, look(settings).identities) == (was.id, (was, now))
    trade(settings, 2, 300)
    require_whole(settings, now)
    sound(settings)

    with psycopg.connect(dsn(settings), autocommit=True) as connection:  # as it is with a copy from before the renewal
        connection.execute("UPDATE sink_positions SET log_id = 'a-later-log'")
    for asks in (partial(require_whole, settings, now), sink_of(settings, threading.Event()).run):
        with pytest.raises(LogRefused, match="has read log a-later-log, which this Kafka has never had"):
            asks()
    require_whole(settings, renew(settings, reason="an older copy", whole=True))
    trade(settings, 3, 100)
    sound(settings)


def start_worker(settings: Settings) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.worker", "--slot", "0"]
    given = {**os.environ, **environment(settings), "BLOOMFIELD_REGISTRY": "http://127.0.0.1:1"}
    for name in ("REDIS", "API", "STRIPE"):
        given[f"BLOOMFIELD_{name}"] = "nowhere"
    return subprocess.run(
        command, cwd=Path(CHECKOUT), env=given, capture_output=True, text=True, check=False, timeout=120
    )
