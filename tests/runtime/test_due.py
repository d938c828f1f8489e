"""What a table decides when something is due: holds that expire, rows that end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.inventory.holds import HoldStock
from streams.inventory.room import INVENTORY
from streams.runtime.deciding import Deciding
from tests.runtime.one_transaction import KEY, NOW, PLACE, decide, read_back, record, table
from tests.runtime.simulated import CODEC, IDENTITY


def test_a_due_timer_is_decided_as_a_command_at_its_own_time() -> None:
    stock = table()
    hold = HoldStock(
        sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=2, expires_at=NOW + 1000
    )
    decide(stock, record(), record(hold, name="hold", offset=1))
    assert stock.next_timer_at() == NOW + 1000
    deciding = Deciding({("inventory", PLACE): stock}, CODEC, IDENTITY)
    deciding.fire_timers(stock, NOW + 999)
    assert not deciding.positions
    deciding.fire_timers(stock, NOW + 5000)
    events = [output for output in deciding.finish(NOW + 5000) if output[0] == "inventory.events"]
    [(_, _, _, _, headers)] = events
    assert dict(headers)["occurred-at"] == b"%d" % (NOW + 1000)
    assert dict(headers)["actor"] == b"timer"
    assert stock.next_timer_at() is None and not stock.row(KEY).state.holds


def test_a_timer_that_was_due_fires_before_a_command_that_came_later() -> None:
    stock = table()
    hold = HoldStock(
        sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=5, expires_at=NOW + 1000
    )
    decide(stock, record(), record(hold, name="hold", offset=1))
    other = HoldStock(
        sku="VASE", location="warehouse", cart_id="d", answer_to="checkout/l", quantity=5, expires_at=NOW + 9000
    )
    decide(stock, record(other, name="other", offset=2, at=NOW + 2000))
    assert set(stock.row(KEY).state.holds) == {"d"}


def test_a_timer_that_does_not_move_on_halts_instead_of_spinning() -> None:
    stock = table(replace(INVENTORY, next_timer_at=lambda _state: NOW))
    decide(stock, record())
    deciding = Deciding({("inventory", PLACE): stock}, CODEC, IDENTITY)
    deciding.fire_timers(stock, NOW)
    assert stock.halted and "did not move on" in stock.halted and stock.halted_at is None


def breaks(*_: object) -> Any:
    raise ZeroDivisionError("a bug")


HELD = HoldStock(sku="VASE", location="warehouse", cart_id="c", answer_to="checkout/k", quantity=1, expires_at=NOW + 10)


@pytest.mark.parametrize("part", ["on_timer", "next_timer_at", "expires_at", "decide"])
def test_a_bug_in_what_a_timer_asks_of_a_room_halts_before_the_next_command(part: str) -> None:
    stock = table()
    decide(stock, record(), record(HELD, name="hold", offset=1))
    stock.decider = replace(INVENTORY, **{part: breaks})
    out, deciding = decide(stock, record(name="late", offset=2, at=NOW + 10))
    assert stock.halted and "a bug" in stock.halted
    assert stock.halted.startswith(f"the timer of {KEY}, due at 20"), "somebody must know which"
    assert stock.halted_at is None, "no command is at fault, and none is to be set aside"
    assert deciding.positions == {("inventory", PLACE): 2}
    assert set(out) <= {"inventory.state"} and set(stock.row(KEY).state.holds) == {"c"}


@pytest.mark.parametrize("part", ["next_timer_at", "expires_at"])
def test_when_a_row_is_due_may_fail_and_what_was_decided_stands(part: str) -> None:
    stock = table(replace(INVENTORY, **{part: breaks}))
    decide(stock, record(), record(HELD, name="hold", offset=1))
    assert stock.halted and "a bug" in stock.halted and stock.halted_at is None and stock.position == 2
    out, deciding = decide(stock, record(name="more", offset=2))
    assert not out and not deciding.positions


def test_a_timer_that_could_not_be_set_fires_when_the_code_is_mended() -> None:
    stock = table(replace(INVENTORY, next_timer_at=breaks))
    out, _ = decide(stock, record(), record(HELD, name="hold", offset=1))
    mended = read_back(out["inventory.state"])
    for at, held in ((NOW + 9, {"c"}), (NOW + 10, set())):
        deciding = Deciding({("inventory", PLACE): mended}, CODEC, IDENTITY)
        deciding.fire_timers(mended, at)
        deciding.finish(at)
        assert set(mended.row(KEY).state.holds) == held
    assert not mended.halted


def test_a_row_that_a_later_release_keeps_longer_is_looked_at_again() -> None:
    stock = table(replace(INVENTORY, expires_at=lambda _state: NOW + 10))
    out, _ = decide(stock, record())
    longer = read_back(out["inventory.state"])
    longer.decider = replace(INVENTORY, expires_at=lambda _state: NOW + 20)
    deciding = Deciding({("inventory", PLACE): longer}, CODEC, IDENTITY)
    deciding.fire_timers(longer, NOW + 10)
    assert set(longer.rows) == {KEY} and longer.next_timer_at() == NOW + 20
    deciding.fire_timers(longer, NOW + 20)
    assert longer.rows == {}


def test_finished_rows_are_forgotten_with_a_tombstone() -> None:
    stock = table(replace(INVENTORY, expires_at=lambda state: NOW + 10))
    decide(stock, record())
    deciding = Deciding({("inventory", PLACE): stock}, CODEC, IDENTITY)
    deciding.fire_timers(stock, NOW + 10)
    written = [output for output in deciding.finish(NOW + 10) if output[0] == "inventory.state"]
    assert [(each[2], each[3]) for each in written] == [(KEY.encode(), None)]
    assert stock.rows == {}


def test_what_cannot_be_understood_is_set_aside_once_though_a_timer_before_it_halts_the_partition() -> None:
    stock = table(replace(INVENTORY, next_timer_at=lambda _state: NOW + 10))
    decide(stock, record())
    out, _ = decide(stock, replace(record(offset=1, at=NOW + 10), value=b"garbage"), now=NOW + 10)
    assert stock.halted and stock.position == 1
    assert "inventory.dead-letters" not in out, "it is taken again when the partition goes on"
