"""One home for the log's id and its number of partitions: who counts otherwise does not start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.kafka import log_identity
from connectors.kafka.client import brokers, consumer, producer, topic_name
from connectors.kafka.log_identity import Found, LogRefused, begin, look, mismatch, new, own_offset, required
from connectors.kafka.positions import DECIDERS, require_whole_for
from ops import audit, topics
from ops.servers.processes import CONNECTORS
from ops.servers.workspace import CHECKOUT
from process.settings import Settings, SettingsError
from schemas.envelope import begin as envelope_of
from schemas.envelope import derive_id
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import LOG, TOPICS
from tests.audit.on_kafka import settings_of
from tests.audit.test_on_kafka import nothing_waits, worker
from tests.connectors.process import environment
from tests.runtime.proxy import Proxy
from tests.runtime.simulated import CODEC, IDENTITY
from tests.waiting import eventually

MANY = 5


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """As a shell says it that does not set BLOOMFIELD_PARTITIONS."""
    return settings_of(kafka, topic_prefix)


def asking_for(settings: Settings, partitions: int) -> Settings:
    return replace(settings, partitions=partitions)


def processes(settings: Settings) -> Iterator[tuple[str, subprocess.CompletedProcess[str]]]:
    """Each kind of process, started from a shell that asks for another number, with nothing but a broker."""
    given = {**os.environ, **environment(settings), "BLOOMFIELD_PARTITIONS": "3", "BLOOMFIELD_SECRETS": "/nowhere"}
    given |= dict.fromkeys(
        (f"BLOOMFIELD_{name}" for name in ("REGISTRY", "REDIS", "API", "STRIPE")), "http://127.0.0.1:1"
    )
    given["BLOOMFIELD_POSTGRES"] = "postgresql://nobody@127.0.0.1:1/nothing"
    lines = (
        ("streams.worker", "--slot", "0"),
        *CONNECTORS.values(),
        ("api.main", "--slot", "0", "--port", "1"),
        *(
            ("ops.cli", *line.split())
            for line in ("topics create", "topics verify", "rebuild", "dead-letters list", "log show")
        ),
    )
    for module, *arguments in lines:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, cwd=Path(CHECKOUT), env=given, capture_output=True, text=True, check=False, timeout=120
        )
        yield " ".join((module, *arguments)), done


def test_a_worker_of_a_shell_that_says_nothing_counts_as_the_log_does(settings: Settings) -> None:
    topics.create(asking_for(settings, MANY))
    assert required(settings).partitions == MANY
    keys = [f"S{number}" for number in range(30)]
    assert {partition_of(stock_key(sku, "warehouse"), MANY) for sku in keys} == set(range(MANY))
    out = producer(settings)
    for sku in keys:
        command = ReceiveStock(sku=sku, location="warehouse", quantity=1)
        envelope = envelope_of(command_id=derive_id("log", sku), occurred_at=1, actor="guest", channel="web")
        key = stock_key(sku, "warehouse")
        name = topic_name(settings, "inventory.commands")
        out.produce(name, CODEC.encode(command), key, partition_of(key, MANY), headers=envelope.headers())
    assert out.flush(30) == 0
    with worker(settings, "0"):
        eventually(lambda: nothing_waits(settings))
    verdict = audit.run(settings, postgres=False, settled=True, stripe=None, codec=CODEC)
    assert verdict.ok, verdict.witnesses
    assert (verdict.counts["events"], verdict.counts.get("dead_letters", 0)) == (len(keys), 0)


def test_whatever_asks_for_another_number_refuses_to_start_and_says_what_to_do(settings: Settings) -> None:
    topics.create(settings)
    log = required(settings)
    told = f"BLOOMFIELD_PARTITIONS is 3 here, and log {log.id} has 2 partitions"
    for line, done in processes(settings):
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode != 0 and told in said, (line, done)
        assert "set it to 2" in said, line
    assert required(settings) == log
    with pytest.raises(SettingsError, match="it must be a number from 1"):
        Settings.from_environment({**environment(settings), "BLOOMFIELD_PARTITIONS": "many"} | {"BLOOMFIELD_API": "x"})


def test_a_broker_that_is_away_is_waited_for(settings: Settings, tmp_path: Path) -> None:
    topics.create(settings)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    behind, log = replace(settings, kafka=f"127.0.0.1:{port}"), tmp_path / "log"
    with pytest.raises(KafkaException):
        required(behind, look_seconds_max=0.5)
    waits = (
        "from connectors.kafka.log_identity import required; from process.settings import Settings;"
        "print(required(Settings.from_environment(), broker_seconds_max=120, look_seconds_max=0.5).partitions)"
    )
    given = {**os.environ, **environment(behind)} | dict.fromkeys(
        (f"BLOOMFIELD_{name}" for name in ("REGISTRY", "POSTGRES", "REDIS", "API", "STRIPE")), "nowhere"
    )
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-u", "-c", waits], cwd=CHECKOUT, env=given, stdout=out)
    eventually(lambda: log.read_text().count("waiting_for_broker") >= 2)
    with Proxy(settings.kafka, port=port):
        assert process.wait(120) == 0
    assert log.read_text().splitlines()[-1] == "2"


def test_every_broker_of_the_cluster_is_known_by_one_of_them(settings: Settings) -> None:
    named = brokers(replace(settings, kafka=f"{settings.kafka},127.0.0.1:1")).split(",")
    assert named[:2] == [settings.kafka, "127.0.0.1:1"] and len(named) == len(set(named))


def test_a_broker_without_a_log_and_topics_that_are_no_log(settings: Settings) -> None:
    with pytest.raises(LogRefused, match="run `bloomfield topics create`"):
        required(settings)
    admin = AdminClient({"bootstrap.servers": settings.kafka})
    for done in admin.create_topics([NewTopic(topic_name(settings, "cart.events"), 4, 1)]).values():
        done.result(30)
    with pytest.raises(LogRefused, match=r"have \[4\] partitions, and BLOOMFIELD_PARTITIONS asks for 6"):
        topics.create(asking_for(settings, 6))
    topics.create(settings)  # takes over what is there, and begins the log of it
    assert required(settings).partitions == 4


def test_of_two_ids_that_are_begun_at_once_the_first_one_counts_for_everybody(settings: Settings) -> None:
    topics.create(settings)
    first, second = (new(settings, partitions=2, reason=reason) for reason in ("first", "second"))
    assert begin(settings, first) == first
    assert begin(settings, second) == first
    assert [each.reason for each in look(settings).identities] == ["topics create", "first"]
    third = new(settings, partitions=2, reason="third")
    ended: list[bool] = []
    log_identity.watch(settings, first, lambda: ended.append(True))
    assert not ended
    begin(settings, third)
    eventually(lambda: ended == [True])


def test_a_record_that_is_no_log_id_is_not_passed_over(settings: Settings) -> None:
    topics.create(settings)
    out = producer(settings)
    out.produce(topic_name(settings, LOG.name), b"{}", b"x", 0)
    assert out.flush(30) == 0
    with pytest.raises(LogRefused, match="holds a record that is no log id"):
        required(settings)


def test_a_log_that_was_begun_on_another_cluster_was_moved() -> None:
    nowhere = settings_of("", "")
    there = {topic.name: topic.partitions or IDENTITY.partitions for topic in TOPICS.values()}
    assert mismatch(nowhere, Found(IDENTITY.cluster, there, (IDENTITY,)), IDENTITY) == ""
    assert "`bloomfield log renew --reason moved`" in mismatch(nowhere, Found("other", there, ()), IDENTITY)
    without = {name: count for name, count in there.items() if name != "cart.state"}
    assert "no such topics: cart.state" in mismatch(nowhere, Found(IDENTITY.cluster, without, ()), IDENTITY)
    more = there | {"orders.state": 9}
    assert "orders.state has 9 partitions, and log" in mismatch(nowhere, Found(IDENTITY.cluster, more, ()), IDENTITY)


def test_an_offset_of_another_log_counts_as_none() -> None:
    assert own_offset(TopicPartition("t", 0, 7, metadata=IDENTITY.id), IDENTITY) == 7
    for of_others in ("", "another"):
        assert own_offset(TopicPartition("t", 0, 7, metadata=of_others), IDENTITY) == 0


def test_positions_are_compared_while_what_a_dead_worker_was_committing_is_still_open(settings: Settings) -> None:
    """Its successor asks before it ends that transaction: waiting for it would take until it timed out."""
    topics.create(settings)
    log, topic = required(settings), topic_name(settings, "inventory.commands")
    member = consumer(settings, DECIDERS)
    member.subscribe([topic])
    eventually(lambda: (member.poll(0.2), member.assignment())[1])
    out = producer(
        settings, **{"transactional.id": f"{settings.topic_prefix}dead", "transaction.timeout.ms": 15 * 60_000}
    )
    out.init_transactions(30)
    out.begin_transaction()
    position = [TopicPartition(topic, 0, 0, metadata=log.id)]
    out.send_offsets_to_transaction(position, member.consumer_group_metadata(), 30)
    require_whole_for(settings, log, DECIDERS, ["inventory.commands"])
    out.abort_transaction(30)
    member.close()
