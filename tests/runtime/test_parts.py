"""Rows that are written in parts: what is written is what changed, and what is read back is what was."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from schemas.inventory.holds import CommitHold, ExtendHold, Hold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.messages import ReceiveStock, StockState
from schemas.record import Record
from streams.inventory.state import whole
from streams.runtime.deciding import Deciding
from streams.runtime.records import Output
from streams.runtime.rows import PART_SIGN, Table, part_key
from tests.runtime.one_transaction import KEY, NOW, PLACE, decide, record, table
from tests.runtime.simulated import CODEC, IDENTITY
from tests.seeds import some

PLACED = {"sku": "VASE", "location": "warehouse"}


def held(cart: str, quantity: int = 1, ends: int = NOW + 900_000) -> HoldStock:
    return HoldStock(**PLACED, cart_id=cart, answer_to=f"checkout/{cart}-1", quantity=quantity, expires_at=ends)


def commit(cart: str) -> CommitHold:
    return CommitHold(**PLACED, cart_id=cart, answer_to=f"checkout/{cart}-1", order_id="o")


class Told:
    """One stock row, and its state topic as the broker keeps it."""

    def __init__(self, stock: Table | None = None) -> None:
        self.stock = stock or table()
        self.topic: list[Output] = []
        self._sent = self.stock.position

    def tell(self, *commands: Record) -> list[Output]:
        """Decide the commands in one transaction; returns the records on the state topic, without the segment."""
        told = [record(each, name=f"{self._sent + n}", offset=self._sent + n) for n, each in enumerate(commands)]
        self._sent += len(told)
        out, _ = decide(self.stock, *told)
        self.topic += out["inventory.state"]
        return [each for each in out["inventory.state"] if not (each[2] or b"").startswith(PART_SIGN)]

    def compacted(self, random: Random) -> list[Output]:
        """The newest record of each key, or some older ones, too: the cleaner comes when it likes."""
        newest = {each[2]: place for place, each in enumerate(self.topic)}
        return [each for place, each in enumerate(self.topic) if newest[each[2]] == place or random.random() < 0.3]


def read_back(records: list[Output]) -> Table:
    again = table()
    for _, _, key, value, headers in records:
        named = dict(headers)
        due = int(named["due"]) if "due" in named else None
        again.restore(key or b"", value, int(named["version"]), due)
    again.restored()
    return again


def full(count: int) -> Table:
    """Stock with so many holds, one of which is committed by each test."""
    stock = table()
    row = stock.row(KEY)
    holds = {
        f"cart-{n}": Hold(quantity=1, expires_at=NOW + 10**6 + n, answer_to=f"checkout/cart-{n}-1")
        for n in range(count)
    }
    row.state = whole(StockState(on_hand=2 * count, held=count, hold_count=count), holds)
    row.version = count
    stock.put(KEY, row)
    list(stock.changes(NOW))
    return stock


def test_a_command_writes_the_row_and_the_one_part_that_it_changed() -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=9))
    row, part = told.tell(held("ann", 2))
    assert (row[2], part[2]) == (KEY.encode(), part_key(KEY, "ann"))
    assert CODEC.decode(row[3]) == StockState(on_hand=9, held=2, hold_count=1)
    assert CODEC.decode(part[3]) == Hold(quantity=2, expires_at=NOW + 900_000, answer_to="checkout/ann-1")
    assert dict(row[4])["version"] == dict(part[4])["version"] == b"2"
    assert [each[2] for each in told.tell(held("bob"))] == [KEY.encode(), part_key(KEY, "bob")]
    row, gone = told.tell(commit("ann"))
    assert (gone[2], gone[3]) == (part_key(KEY, "ann"), None)
    assert CODEC.decode(row[3]) == StockState(on_hand=7, held=1, hold_count=1)


def test_what_a_command_writes_does_not_grow_with_the_holds() -> None:
    sizes = {}
    for count in (10, 10_000):
        told = Told(full(count))
        out = [told.tell(held("new")), told.tell(commit("cart-3")), told.tell(held("cart-4", 2))]
        sizes[count] = [sum(len(each[2] or b"") + len(each[3] or b"") for each in written) for written in out]
        assert all(len(written) == 2 for written in out)
    for few, many in zip(sizes[10], sizes[10_000], strict=True):
        assert abs(many - few) <= 6, "numbers of more digits, and nothing else"


def test_ten_thousand_holds_on_one_sku_are_taken() -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=10_000))
    told.tell(*(held(f"cart-{number}") for number in range(10_001)))
    stock = told.stock.row(KEY).state
    assert (stock.held, len(stock.holds), stock.available) == (10_000, 10_000, 0)
    again = read_back(told.topic)
    assert again.row(KEY).state == stock and again.next_timer_at() == NOW + 900_000


def test_what_is_read_back_is_what_was_whatever_was_compacted() -> None:
    for seed in range(some(150)):
        random, told = Random(seed), Told()
        told.tell(ReceiveStock(**PLACED, quantity=50))
        for _ in range(30):
            told.tell(*(any_command(random) for _ in range(random.randrange(1, 4))))
            if random.random() < 0.2:
                again = read_back(told.compacted(random))
                assert (again.row(KEY).state, again.row(KEY).version) == (
                    told.stock.row(KEY).state,
                    told.stock.row(KEY).version,
                ), f"seed {seed}"
                assert again.next_timer_at() == told.stock.next_timer_at()
                again.position = told.stock.position
                told.stock = again


def any_command(random: Random) -> Record:
    cart, ends = random.choice(["ann", "bob", "cy", "di"]), NOW + random.randrange(1, 1_000_000)
    command = random.randrange(4)
    if command == 0:
        return commit(cart)
    if command == 1:
        return ReleaseHold(**PLACED, cart_id=cart, answer_to=f"checkout/{cart}-1", reason=ReleaseReason.CANCELLED)
    if command == 2:
        return ExtendHold(**PLACED, cart_id=cart, answer_to=f"checkout/{cart}-1", expires_at=ends)
    return held(cart, random.randrange(1, 4), ends)


@pytest.mark.parametrize("read_first", [False, True])
def test_a_row_that_is_forgotten_takes_its_parts_along(*, read_first: bool) -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=9))
    told.tell(held("ann"), held("bob"))
    again = read_back(told.topic)
    if read_first:
        again.row(KEY)
    again.forget(KEY)
    assert {key: value for key, value, _, _ in again.changes(NOW)} == {
        KEY.encode(): None,
        part_key(KEY, "ann"): None,
        part_key(KEY, "bob"): None,
    }


def test_a_row_that_begins_anew_has_none_of_the_parts_of_before() -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=9))
    told.tell(held("ann"), held("bob"))
    told.stock.forget(KEY)
    told.tell(ReceiveStock(**PLACED, quantity=9), held("bob", 3))
    again = read_back(told.topic)
    assert dict(again.row(KEY).state.holds).keys() == {"bob"} and again.row(KEY).state.held == 3


@pytest.mark.parametrize("lost", ["value", "record", "other"])
def test_a_part_that_is_lost_or_altered_halts_the_partition(lost: str) -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=9))
    told.tell(held("ann", 2), held("bob"))
    topic = [each for each in told.topic if each[2] != part_key(KEY, "ann")]
    if lost == "other":
        other = CODEC.encode(Hold(quantity=1, expires_at=NOW + 1, answer_to="checkout/ann-1"))
        topic.append(("inventory.state", PLACE, part_key(KEY, "ann"), other, [("version", b"2")]))
    if lost == "value":
        topic.append(("inventory.state", PLACE, part_key(KEY, "ann"), None, [("version", b"2")]))
    stock = read_back(topic)
    out, _ = decide(stock, record(held("cy"), name="more", offset=0))
    assert stock.halted and ("holds were written" in stock.halted or "units were held" in stock.halted)
    assert stock.halted_at == 0
    assert set(out) <= {"inventory.state"}


def test_parts_without_a_row_are_not_loaded() -> None:
    with pytest.raises(AssertionError, match="parts of rows that are not there"):
        read_back([("inventory.state", PLACE, part_key(KEY, "ann"), b"", [("version", b"2")])])


def test_what_was_not_kept_is_not_written() -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=1))
    before = told.stock.row(KEY).state
    assert [each[2] for each in told.tell(held("ann", 2))] == [KEY.encode()]  # refused, and says its version
    assert told.stock.row(KEY).state is before


def test_a_timer_writes_the_parts_that_it_ended() -> None:
    told = Told()
    told.tell(ReceiveStock(**PLACED, quantity=9))
    told.tell(held("ann", ends=NOW + 5), held("bob", ends=NOW + 5), held("cy", ends=NOW + 9))
    deciding = Deciding({("inventory", PLACE): told.stock}, CODEC, IDENTITY)
    deciding.fire_timers(told.stock, NOW + 5)
    written: dict[Any, Any] = {each[2]: each[3] for each in deciding.finish(NOW + 5) if each[0] == "inventory.state"}
    assert written[part_key(KEY, "ann")] is written[part_key(KEY, "bob")] is None
    assert part_key(KEY, "cy") not in written


def test_the_names_of_parts_may_hold_anything() -> None:
    names = ["", "\0", "a\0b", "outcomes/1", "ä@b"]
    stock = table()
    row = stock.row(KEY)
    holds = {name: Hold(quantity=1, expires_at=NOW, answer_to="checkout/k") for name in names}
    row.state = whole(StockState(on_hand=9, held=len(names), hold_count=len(names)), holds)
    stock.put(KEY, row, names)
    again = table()
    for key, value, version, due in stock.changes(NOW):
        again.restore(key, value, version, due)
    again.restored()
    assert again.row(KEY).state == row.state
