"""For how long the ids of commands are remembered, and what becomes of older commands."""

from __future__ import annotations

from dataclasses import replace

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.envelope import derive_id
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from streams.cart.room import CART
from streams.runtime.rows import CLOCK_AHEAD_MAX_MS, OUTCOMES_KEPT_MS, Outcomes
from tests.runtime.one_transaction import KEY, NOW, decide, read_back, record, table
from tests.runtime.simulated import CODEC


def test_command_ids_are_forgotten_after_a_day_and_older_commands_then_refused() -> None:
    stock = table()
    decide(stock, record())
    later = NOW + OUTCOMES_KEPT_MS + CLOCK_AHEAD_MAX_MS + 1
    out, _ = decide(stock, record(name="two", offset=1, at=later), now=later)
    assert [each[3] for each in out["inventory.state"] if each[2] == b"\x00outcomes/000000000000"] == [None]
    assert len(stock.outcomes) == 1
    again, _ = decide(stock, record(offset=2))
    assert "older than what is remembered" in dict(again["inventory.dead-letters"][0][4])["dead-error"].decode()
    assert stock.row(KEY).state.on_hand == 10


def test_commands_that_waited_for_more_than_a_day_are_decided_when_the_workers_are_back() -> None:
    stock = table()
    decide(stock, record())
    stock.caught_up_at = 3  # as loaded after the outage: two commands wait
    later = NOW + 2 * OUTCOMES_KEPT_MS
    for offset in (1, 2):  # in two transactions
        out, _ = decide(stock, record(name=f"waited-{offset}", offset=offset, at=NOW + offset), now=later)
        assert "inventory.dead-letters" not in out
    assert stock.row(KEY).state.on_hand == 15
    assert len(stock.outcomes) == 2, "when nothing waits any more, what is old is forgotten"


def test_a_saga_that_stood_still_for_days_goes_on_in_the_other_workers_partitions() -> None:
    stock = table()
    decide(stock, record())
    now = NOW + 2 * OUTCOMES_KEPT_MS
    decide(stock, record(name="two", offset=1, at=now), now=now)
    assert stock.outcomes.low_watermark == NOW
    begun_long_ago = record(name="three", offset=2)
    assert "inventory.dead-letters" in decide(stock, begun_long_ago, now=now)[0]
    sent_now = replace(begun_long_ago, offset=3, headers=[*begun_long_ago.headers, ("sent-at", b"%d" % now)])
    out, _ = decide(stock, replace(sent_now, timestamp=now), now=now)
    assert "inventory.dead-letters" not in out
    [event] = out["inventory.events"]
    assert dict(event[4])["occurred-at"] == b"%d" % NOW and "sent-at" not in dict(event[4])


def test_what_is_forgotten_stays_forgotten_for_the_next_worker() -> None:
    stock = table()
    decide(stock, record())
    later = NOW + OUTCOMES_KEPT_MS + CLOCK_AHEAD_MAX_MS + 1
    out, _ = decide(stock, record(name="two", offset=1, at=later), now=later)
    compacted = [each for each in out["inventory.state"] if each[3] is not None]  # tombstones go, too, in the end
    copy = read_back(compacted)
    assert copy.outcomes.low_watermark == stock.outcomes.low_watermark == NOW
    again, _ = decide(copy, record(offset=2))
    assert "older than what is remembered" in dict(again["inventory.dead-letters"][0][4])["dead-error"].decode()
    assert copy.row(KEY).state.on_hand == 10


def test_what_is_forgotten_stays_so_though_nothing_is_left_to_remember() -> None:
    stock = table()
    decide(stock, record())
    later = NOW + OUTCOMES_KEPT_MS + CLOCK_AHEAD_MAX_MS + 1
    garbage = replace(record(offset=1), value=b"garbage", timestamp=later)  # a transaction without an outcome
    out, _ = decide(stock, garbage, now=later)
    assert len(stock.outcomes) == 0
    copy = read_back([each for each in out["inventory.state"] if each[3] is not None])
    assert copy.outcomes.low_watermark == stock.outcomes.low_watermark == NOW


def test_more_ids_than_are_remembered_push_out_the_oldest_and_no_command_that_was_said_later() -> None:
    stock, written = table(), []
    stock.outcomes = Outcomes(most=2)
    for number in range(4):  # transactions within milliseconds
        out, _ = decide(stock, record(name=str(number), offset=number, at=NOW + number), now=NOW + 5_000)
        written += out["inventory.state"]
    assert len(stock.outcomes) == 2
    assert stock.outcomes.low_watermark == NOW + 1, "when the last one that is forgotten was said"
    gone = {each[2] for each in written if each[3] is None}
    for next_worker in (stock, read_back([each for each in written if each[2] not in gone])):
        assert next_worker.outcomes.low_watermark == NOW + 1
        forgotten, _ = decide(next_worker, record(name="1", offset=4, at=NOW + 1), now=NOW + 5_000)
        assert "older than what" in dict(forgotten["inventory.dead-letters"][0][4])["dead-error"].decode()
        live, deciding = decide(next_worker, record(name="4", offset=5, at=NOW + 2), now=NOW + 5_000)
        assert "inventory.dead-letters" not in live and deciding.counts["decided"] == 1
        assert next_worker.row(KEY).state.on_hand == 25


def test_no_segment_of_outcomes_outgrows_a_record_however_many_wait_and_however_long_they_are() -> None:
    carts = table(CART, partition_of("c", PARTITIONS))
    commands: list[Record] = [CreateCart(cart_id="c", channel="web")]
    commands += [SetCartLine(cart_id="c", line=CartLine(sku=f"{n % 5:025}", quantity=n)) for n in range(1, 5_000)]
    out, _ = decide(
        carts, *(record(command, key="c", name=str(n), offset=n, reply_to=0) for n, command in enumerate(commands))
    )
    segments = [each[3] or b"" for each in out["cart.state"] if (each[2] or b"").startswith(b"\0")]
    assert sum(map(len, segments)) > 1_000_000  # together they would not have fitted
    assert max(map(len, segments)) < 300_000
    ids = [each.command_id for segment in segments for each in CODEC.decode(segment).outcomes]  # type: ignore[attr-defined]
    assert ids == [derive_id("test", str(n)) for n in range(len(commands))]


def test_of_a_long_reply_the_refusal_and_the_version_are_remembered() -> None:
    carts = table(CART, partition_of("c", PARTITIONS))
    commands: list[Record] = [CreateCart(cart_id="c", channel="web")]
    commands += [SetCartLine(cart_id="c", line=CartLine(sku=f"{n:025}", quantity=1)) for n in range(20)]
    records = [record(command, key="c", name=str(n), offset=n, reply_to=0) for n, command in enumerate(commands)]
    decide(carts, *records)
    out, _ = decide(carts, replace(records[1], offset=100), replace(records[-1], offset=101))
    short, long = out["edge.replies"]
    assert CODEC.decode(short[3]).lines.keys() == {f"{0:025}"}  # type: ignore[attr-defined]  # a cart
    assert long[3] is None and dict(long[4])["version"] == b"21" and dict(long[4])["replayed"] == b"1"
