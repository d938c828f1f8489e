"""The deciding workers from outside: what they tell operations, and what they do with bytes that are no command."""

from __future__ import annotations

import re
import signal
import uuid

import httpx

from connectors.kafka import producer, topic_name
from connectors.registry import load_codec
from ops.audit import command_outcomes
from ops.audit.kafka_log import KafkaLog
from ops.dead_letters import read
from ops.servers.stack import Stack
from schemas.envelope import begin
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from tests.waiting import eventually

METRICS = (
    "bloomfield_commands_total",
    "bloomfield_events_total",
    "bloomfield_batch_commands_count",
    "bloomfield_commit_seconds_count",
    "bloomfield_load_seconds_count",
    "bloomfield_table_rows",
    "bloomfield_table_outcomes",
    "bloomfield_lag_seconds",
    "bloomfield_epochs_total",
)


def send(stack: Stack, key: str, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    settings = stack.settings()
    out = producer(settings)
    topic = topic_name(settings, "inventory.commands")
    out.produce(topic, value, key, partition_of(key, PARTITIONS), headers=headers)
    assert out.flush(30) == 0


def receive(stack: Stack, sku: str) -> str:
    """Send a ReceiveStock; answers its command id."""
    command_id = str(uuid.uuid4())
    command = ReceiveStock(sku=sku, location="warehouse", quantity=1)
    at = int(uuid.uuid1().time // 10_000 - 12_219_292_800_000)  # UTC milliseconds, by the rule of RFC 9562
    envelope = begin(command_id=command_id, occurred_at=at, actor="test", channel="system")
    send(stack, stock_key(sku, "warehouse"), load_codec(stack.settings()).encode(command), envelope.headers())
    return command_id


def test_every_worker_tells_lag_batches_commits_rows_and_recovery(whole_stack: Stack) -> None:
    for worker in ("worker-0", "worker-1"):
        text = httpx.get(f"http://127.0.0.1:{whole_stack.ports[worker]}/metrics").text
        for name in METRICS:
            assert re.search(rf"^# TYPE {name.removesuffix('_count')} ", text, re.MULTILINE) or name in text, name


def test_arbitrary_bytes_become_dead_letters_and_the_next_command_is_decided(whole_stack: Stack) -> None:
    sku = f"POISON-{uuid.uuid4().hex[:6]}"
    key = stock_key(sku, "warehouse")
    for poison in (b"", b"not avro", b"\x00\x05\xf5\xe0\xff" + b"an unknown schema id"):
        send(whole_stack, key, poison, [])
    command_id = receive(whole_stack, sku)
    settings = whole_stack.settings()
    eventually(lambda: command_outcomes(settings, "inventory")[command_id] == 1, seconds_max=60)
    with KafkaLog(settings, "deciders") as log:
        letters = [letter for letter in read(log, "inventory") if letter.record.key == key.encode()]
    assert len(letters) == 3


def test_a_worker_that_is_told_to_stop_loses_nothing_and_one_that_slept_is_replaced(whole_stack: Stack) -> None:
    settings = whole_stack.settings()
    before = whole_stack.pid("worker-1")
    sent = [receive(whole_stack, f"STOP-{uuid.uuid4().hex[:6]}") for _ in range(5)]
    whole_stack.kill("worker-1", signal.SIGTERM)
    sent += [receive(whole_stack, f"STOP-{uuid.uuid4().hex[:6]}") for _ in range(5)]
    eventually(lambda: whole_stack.pid("worker-1") not in (None, before), seconds_max=30)
    whole_stack.wait_ready("worker-1")
    eventually(lambda: all(command_outcomes(settings, "inventory")[each] == 1 for each in sent), seconds_max=60)
