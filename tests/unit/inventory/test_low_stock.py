"""`StockLow` is raised once when what is available falls below the threshold, and again after a `StockRecovered`."""

from __future__ import annotations

from schemas.inventory.messages import InventoryCommand, InventoryEvent, StockLow, StockRecovered
from streams.inventory.state import Stock
from tests.unit.inventory.examples import (
    adjust,
    commit,
    decided,
    expire,
    hold,
    receive,
    release,
    stocked,
    take_back,
    threshold,
    transfer,
)


def warnings(stock: Stock, *commands: InventoryCommand) -> list[StockLow]:
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


def test_it_is_raised_again_after_stock_was_well_above_the_threshold() -> None:
    for back, times in ((1, 1), (2, 1), (3, 2), (50, 2)):  # 3, 4, 5 and 52 of a threshold of 3
        assert len(warnings(stocked(5, threshold(3)), adjust(-3), receive(back), adjust(-back))) == times
    _, events = decided(stocked(5, threshold(3)), adjust(-3), receive(3))
    recovered = events[-1]
    assert isinstance(recovered, StockRecovered)
    assert (recovered.available, recovered.threshold, recovered.on_hand_after, recovered.held_after) == (5, 3, 5, 0)


def test_shoppers_who_begin_and_abandon_at_the_threshold_are_one_warning() -> None:
    for on_hand, units in ((5, 1), (5, 3), (7, 3), (8, 4), (100, 96)):
        six = [each for _ in range(6) for each in (hold(units), release())]
        assert len(warnings(stocked(on_hand, threshold(5)), *six)) == 1, (on_hand, units)
        ending = [each for _ in range(6) for each in (hold(units), expire(2**50))]
        assert len(warnings(stocked(on_hand, threshold(5)), *ending)) == 1, (on_hand, units)
    carts = [f"cart-{number}" for number in range(6)]
    at_once = [*(hold(1, cart) for cart in carts), *(release(cart) for cart in carts)] * 3
    assert len(warnings(stocked(8, threshold(5)), *at_once)) == 1


def test_buyers_who_cancel_at_the_threshold_are_one_warning() -> None:
    sold_and_back = (hold(1), commit(), take_back(1))
    assert len(warnings(stocked(5, threshold(5)), *(sold_and_back * 6))) == 1


def test_what_was_abandoned_is_no_crossing_but_what_is_sold_afterwards_is_one() -> None:
    abandoned = (hold(96), release())
    assert len(warnings(stocked(100, threshold(5)), *abandoned, adjust(-1), adjust(-95))) == 2


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
