"""The deciding workers from outside: what they tell operations, and what they do with bytes that are no command."""

from __future__ import annotations

import re
import signal
import uuid

import httpx

from connectors.kafka.client import producer, topic_name
from connectors.kafka.registry import load_codec
from ops.audit import command_outcomes
from ops.audit.kafka_log import KafkaLog
from ops.dead_letters import read
from ops.servers.stack import Stack
from schemas.envelope import begin
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.rooms import ROOMS
from schemas.topics import PARTITIONS
from tests.waiting import eventually

WORKERS = ("worker-0", "worker-1")
GROW_WITH_COMMANDS = (
    "bloomfield_commands_total",
    "bloomfield_events_total",
    "bloomfield_batch_commands_sum",
    "bloomfield_commit_seconds_count",
    "bloomfield_table_rows",
    "bloomfield_table_outcomes",
)
OF_EACH_START = ("bloomfield_load_seconds_count", "bloomfield_epochs_total")
LAG_SECONDS_MAX = 3600.0  # no test run lasts longer


def send(stack: Stack, key: str, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    settings = stack.settings()
    out = producer(settings)
    topic = topic_name(settings, "inventory.commands")
    out.produce(topic, value, key, partition_of(key, PARTITIONS), headers=headers)
    assert out.flush(30) == 0


def receive(stack: Stack, sku: str) -> str:
    """Send a ReceiveStock; returns its command id."""
    command_id = str(uuid.uuid4())
    command = ReceiveStock(sku=sku, location="warehouse", quantity=1)
    at = int(uuid.uuid1().time // 10_000 - 12_219_292_800_000)  # UTC milliseconds, by the rule of RFC 9562
    envelope = begin(command_id=command_id, occurred_at=at, actor="test", channel="system")
    send(stack, stock_key(sku, "warehouse"), load_codec(stack.settings()).encode(command), envelope.headers())
    return command_id


def told(stack: Stack, worker: str, name: str) -> list[float]:
    """The values of a metric, one for each set of labels."""
    text = httpx.get(f"http://127.0.0.1:{stack.ports[worker]}/metrics").text
    return [float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)]


def total(stack: Stack, name: str) -> float:
    return sum(value for worker in WORKERS for value in told(stack, worker, name))


def decided_once(stack: Stack, sent: list[str]) -> bool:
    outcomes = command_outcomes(stack.settings(), "inventory")
    return all(outcomes[each] == 1 for each in sent)


def test_what_is_decided_is_counted_and_timed(whole_stack: Stack) -> None:
    before = {name: total(whole_stack, name) for name in GROW_WITH_COMMANDS}
    sent = [receive(whole_stack, f"COUNT-{uuid.uuid4().hex[:6]}") for _ in range(6)]
    eventually(lambda: decided_once(whole_stack, sent))
    for name in GROW_WITH_COMMANDS:
        least = 1 if name == "bloomfield_commit_seconds_count" else len(sent)
        eventually(lambda name=name, least=least: total(whole_stack, name) >= before[name] + least)
    for worker in WORKERS:
        assert all(sum(told(whole_stack, worker, name)) >= 1 for name in OF_EACH_START), worker
        lags = told(whole_stack, worker, "bloomfield_lag_seconds")
        assert all(-LAG_SECONDS_MAX < lag < LAG_SECONDS_MAX for lag in lags)
    assert any(told(whole_stack, worker, "bloomfield_lag_seconds") for worker in WORKERS)


def test_arbitrary_bytes_become_dead_letters_and_the_next_command_is_decided(whole_stack: Stack) -> None:
    sku = f"POISON-{uuid.uuid4().hex[:6]}"
    key = stock_key(sku, "warehouse")
    nothing: bytes = None  # type: ignore[assignment]  # Kafka allows it, in headers and as a value
    for poison in (b"", nothing, b"not avro", b"\x00\x05\xf5\xe0\xff" + b"an unknown schema id"):
        send(whole_stack, key, poison, [("command-id", nothing), ("dead-topic", b"elsewhere")])
    command_id = receive(whole_stack, sku)
    settings = whole_stack.settings()
    eventually(lambda: command_outcomes(settings, "inventory")[command_id] == 1)
    with KafkaLog(settings, "deciders") as log:
        letters = [letter for letter in read(log, "inventory") if letter.record.key == key.encode()]
    assert len(letters) == 4
    assert {letter.header("dead-topic") for letter in letters} == {"inventory.commands"}


def test_a_worker_that_is_told_to_stop_loses_nothing(whole_stack: Stack) -> None:
    before = whole_stack.pid("worker-1")
    sent = [receive(whole_stack, f"STOP-{uuid.uuid4().hex[:6]}") for _ in range(5)]
    whole_stack.kill("worker-1", signal.SIGTERM)
    sent += [receive(whole_stack, f"STOP-{uuid.uuid4().hex[:6]}") for _ in range(5)]
    eventually(lambda: whole_stack.pid("worker-1") not in (None, before))
    whole_stack.wait_ready("worker-1")
    eventually(lambda: decided_once(whole_stack, sent))


def test_a_worker_that_sleeps_is_replaced_and_does_nothing_when_it_wakes(whole_stack: Stack) -> None:
    before = whole_stack.pid("worker-1")
    whole_stack.kill("worker-1", signal.SIGSTOP)
    try:
        sent = [receive(whole_stack, f"SLEEP-{uuid.uuid4().hex[:6]}") for _ in range(8)]  # of both partitions
        eventually(lambda: decided_once(whole_stack, sent))
        assert whole_stack.pid("worker-1") == before, "the other one has decided them all"
    finally:
        whole_stack.kill("worker-1", signal.SIGCONT)
    eventually(lambda: whole_stack.pid("worker-1") not in (None, before))
    whole_stack.wait_ready("worker-1")
    assert decided_once(whole_stack, sent)


def test_each_partition_is_told_of_by_the_one_worker_that_has_it(whole_stack: Stack) -> None:
    """After a worker had slept, and the other had its partitions meanwhile."""
    for gauge in ("bloomfield_commands_waiting", "bloomfield_partition_halted"):
        eventually(
            lambda gauge=gauge: (
                sum(len(told(whole_stack, worker, gauge)) for worker in WORKERS) == len(ROOMS) * PARTITIONS
            )
        )
        assert all(told(whole_stack, worker, gauge) for worker in WORKERS)
