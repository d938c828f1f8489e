"""Goods come, go and are counted."""

from __future__ import annotations

from schemas.inventory.messages import (
    AcceptTransfer,
    ReorderThresholdSet,
    StockAdjusted,
    StockReceived,
    StockRefusal,
    StockRefused,
    StockReturned,
    StockTransferredIn,
    StockTransferredOut,
)
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from tests.unit.inventory.examples import (
    POPUP,
    SKU,
    WAREHOUSE,
    adjust,
    decided,
    hold,
    receive,
    stocked,
    take_back,
    threshold,
    transfer,
)


def test_received_goods_are_available_and_the_event_says_on_what_paper() -> None:
    stock, [event] = decided(stocked(5, hold(2)), receive(3))
    assert event == StockReceived(
        sku=SKU, location=WAREHOUSE, quantity=3, reference="DN-1", on_hand_after=8, held_after=2
    )
    assert stock.on_hand == 8


def test_a_count_may_take_every_unit_that_nobody_holds() -> None:
    stock, [event] = decided(stocked(5, hold(2)), adjust(-3))
    assert isinstance(event, StockAdjusted)
    assert (event.delta, event.on_hand_after, event.held_after, stock.on_hand) == (-3, 2, 2, 2)


def test_a_count_may_not_take_a_unit_that_somebody_holds() -> None:
    before = stocked(5, hold(2))
    stock, [event] = decided(before, adjust(-4))
    assert isinstance(event, StockRefused)
    assert (event.reason, event.requested, event.available) == (StockRefusal.INSUFFICIENT_STOCK, 4, 3)
    assert stock == before


def test_a_count_may_find_units() -> None:
    assert stocked(5, adjust(2)).on_hand == 7


def test_returned_units_are_available_again() -> None:
    stock, [event] = decided(stocked(1), take_back(2))
    assert isinstance(event, StockReturned)
    assert (event.order_id, event.on_hand_after, stock.on_hand) == ("order-1", 3, 3)


def test_a_transfer_leaves_here_and_arrives_there() -> None:
    command = transfer(3)
    here, [left] = decided(stocked(5), command)
    [sent] = INVENTORY.react(command, here, (left,))
    assert isinstance(left, StockTransferredOut)
    assert isinstance(sent, AcceptTransfer)
    assert sent == AcceptTransfer(sku=SKU, location=POPUP, source=WAREHOUSE, quantity=3, reference="van 7")
    there, [arrived] = decided(Stock(on_hand=1), sent)
    assert arrived == StockTransferredIn(
        sku=SKU, location=POPUP, source=WAREHOUSE, quantity=3, reference="van 7", on_hand_after=4, held_after=0
    )
    assert (here.on_hand, there.on_hand) == (2, 4)


def test_held_units_do_not_travel() -> None:
    before = stocked(5, hold(3))
    stock, [event] = decided(before, transfer(3))
    assert isinstance(event, StockRefused)
    assert (event.reason, event.requested, event.available) == (StockRefusal.INSUFFICIENT_STOCK, 3, 2)
    assert stock == before
    assert list(INVENTORY.react(transfer(3), stock, (event,))) == []


def test_the_threshold_is_kept_and_setting_it_again_says_nothing() -> None:
    stock, [event] = decided(stocked(5), threshold(3))
    assert event == ReorderThresholdSet(sku=SKU, location=WAREHOUSE, threshold=3, on_hand_after=5, held_after=0)
    assert stock.threshold == 3
    assert decided(stock, threshold(3)) == (stock, ())
