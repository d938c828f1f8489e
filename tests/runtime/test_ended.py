"""Finished aggregates leave memory, and which they were is remembered in eight bytes each (0013)."""

from __future__ import annotations

import struct
from random import Random
from typing import Any

import pytest

from schemas.ended import EndedSegment
from schemas.orders.messages import OrderState, OrderStatus
from schemas.payments.messages import PaymentState, PaymentStatus
from schemas.topics import DAY_MS
from streams.keeping import KEPT_MS, kept_ms, leaves_at
from streams.orders.room import ORDERS
from streams.payments.room import PAYMENTS
from streams.runtime.deciding import Deciding
from streams.runtime.ended import RECENT_MAX, RUN_MAX, EndedKeys
from streams.runtime.rows import Row, Table
from tests.runtime.payments_shop import PAYMENT, START, Shop, paid, refund, request
from tests.runtime.simulated import CODEC, IDENTITY
from tests.unit.orders import examples as orders


def test_a_finished_payment_leaves_after_30_days_without_facts_and_its_last_state_stays_on_the_log() -> None:
    shop = paid()
    before = shop.rows()[PAYMENT]
    version = max(version for _, version, _ in shop.events())
    shop.rest(later_ms=KEPT_MS - 60_000)
    assert shop.rows() == {PAYMENT: before}
    shop.rest(later_ms=120_000)
    assert shop.rows() == {}
    state, kept = shop.latest("payments.state", PAYMENT), shop.latest("payments.ended", PAYMENT)
    assert state is not None and state.value is None
    assert kept is not None and CODEC.decode(kept.value) == before
    assert int(dict(kept.headers)["version"]) == version


def test_what_is_not_finished_never_leaves() -> None:
    shop = Shop({"payments": PAYMENTS, "orders": ORDERS})
    shop.tell(request(), orders.place())
    shop.rest(later_ms=2_000 * DAY_MS)
    assert shop.rows().keys() == {PAYMENT} and shop.rows("orders").keys() == {orders.ORDER}
    for status in OrderStatus:
        leaves = ORDERS.expires_at(OrderState(status=status, updated_at=START))
        assert (leaves is not None) == (status in {"delivered", "returned", "refunded", "cancelled"}), status
    assert (
        PAYMENTS.expires_at(
            PaymentState(status=PaymentStatus.CAPTURED, captured_minor=1, cancelling="x", updated_at=START)
        )
        is None
    )


def test_a_refund_under_way_keeps_its_payment() -> None:
    shop = paid()
    shop.tell(refund())
    shop.rest(later_ms=400 * DAY_MS)
    assert shop.rows().keys() == {PAYMENT}


def test_the_setting_is_a_number_of_days_and_all_of_one_minute_leave_together() -> None:
    assert kept_ms({}) == 30 * DAY_MS and kept_ms({"BLOOMFIELD_ENDED_DAYS": "7"}) == 7 * DAY_MS
    for wrong in ("", "0", "-1", "1.5", "3651", "x"):
        with pytest.raises(ValueError, match="number of days from 1"):
            kept_ms({"BLOOMFIELD_ENDED_DAYS": wrong})
    assert {leaves_at(START + 1 + ms) for ms in range(0, 60_000, 999)} == {START + 60_000 + KEPT_MS}
    assert leaves_at(START) == START + KEPT_MS


def test_a_month_of_payments_that_leave_at_once_does_so_a_thousand_a_transaction() -> None:
    table = Table(PAYMENTS, CODEC, 0)
    for number in range(2_500):
        state = PaymentState(status=PaymentStatus.CAPTURED, updated_at=START)
        table.rows[f"pay-{number}"] = Row(state=state, version=3, due=leaves_at(START))
    table.restored()
    left, now = [], leaves_at(START) + DAY_MS
    while table.rows:
        deciding = Deciding({("payments", 0): table}, CODEC, IDENTITY)
        deciding.fire_timers(table, now)
        left.append(deciding.counts["ended"])
        segments = [each for each in deciding.finish(now) if (each[2] or b"").startswith(b"\0ended/")]
        assert len(segments) == (left[-1] > 0)
        now += 1_000
    assert left == [1_000, 1_000, 500]


def test_very_many_fingerprints_are_kept_and_none_is_made_up() -> None:
    keys, numbers = EndedKeys(), Random(1)
    known = [numbers.getrandbits(64) for _ in range(2 * RUN_MAX + RECENT_MAX // 2)]
    for number, at in enumerate(range(0, len(known), 5_000)):
        segment = known[at : at + 5_000]
        keys.restore(number, EndedSegment(fingerprints=struct.pack(f"<{len(segment)}Q", *segment)))
    assert all(map(keys._has, known[::1_000])) and keys._has(known[-1])
    assert not any(keys._has(each + 1) for each in known[::1_000])
    keys.add("pay-1")
    assert "pay-1" in keys and "pay-2" not in keys


def test_fingerprints_take_eight_bytes_a_key_and_are_read_back_whole() -> None:
    keys = EndedKeys()
    segments: list[tuple[bytes, Any]] = []
    for number in range(3_000):
        keys.add(f"pay-{number}")
        keys.add(f"pay-{number}")
        if number % 1_000 == 999:
            segments.extend(keys.changes())
    assert [len(segment.fingerprints) for _, segment in segments] == [8_000] * 3
    assert list(keys.changes()) == []
    again = EndedKeys()
    for number, (_, segment) in enumerate(segments):
        again.restore(number, segment)
    assert all(f"pay-{number}" in again for number in range(3_000)) and "pay-3000" not in again
    again.add("pay-3000")
    assert [key for key, _ in again.changes()] == [b"\0ended/000000000003"]
