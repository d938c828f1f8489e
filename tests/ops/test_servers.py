"""The servers as the launcher sets them up, spoken to with their own clients."""

from __future__ import annotations

import json
import signal

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from ops.servers.stack import Stack
from ops.servers.switch import Mode
from tests.waiting import eventually

FIRST = {"type": "record", "name": "Thing", "fields": [{"name": "a", "type": "string"}]}
UNREADABLE = {"type": "record", "name": "Thing", "fields": [{"name": "b", "type": "string"}]}


def register(registry: str, subject: str, schema: object) -> httpx.Response:
    body = {"schema": json.dumps(schema)}
    return httpx.post(f"{registry}/subjects/{subject}/versions", json=body, trust_env=False, timeout=10)


def test_a_message_that_was_acknowledged_is_read_back(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}things"
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    producer.produce(topic, b"one")
    assert producer.flush(10) == 0
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": topic, "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe([topic])
        assert eventually(lambda: consumer.poll(1)).value() == b"one"
    finally:
        consumer.close()


def test_a_misspelt_topic_is_an_error_and_not_a_new_topic(kafka: str, topic_prefix: str) -> None:
    answer = AdminClient({"bootstrap.servers": kafka}).list_topics(f"{topic_prefix}tpyo", timeout=10)
    assert answer.topics[f"{topic_prefix}tpyo"].error == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_the_registry_refuses_a_schema_that_could_not_read_old_messages(registry: str, topic_prefix: str) -> None:
    assert register(registry, f"{topic_prefix}thing", FIRST).is_success
    assert register(registry, f"{topic_prefix}thing", UNREADABLE).status_code == httpx.codes.CONFLICT


def test_schemas_and_their_ids_outlive_a_killed_registry(
    unstarted_stack: Stack, registry: str, topic_prefix: str
) -> None:
    if unstarted_stack.mode is not Mode.NATIVE:
        pytest.skip("the registry is not ours to kill")
    subject = f"{topic_prefix}thing"
    number = register(registry, subject, FIRST).json()["id"]
    before = unstarted_stack.pid("registry")
    unstarted_stack.kill("registry", signal.SIGKILL)
    eventually(lambda: unstarted_stack.pid("registry") not in (before, None))
    unstarted_stack.wait_ready("registry")
    again = httpx.get(f"{registry}/schemas/ids/{number}", trust_env=False, timeout=10).json()
    assert json.loads(again["schema"])["name"] == "Thing"
    assert register(registry, subject, FIRST).json()["id"] == number


def test_the_database_asks_for_the_password(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        assert connection.execute("select current_database()").fetchone() == ("bloomfield",)
    user, _, rest = postgres.rpartition("@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{user}wrong@{rest}")
