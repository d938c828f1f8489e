"""When a stock event, the checkout that waits is told."""

from __future__ import annotations

from schemas import topics
from schemas.checkout.messages import NoteCommitted, NoteHeld, NoteStockRefused
from schemas.inventory.messages import InventoryCommand, ReleaseReason, StockRefusal
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from streams.runtime.decider import Send
from tests.unit.inventory.wishes import (
    NOW,
    SKU,
    TTL,
    WAREHOUSE,
    adjust,
    commit,
    decided,
    expire,
    extend,
    hold,
    receive,
    release,
    stocked,
    threshold,
)


def sent(stock: Stock, command: InventoryCommand) -> list[Send]:
    after, events = decided(stock, command)
    return list(INVENTORY.react(command, after, events))


def refused(checkout: str, reason: StockRefusal, available: int) -> Send:
    note = NoteStockRefused(checkout_id=checkout, sku=SKU, location=WAREHOUSE, reason=reason, available=available)
    return Send(topics.CHECKOUT, checkout, note)


def test_a_checkout_learns_that_its_units_are_held() -> None:
    note = NoteHeld(checkout_id="ann-1", sku=SKU, location=WAREHOUSE)
    assert sent(stocked(5), hold(2)) == [Send(topics.CHECKOUT, "ann-1", note)]
    assert sent(stocked(5, hold(2)), hold(2)) == [Send(topics.CHECKOUT, "ann-1", note)]


def test_the_low_stock_warning_is_no_business_of_the_checkouts() -> None:
    assert len(sent(stocked(5, threshold(5)), hold(2))) == 1


def test_a_checkout_learns_that_its_units_are_sold() -> None:
    note = NoteCommitted(checkout_id="ann-1", sku=SKU, location=WAREHOUSE)
    assert sent(stocked(5, hold(2)), commit()) == [Send(topics.CHECKOUT, "ann-1", note)]


def test_a_checkout_learns_why_it_cannot_hold_commit_or_extend() -> None:
    stock = stocked(5, hold(2, cart="bob"))
    assert sent(stock, hold(4)) == [refused("ann-1", StockRefusal.INSUFFICIENT_STOCK, 3)]
    assert sent(stock, hold(0)) == [refused("ann-1", StockRefusal.QUANTITY_NOT_POSITIVE, 3)]
    assert sent(stock, commit()) == [refused("ann-1", StockRefusal.HOLD_UNKNOWN, 3)]
    later = stocked(5, hold(2, cart="bob", lock_version=7))
    late = hold(2, cart="bob", checkout="bob-0", lock_version=4)
    assert sent(later, late) == [refused("bob-0", StockRefusal.HOLD_SUPERSEDED, 5)]
    assert sent(stock, extend(cart="bob", checkout="bob-0")) == [refused("bob-0", StockRefusal.HOLD_SUPERSEDED, 3)]


def test_each_checkout_whose_hold_expired_is_told() -> None:
    stock = stocked(5, hold(2), hold(1, cart="bob"), hold(1, cart="cy", expires_at=NOW + 2 * TTL))
    assert sent(stock, expire(NOW + TTL)) == [
        refused("ann-1", StockRefusal.HOLD_UNKNOWN, 4),
        refused("bob-1", StockRefusal.HOLD_UNKNOWN, 4),
    ]


def test_nobody_is_told_what_they_did_themselves() -> None:
    stock = stocked(5, hold(2))
    for reason in ReleaseReason:
        assert sent(stock, release(reason=reason)) == []
    assert sent(stock, extend()) == []
    assert sent(stock, receive(1)) == []
    assert sent(stock, receive(0)) == []
    assert sent(stock, adjust(-9)) == []
