"""A finished payment leaves a real worker's memory, and a late refund finds it, while the partition goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from connectors.kafka.client import consumer, log_end, producer, topic_name
from connectors.kafka.log_identity import required
from ops import audit
from process.settings import Settings
from schemas.ended import ParkedCommand
from schemas.envelope import begin, derive_id
from schemas.payments.ledger import VatShare
from schemas.payments.messages import (
    PaymentRefused,
    PaymentState,
    PaymentStatus,
    RecordIntent,
    RecordStripeEvent,
    RequestPayment,
)
from schemas.payments.refunds import RefundPayment, RefundRequested
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import PARTITIONS
from streams.payments.room import PAYMENTS
from streams.rooms import DECIDERS
from streams.runtime.engine import Engine
from streams.runtime.loading import between, load
from streams.runtime.recall import find
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
KEPT_MS = 1_500
PLACE = 0
KEYS = [key for n in range(999) if partition_of(key := f"pay-{n}", PARTITIONS) == PLACE]
FIRST, OTHER, MADE_UP = KEYS[:3]


def expires_at(state: PaymentState) -> int | None:
    """Captured payments leave at once, so that the test need not wait for a month."""
    return state.updated_at + KEPT_MS if PAYMENTS.expires_at(state) is not None else None


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A deciding worker; killed at the end."""
    command = [sys.executable, "-m", __name__, settings.kafka, settings.topic_prefix]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def send(settings: Settings, *commands: Record) -> None:
    out = producer(settings)
    for command in commands:
        room = ROOM_OF[type(command)]
        key, now = room.key_of(command), time.time_ns() // 1_000_000
        name = derive_id(key, repr(command))
        envelope = begin(command_id=name, occurred_at=now, actor="guest", channel="web")
        topic = topic_name(settings, room.topic("commands"))
        place = partition_of(key, PARTITIONS)
        out.produce(topic, CODEC.encode(command), key, place, headers=envelope.headers())
    assert out.flush(30) == 0


def records(settings: Settings, kind: str) -> list[tuple[str, int, Record | None]]:
    """Key, version and value of what lies on the partition of one of the payments' topics."""
    topic, reader = (
        topic_name(settings, f"payments.{kind}"),
        consumer(settings, "reader", **{"enable.partition.eof": True}),
    )
    try:
        return [
            (
                (each.key() or b"").decode(),
                int(dict(each.headers() or ())["version"]),
                None if each.value() is None else CODEC.decode(each.value()),
            )
            for each in between(reader, topic, PLACE, 0, log_end(settings, topic, PLACE))
        ]
    finally:
        reader.close()


def paid(key: str) -> list[Record]:
    share = VatShare(vat_basis_points=2000, gross_minor=2_000, vat_minor=333)
    ids: dict[str, Any] = {"payment_id": key}
    return [
        RequestPayment(**ids, answer_to="checkout/c", order_id="o", amount_minor=2_000, vat_shares=(share,)),
        RecordIntent(**ids, intent_id="pi_1", client_secret="s"),
        RecordStripeEvent(
            **ids,
            stripe_event_id=f"evt_{key}",
            type="payment_intent.succeeded",
            intent_id="pi_1",
            amount_received_minor=2_000,
        ),
    ]


def refund(key: str, pence: int, name: str = "ref-1") -> RefundPayment:
    return RefundPayment(payment_id=key, refund_id=name, amount_minor=pence, reason="damaged")


def audited(settings: Settings) -> audit.Verdict:
    return audit.run(settings, postgres=False, settled=False, stripe=None, codec=CODEC)


def left(settings: Settings, key: str) -> bool:
    """Whether the latest record of a key on the state topic is a tombstone."""
    return [value is None for found, _, value in records(settings, "state") if found == key][-1:] == [True]


def waiting(settings: Settings) -> list[str]:
    """For whom commands wait: one entry for each."""
    latest = {key: value for key, _, value in records(settings, "state")}
    return [value.key for value in latest.values() if isinstance(value, ParkedCommand)]


def asked(settings: Settings, key: str) -> list[tuple[int, str, int]]:
    """Version, refund and pence of the refunds that were asked for."""
    return [
        (version, event.refund_id, event.amount_minor)
        for found, version, event in records(settings, "events")
        if found == key and isinstance(event, RefundRequested)
    ]


def hold_back(settings: Settings) -> Producer:
    """Open a transaction on what ended: nobody can read beyond it until it is over."""
    out = producer(settings, **{"transactional.id": f"{settings.topic_prefix}slow", "transaction.timeout.ms": 600_000})
    out.init_transactions(30)
    out.begin_transaction()
    value, headers = CODEC.encode(PaymentState()), [("version", b"1")]
    out.produce(topic_name(settings, "payments.ended"), value, "nobody", PLACE, headers=headers)
    assert out.flush(30) == 0
    return out


