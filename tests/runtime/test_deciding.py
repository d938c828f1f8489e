"""What the engine promises of every room, seen on the records of one transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.codec import DecodeError, UnknownSchemaId
from schemas.envelope import derive_id
from schemas.inventory.holds import HoldStock
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import AdjustmentReason, AdjustStock, ReceiveStock, StockReceived, StockState
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from streams.cart.room import CART
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from streams.runtime.deciding import Deciding
from streams.runtime.rows import CLOCK_AHEAD_MAX_MS, Table
from tests.runtime.one_transaction import KEY, LOCK, NOW, PLACE, RECEIVE, decide, read_back, record, table
from tests.runtime.simulated import CODEC, IDENTITY, Logged


def test_a_decision_writes_its_event_its_row_and_its_outcome_together() -> None:
    out, deciding = decide(table(), record())
    [(_, partition, key, value, headers)] = out["inventory.events"]
    assert (partition, key) == (PLACE, KEY.encode())
    assert isinstance(CODEC.decode(value), StockReceived)
    named = dict(headers)
    command_id = derive_id("test", "one").encode()
    assert named["event-id"] == derive_id(command_id.decode(), 0).encode()
    assert named["command-id"] == named["causation-id"] == named["correlation-id"] == command_id
    assert (named["version"], named["occurred-at"], named["type"]) == (
        b"1",
        b"%d" % NOW,
        b"bloomfield.inventory.StockReceived",
    )
    row, segment = out["inventory.state"]
    assert CODEC.decode(row[3]) == StockState(on_hand=5)
    assert [each.command_id for each in CODEC.decode(segment[3]).outcomes] == [command_id.decode()]  # type: ignore[attr-defined]
    assert deciding.positions == {("inventory", PLACE): 1}


def test_the_same_command_id_decides_once_and_is_answered_with_its_first_outcome() -> None:
    stock = table()
    first, _ = decide(stock, record(reply_to=3))
    again, deciding = decide(stock, record(offset=1, reply_to=3), record(offset=2, reply_to=3))
    assert "inventory.events" not in again
    assert deciding.counts["repeated"] == 2
    [said] = first["edge.replies"]
    assert [each[3] for each in again["edge.replies"]] == [said[3], said[3]]
    assert dict(again["edge.replies"][0][4])["replayed"] == b"1"
    assert stock.row(KEY).state.on_hand == 5


def test_a_refused_command_stays_refused_after_a_restock() -> None:
    stock = table()
    hold = HoldStock(
        sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=1, expires_at=NOW + 1000
    )
    decide(stock, record(hold, name="command"))
    decide(stock, record(offset=1))
    decide(stock, record(hold, name="command", offset=2))
    assert stock.row(KEY).state == Stock(on_hand=5)


def test_a_record_below_the_position_is_not_taken_again() -> None:
    stock = table()
    stock.position = 7
    out, deciding = decide(stock, record(offset=6))
    assert not out and not deciding.positions


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Logged(0, NOW, KEY.encode(), b"not a message", []), "frame"),
        (Logged(0, NOW, KEY.encode(), None, []), "frame"),
        (Logged(0, NOW, KEY.encode(), CODEC.encode(RECEIVE)[:-1], []), "not a ReceiveStock"),
        (Logged(0, NOW, KEY.encode(), CODEC.encode(RECEIVE) + b"x", []), "left over"),
        (Logged(0, NOW, KEY.encode(), CODEC.encode(RECEIVE), []), "command-id is missing"),
        (Logged(0, NOW, KEY.encode(), CODEC.encode(RECEIVE), [("command-id", b"one"), *record().headers[1:]]), "UUID"),
        (record(CreateCart(cart_id="c", channel="web")), "no command of inventory"),
        (record(key="OTHER@warehouse"), "not the command's own"),
        (Logged(0, NOW, b"\xff", CODEC.encode(RECEIVE), record().headers), "utf-8"),
    ],
    ids=[
        "bytes",
        "null",
        "cut off",
        "left over",
        "no envelope",
        "id no UUID",
        "other room",
        "other key",
        "key not text",
    ],
)
def test_what_cannot_be_understood_goes_to_the_dead_letters_and_the_next_command_is_decided(
    bad: Logged, reason: str
) -> None:
    out, deciding = decide(table(), bad, record(offset=1))
    [(_, _, key, value, headers)] = out["inventory.dead-letters"]
    assert (key, value) == (bad.key, bad.value)
    assert reason in dict(headers)["dead-error"].decode()
    assert dict(headers)["dead-offset"] == b"0"
    assert len(out["inventory.events"]) == 1
    assert deciding.positions == {("inventory", PLACE): 2}


def test_a_command_on_the_wrong_partition_goes_to_the_dead_letters() -> None:
    wrong = table(partition=1 - PLACE)
    out, _ = decide(wrong, record())
    assert "murmur2" in dict(out["inventory.dead-letters"][0][4])["dead-error"].decode()


def test_an_unknown_schema_id_changes_nothing_until_it_is_looked_up() -> None:
    stock = table()
    strange = replace(record(), value=b"\x00\x00\x00\xff\xff" + b"x")
    deciding = Deciding({("inventory", PLACE): stock}, CODEC, IDENTITY)
    with pytest.raises(UnknownSchemaId) as unknown:
        deciding.take(stock, strange)
    assert unknown.value.id == 0xFFFF
    assert stock.position == 0 and not deciding.out.written
    with pytest.raises(DecodeError):
        CODEC.decode(b"")


def fails(_command: Record, _state: Record, _at: int) -> tuple[Record, ...]:
    raise ZeroDivisionError("a bug")


def test_a_bug_halts_its_partition_before_the_command_and_skips_nothing() -> None:
    stock = table()
    decide(stock, record())
    stock.decider = replace(INVENTORY, decide=fails)
    out, deciding = decide(stock, record(name="two", offset=1), record(name="three", offset=2))
    assert stock.halted and "a bug" in stock.halted and stock.halted_at == 1
    assert deciding.positions == {("inventory", PLACE): 1}, "the position stays before the command"
    assert "inventory.events" not in out
    assert stock.row(KEY).state == Stock(on_hand=5)


def test_a_bug_in_a_room_that_is_reached_locally_halts_that_room_alone() -> None:
    """The command goes through the log instead, and stops its own partition there."""
    checkout_place = partition_of("k", PARTITIONS)
    stock = table()
    from streams.checkout.room import CHECKOUT

    broken = Table(replace(CHECKOUT, decide=fails), CODEC, checkout_place)
    tables = {("inventory", PLACE): stock, ("checkout", checkout_place): broken}
    hold = HoldStock(
        sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=1, expires_at=NOW + 1000
    )
    deciding = Deciding(tables, CODEC, IDENTITY)
    deciding.take(stock, record())
    deciding.take(stock, record(hold, name="hold", offset=1))
    topics = [output[0] for output in deciding.finish(NOW)]
    assert topics.count("checkout.commands") == 1
    assert topics.count("inventory.events") == 2
    assert not stock.halted


def test_a_made_up_id_leaves_no_row() -> None:
    carts = table(CART, partition_of("nobody", PARTITIONS))
    out, _ = decide(carts, record(SetCartLine(cart_id="nobody", line=CartLine(sku="VASE", quantity=1)), key="nobody"))
    assert carts.rows == {}
    assert [key for _, _, key, _, _ in out["cart.state"] if not key.startswith(b"\x00")] == []  # type: ignore[union-attr]
    assert dict(out["cart.events"][0][4])["version"] == b"0"


def test_many_commands_on_one_key_write_its_row_once() -> None:
    out, _ = decide(table(), *(record(name=str(number), offset=number) for number in range(20)))
    assert len(out["inventory.events"]) == 20
    assert len(out["inventory.state"]) == 2  # the row and the segment of outcomes
    assert [dict(each[4])["version"] for each in out["inventory.events"]] == [b"%d" % n for n in range(1, 21)]


def test_versions_number_the_events_of_an_aggregate_without_a_gap_also_when_a_command_has_several() -> None:
    carts = table(CART, partition_of("c", PARTITIONS))
    commands: list[Record] = [
        CreateCart(cart_id="c", channel="web"),
        SetCartLine(cart_id="c", line=CartLine(sku="VASE", quantity=1)),
        LOCK,
        SetCartLine(cart_id="c", line=CartLine(sku="VASE", quantity=2)),  # unlocks the cart, then changes it
        SetCartLine(cart_id="c", line=CartLine(sku="MUG", quantity=1)),
        SetCartLine(cart_id="c", line=CartLine(sku="MUG", quantity=100_000)),  # refused
        SetCartLine(cart_id="c", line=CartLine(sku="VASE", quantity=3)),
    ]
    out, _ = decide(carts, *(record(command, key="c", name=str(n), offset=n) for n, command in enumerate(commands)))
    assert [int(dict(each[4])["version"]) for each in out["cart.events"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_commands_that_go_through_the_log_say_when_they_were_sent() -> None:
    carts = table(CART, partition_of("c", PARTITIONS))
    decide(carts, record(CreateCart(cart_id="c", channel="web"), key="c", name="made"))
    out, _ = decide(
        carts,
        record(LOCK, key="c", name="lock", offset=1),
        now=NOW + 7,
    )
    [sent] = out["checkout.commands"]
    assert dict(sent[4])["sent-at"] == b"%d" % (NOW + 7)


def test_a_key_with_a_zero_byte_is_the_engines_own_and_set_aside() -> None:
    key = stock_key("\0outcomes/1", "warehouse")
    stock = table(partition=partition_of(key, PARTITIONS))
    out, deciding = decide(stock, record(ReceiveStock(sku="\0outcomes/1", location="warehouse", quantity=1), key=key))
    assert "is no id" in dict(out["inventory.dead-letters"][0][4])["dead-error"].decode()
    assert stock.rows == {} and stock.position == 1
    assert [(offset, "is no id" in why) for _, offset, why in deciding.set_aside] == [(0, True)]


def test_a_room_that_sends_to_such_a_key_halts_before_anything_waits_for_an_answer() -> None:
    source, target = partition_of("k", PARTITIONS), partition_of("\0", PARTITIONS)
    sends = CreateCart(cart_id="\0", channel="web")
    sender = Table(replace(CART, react=lambda *_: (sends,)), CODEC, source)
    tables = {("cart", target): Table(CART, CODEC, target), ("cart", source): sender}
    deciding = Deciding(tables, CODEC, IDENTITY)
    deciding.take(sender, record(CreateCart(cart_id="k", channel="web"), key="k"))
    assert sender.halted and "no id can lead to" in sender.halted and sender.halted_at == 0
    assert deciding.finish(NOW) == [] and sender.rows == {}


def test_what_was_written_reads_back_as_the_same_table() -> None:
    stock = table()
    hold = HoldStock(
        sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=2, expires_at=NOW + 1000
    )
    out, _ = decide(stock, record(), record(hold, name="hold", offset=1))
    copy = read_back(out["inventory.state"])
    assert copy.row(KEY).state == stock.row(KEY).state
    assert copy.row(KEY).version == 2
    assert copy.next_timer_at() == NOW + 1000
    assert copy.outcomes.get(derive_id("test", "hold")) == stock.outcomes.get(derive_id("test", "hold"))


def test_a_command_from_the_future_is_not_believed() -> None:
    ahead = replace(record(at=NOW + CLOCK_AHEAD_MAX_MS + 1), timestamp=NOW)
    out, _ = decide(table(), ahead)
    assert "ahead of the broker's clock" in dict(out["inventory.dead-letters"][0][4])["dead-error"].decode()


def test_only_the_first_command_of_a_chain_is_answered_unless_the_room_follows() -> None:
    stock = table()
    out, _ = decide(stock, record(reply_to=2))
    [(_, partition, key, value, headers)] = out["edge.replies"]
    assert (partition, key) == (2, derive_id("test", "one").encode())
    assert CODEC.decode(value) == StockState(on_hand=5)
    assert dict(headers)["version"] == b"1"


def test_a_refused_command_is_refused_again_in_the_same_words_when_it_is_repeated() -> None:
    stock = table()
    command = AdjustStock(sku="VASE", location="warehouse", delta=-9, reason=AdjustmentReason.COUNT)
    first, _ = decide(stock, record(command, reply_to=2))
    decide(stock, record(offset=1, name="two"))
    again, _ = decide(stock, record(command, offset=2, reply_to=2))
    [(*_, value, headers)], [(*_, repeated, marked)] = first["edge.replies"], again["edge.replies"]
    assert repeated == value and dict(headers)["refusal"] == b"insufficient_stock"
    assert dict(marked) == {**dict(headers), "replayed": b"1"}


def test_nobody_else_is_the_timer() -> None:
    """A timer's own command leaves no outcome: sent by somebody, it would be decided as often as it came."""
    sent = record()
    forged = replace(sent, headers=[(k, b"timer" if k == "actor" else v) for k, v in sent.headers])
    out, _ = decide(table(), forged)
    assert "the engine's own" in dict(out["inventory.dead-letters"][0][4])["dead-error"].decode()


def test_a_null_header_is_named() -> None:
    sent = record()
    spoilt = replace(sent, headers=[(k, None if k == "command-id" else v) for k, v in sent.headers])  # type: ignore[misc]
    out, _ = decide(table(), spoilt)
    assert "header command-id is null" in dict(out["inventory.dead-letters"][0][4])["dead-error"].decode()
