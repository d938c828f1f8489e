"""`StockLow` is raised once whenever what is available falls below the threshold."""

from __future__ import annotations

from schemas.inventory.messages import InventoryCommand, InventoryEvent, StockLow, StockState
from tests.unit.inventory.wishes import (
    adjust,
    commit,
    decided,
    expire,
    hold,
    receive,
    release,
    stocked,
    threshold,
    transfer,
)


def warnings(stock: StockState, *commands: InventoryCommand) -> list[StockLow]:
    _, events = decided(stock, *commands)
    return [event for event in events if isinstance(event, StockLow)]


def test_the_crossing_is_told_after_the_event_that_crossed() -> None:
    stock, events = decided(stocked(5, threshold(3)), hold(3))
    kinds: list[type[InventoryEvent]] = [type(event) for event in events]
    assert kinds[1:] == [StockLow]
    low = events[-1]
    assert isinstance(low, StockLow)
    assert (low.available, low.threshold, low.on_hand_after, low.held_after) == (2, 3, 5, 3)
    assert stock.low


def test_at_the_threshold_nothing_is_low() -> None:
    assert warnings(stocked(5, threshold(3)), hold(2)) == []


def test_it_is_raised_once_per_crossing() -> None:
    assert len(warnings(stocked(5, threshold(3)), hold(3), hold(1, "bob"), hold(1, "cy"), commit("bob"))) == 1


def test_it_is_raised_again_after_stock_was_enough_again() -> None:
    down_up_down = (hold(3), release(), hold(3))
    assert len(warnings(stocked(5, threshold(3)), *down_up_down)) == 2
    assert len(warnings(stocked(5, threshold(3)), hold(3), expire(2**50), hold(3))) == 2
    assert len(warnings(stocked(5, threshold(3)), adjust(-3), receive(1), adjust(-1))) == 2


def test_short_of_the_threshold_a_delivery_changes_nothing() -> None:
    assert len(warnings(stocked(9, threshold(5)), adjust(-8), receive(3), adjust(-3))) == 1


def test_a_transfer_warns_as_well() -> None:
    assert len(warnings(stocked(5, threshold(3)), transfer(3))) == 1


def test_a_sale_of_held_units_changes_nothing_available() -> None:
    assert warnings(stocked(5, threshold(3), hold(2)), commit()) == []


def test_a_threshold_above_what_is_there_warns_and_a_lower_one_calms() -> None:
    stock, events = decided(stocked(5), threshold(6))
    assert isinstance(events[-1], StockLow)
    assert stock.low
    assert not decided(stock, threshold(5))[0].low


def test_without_a_threshold_nothing_is_ever_low() -> None:
    assert warnings(stocked(5), hold(5), commit()) == []
    stock, _ = decided(stocked(5, threshold(9)), threshold(0))
    assert not stock.low