def test_a_late_refund_finds_its_payment_and_stalls_nobody_though_workers_are_killed(settings: Settings) -> None:
    settings = settings_of(settings.kafka, settings.topic_prefix)
    with worker(settings):
        send(settings, *paid(FIRST))
        eventually(lambda: left(settings, FIRST))
        version = max(version for key, version, _ in records(settings, "events") if key == FIRST)
        [(key, kept, state)] = records(settings, "ended")
        assert (key, kept) == (FIRST, version)
        assert isinstance(state, PaymentState) and state.status is PaymentStatus.CAPTURED
        slow = hold_back(settings)  # a look that takes long
        send(settings, refund(FIRST, 1_500), refund(FIRST, 1_500), refund(FIRST, 600, "ref-9"), *paid(OTHER))
        send(settings, refund(MADE_UP, 1))
        captured = (OTHER, PaymentStatus.CAPTURED)
        eventually(
            lambda: captured in [(k, v.status) for k, _, v in records(settings, "state") if isinstance(v, PaymentState)]
        )
        eventually(lambda: [version for k, version, e in records(settings, "events") if k == MADE_UP] == [0])
        assert asked(settings, FIRST) == [], "it waits, and nobody waits for it"
        assert waiting(settings) == [FIRST] * 3
    with worker(settings):  # the first was killed while it looked: what waits is on the log
        send(settings, *paid(KEYS[3]))
        eventually(lambda: KEYS[3] in [key for key, _, _ in records(settings, "events")])
        assert asked(settings, FIRST) == []
        slow.abort_transaction(30)
        eventually(lambda: asked(settings, FIRST) == [(version + 1, "ref-1", 1_500)])
        events = [(version, event) for key, version, event in records(settings, "events") if key == FIRST]
        assert [type(event) for _, event in events][-2:] == [RefundRequested, PaymentRefused]
        eventually(lambda: left(settings, OTHER))
        eventually(lambda: audited(settings).counts.get("commands_waiting", 0) == 0)
        verdict = audited(settings)
    assert verdict.failed == {"payments.order": 3}, verdict.witnesses  # payments alone, without checkouts and orders
    assert verdict.made["tables"] == 3


def test_the_look_goes_back_window_by_window_and_sees_the_newest_row_of_a_key(settings: Settings) -> None:
    out, topic = producer(settings, **{"linger.ms": 50}), topic_name(settings, "payments.ended")
    for number in range(5_000):
        key, value = f"pay-{number % 4_000}", CODEC.encode(PaymentState(amount_minor=number))
        out.produce(topic, value, key, PLACE, headers=[("version", b"%d" % number)])
    assert out.flush(30) == 0
    wanted = frozenset({"pay-0", "pay-999", "pay-1000", "pay-3999", "pay-never"})
    found = find(settings, "deciders", CODEC, ("payments", PLACE), wanted, threading.Event())
    assert {key: (row.version, row.state.amount_minor) for key, row in found.items()} == {
        "pay-0": (4_000, 4_000),
        "pay-999": (4_999, 4_999),
        "pay-1000": (1_000, 1_000),
        "pay-3999": (3_999, 3_999),
    }


def test_commands_that_wait_are_read_back_when_a_partition_is_loaded(settings: Settings) -> None:
    """As they were, in their order, with who said them and when."""
    with worker(settings):
        send(settings, *paid(FIRST))
        eventually(lambda: left(settings, FIRST))
        slow = hold_back(settings)
        send(settings, refund(FIRST, 100), refund(FIRST, 200, "ref-2"))
        eventually(lambda: waiting(settings) == [FIRST] * 2)
    table = load(settings, required(settings), "deciders", PAYMENTS, CODEC, PLACE)
    assert table.parked.keys == [FIRST] and FIRST in table.ended and MADE_UP not in table.ended
    line = [table.parked.pop(FIRST), table.parked.pop(FIRST)]
    assert [each.command for each in line] == [refund(FIRST, 100), refund(FIRST, 200, "ref-2")]
    assert line[0].envelope.id == derive_id(FIRST, repr(refund(FIRST, 100)))
    slow.abort_transaction(30)


if __name__ == "__main__":
    kafka, prefix = sys.argv[1:]
    sys.argv[1:] = []
    deciders = DECIDERS | {"payments": replace(PAYMENTS, expires_at=expires_at)}
    own = settings_of(kafka, prefix)
    Engine(own, required(own), deciders, CODEC, deployment="deciders", slot="0").run()
