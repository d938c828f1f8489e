"""One command that its room cannot decide is set aside by hand, on a real broker: those behind it go on, it is kept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.kafka.client import producer, topic_name
from ops import audit, topics
from ops.audit.kafka_log import KafkaLog
from ops.dead_letters import read, send
from ops.dead_letters.set_aside import NotSetAside, set_aside
from process.settings import Settings
from schemas.envelope import begin, derive_id
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PARTITION = partition_of("SOUND@warehouse", PARTITIONS)
CURSED = next(
    sku for sku in map("CURSED-{}".format, range(99)) if partition_of(f"{sku}@warehouse", PARTITIONS) == PARTITION
)


@contextmanager
def worker(settings: Settings, *bug: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is told to stop at the end, so that it leaves its group."""
    command = [sys.executable, "-m", "tests.audit.worker", settings.kafka, settings.topic_prefix, "0", *bug]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def put(settings: Settings, *skus: str) -> None:
    """Receive a unit of each, one after the other."""
    out = producer(settings)
    for number, sku in enumerate(skus):  # two of one SKU may well be put within one millisecond
        at = time.time_ns() // 1_000_000
        headers = begin(
            command_id=derive_id(f"{number}/{sku}", at), occurred_at=at, actor="test", channel="system"
        ).headers()
        value = CODEC.encode(ReceiveStock(sku=sku, location="warehouse", quantity=1))
        key = f"{sku}@warehouse"
        out.produce(topic_name(settings, "inventory.commands"), value, key, PARTITION, headers=headers)
        assert not out.flush(30)


def audited(settings: Settings) -> audit.Verdict:
    return audit.run(settings, postgres=False, settled=False, stripe=None, codec=CODEC)


def waiting(settings: Settings) -> int:
    return audited(settings).counts.get("commands_waiting", 0)


def position(settings: Settings) -> int:
    with KafkaLog(settings, "deciders") as log:
        return log.position("inventory.commands", PARTITION)


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    found = settings_of(kafka, topic_prefix)
    topics.create(found)
    return found


def test_what_halts_a_partition_is_set_aside_and_what_waits_behind_it_is_decided(settings: Settings) -> None:
    put(settings, "SOUND", CURSED, "SOUND", "SOUND")
    with worker(settings, CURSED):
        eventually(lambda: position(settings) == 1)
        assert waiting(settings) == 3
        with pytest.raises(NotSetAside, match="1 workers are members"):
            set_aside(settings, INVENTORY, PARTITION, 1, reason="while it runs")
    with pytest.raises(NotSetAside, match="the next command is at offset 1"):
        set_aside(settings, INVENTORY, PARTITION, 2, reason="another one")
    with pytest.raises(NotSetAside, match="the next command is at offset 1"):
        set_aside(settings, INVENTORY, PARTITION, 0, reason="one that was decided")
    assert waiting(settings) == 3

    set_aside(settings, INVENTORY, PARTITION, 1, reason="too large a number")
    with worker(settings, CURSED):
        eventually(lambda: waiting(settings) == 0)
    verdict = audited(settings)
    assert verdict.ok, verdict.witnesses
    assert (verdict.counts["commands"], verdict.counts["dead_letters"], verdict.counts["outcomes"]) == (4, 1, 3)

    with KafkaLog(settings, "deciders") as log:
        [letter] = read(log, "inventory")
    assert letter.header("dead-error") == "SetAside: too large a number"
    send(settings, letter)
    with worker(settings):  # the code is mended
        eventually(lambda: audited(settings).counts["outcomes"] == 4)
    assert audited(settings).ok


def test_nothing_is_set_aside_where_nothing_waits(settings: Settings) -> None:
    with pytest.raises(NotSetAside, match="nothing waits there"):
        set_aside(settings, INVENTORY, PARTITION, 0, reason="none")
