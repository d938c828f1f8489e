"""The audit on a real broker: of a day that was written there, and of a worker while it decides."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from connectors.kafka.client import producer, topic_name
from ops import audit, reading, topics
from ops.audit.kafka_log import AuditImpossible, Ends, KafkaLog
from ops.dead_letters import read, replayed, send
from process.settings import Settings
from schemas.envelope import begin, derive_id
from schemas.inventory.holds import CommitHold, HoldStock
from schemas.inventory.messages import ReceiveStock, TransferStock
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOM_OF, ROOMS
from schemas.topics import PARTITIONS
from tests.audit.on_kafka import settings_of, write
from tests.audit.story import a_day
from tests.runtime.simulated import CODEC
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


def audited(settings: Settings, *, settled: bool = True) -> audit.Verdict:
    return audit.run(settings, postgres=False, settled=settled, stripe=None, codec=CODEC)


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    return settings_of(kafka, topic_prefix)


def test_topics_that_are_not_there_cannot_be_audited(settings: Settings) -> None:
    with pytest.raises(AuditImpossible, match="bloomfield topics create"):
        audited(settings)


def test_a_day_on_the_broker_is_sound_until_one_event_lies_there_twice(settings: Settings) -> None:
    story = a_day()
    write(settings, story.log)
    verdict = audited(settings)
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["events"] == sum(
        len(found) for (topic, _), found in story.log.topics.items() if topic.endswith(".events")
    )
    records, place = story.find(ReceiveStock)
    received = next(
        each for each in story.log.topics[("inventory.events", partition_of("TEA@warehouse", PARTITIONS))]
        if each.key == b"TEA@warehouse"
    )  # fmt: skip
    out = producer(settings)
    partition = partition_of("TEA@warehouse", PARTITIONS)
    topic = topic_name(settings, "inventory.events")
    out.produce(topic, received.value, received.key, partition, headers=received.headers)
    out.flush()
    verdict = audited(settings)
    assert verdict.failed["log.once"] == 1
    [witness] = [each for each in verdict.witnesses if each.check == "log.once"]
    assert (witness.position.topic, witness.position.key) == ("inventory.events", "TEA@warehouse")
    assert witness.position.id == dict(received.headers)["event-id"].decode()
    assert records[place]


def test_a_dead_letter_is_sent_again_to_where_it_came_from(settings: Settings) -> None:
    write(settings, a_day().log)
    with KafkaLog(settings, "deciders") as log:
        [letter] = read(log, "inventory")
        assert replayed(log, letter, CODEC.decode) is None
    send(settings, letter)
    with KafkaLog(settings, "deciders") as log:
        assert "waits to be decided" in (replayed(log, letter, CODEC.decode) or "")
    verdict = audited(settings, settled=False)
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["commands_waiting"] == 1


def test_topics_are_read_as_lines_of_json_with_their_envelope(settings: Settings) -> None:
    story = a_day()
    write(settings, story.log)

    def lines(topic: str) -> list[dict[str, Any]]:
        found = reading.records(settings, topic, follow=False)
        return [json.loads(reading.line(message, CODEC.decode)) for message in found]

    events = lines("inventory.events")
    assert len(events) == sum(len(each) for (name, _), each in story.log.topics.items() if name == "inventory.events")
    received = next(each for each in events if each["type"] == "StockReceived" and each["key"] == "TEA@warehouse")
    assert received["value"]["quantity"] == 50
    assert received["envelope"]["actor"] == "guest"
    [dead] = lines("inventory.dead-letters")
    assert dead["undecodable"] == "00 ff 3f"
    assert dead["envelope"]["dead-topic"] == "inventory.commands"


@contextmanager
def worker(settings: Settings, slot: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.audit.worker", settings.kafka, settings.topic_prefix, slot]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def feed(settings: Settings, seed: int, commands: int) -> None:
    """Stock commands over a few keys, a tenth of them sent twice, and some bytes that are none."""
    chance, out = Random(seed), producer(settings)
    now = time.time_ns() // 1_000_000
    for number in range(commands):
        sku, cart = f"S{chance.randrange(5)}", f"cart-{seed}-{chance.randrange(50)}"
        place = {"sku": sku, "location": "warehouse"}
        owner = {"cart_id": cart, "answer_to": f"checkout/{cart}"}
        match chance.randrange(6):
            case 0:
                command: Record = ReceiveStock(**place, quantity=3)
            case 1:
                command = TransferStock(**place, target="popup-soho", quantity=1)
            case 2 | 3:
                command = CommitHold(**place, **owner, order_id=f"order-{cart}")
            case _:
                command = HoldStock(**place, **owner, quantity=2, expires_at=now + 10**9)
        key = ROOM_OF[type(command)].key_of(command)
        value = b"poison" if chance.random() < 0.02 else CODEC.encode(command)
        envelope = begin(command_id=derive_id(str(seed), number), occurred_at=now, actor="guest", channel="web")
        for _ in range(2 if chance.random() < 0.1 else 1):
            topic = topic_name(settings, "inventory.commands")
            out.produce(topic, value, key, partition_of(key, PARTITIONS), headers=envelope.headers())
    assert not out.flush(30)


class Watched(KafkaLog):
    """Says when it has asked how far the state topics go."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "audit")
        self.asked, self._waits = Event(), 0

    def _wait_until_settled(self, ends: Ends) -> Ends:
        self._waits += 1
        if self._waits == 2:
            self.asked.set()
        return super()._wait_until_settled(ends)


def test_a_row_and_its_parts_are_seen_together_or_not_at_all(settings: Settings) -> None:
    topics.create(settings)
    topic, log = ROOMS["inventory"].topic("state"), Watched(settings)
    writer = producer(settings, **{"transactional.id": f"{settings.topic_prefix}writer"})
    writer.init_transactions(30)
    writer.begin_transaction()
    writer.produce(topic_name(settings, topic), b"row", "A", 0)
    assert not writer.flush(30)
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(log.__enter__)
        assert log.asked.wait(60)
        writer.produce(topic_name(settings, topic), b"part", "A", 0)
        writer.commit_transaction(30)
        begun.result()
    try:
        assert [each.value for each in log.records(topic, 0)] == [b"row", b"part"]
    finally:
        log.__exit__()


def nothing_waits(settings: Settings) -> bool:
    return audited(settings, settled=False).counts.get("commands_waiting", 0) == 0


def test_a_log_is_sound_at_every_moment_while_a_worker_decides(settings: Settings) -> None:
    topics.create(settings)
    with worker(settings, "0"):
        for seed in range(4):
            feed(settings, seed, 1_000)
            verdict = audited(settings, settled=False)
            assert verdict.ok, verdict.witnesses
        eventually(lambda: nothing_waits(settings))
        verdict = audited(settings)
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["dead_letters"] > 0
    assert verdict.counts["commands"] > 4_000
    decided = audit.command_outcomes(settings, "inventory", CODEC)
    assert set(decided.values()) == {1}


def test_topics_with_more_partitions_than_would_be_read_are_not_audited(settings: Settings) -> None:
    topics.create(settings)
    admin, name = AdminClient({"bootstrap.servers": settings.kafka}), topic_name(settings, "inventory.events")
    for done in admin.create_partitions([NewPartitions(name, PARTITIONS + 1)]).values():
        done.result(30)
    eventually(lambda: len(admin.list_topics(timeout=10).topics[name].partitions) == PARTITIONS + 1)
    with pytest.raises(AuditImpossible, match=f"has {PARTITIONS + 1} partitions, and log .* has {PARTITIONS}"):
        audited(settings)
