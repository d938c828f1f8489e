"""Whoever asked for a hold is sent what becomes of it, and nobody anything else."""

from __future__ import annotations

from schemas.inventory.holds import HoldCommitted, HoldExpired, ReleaseReason, StockHeld
from schemas.inventory.messages import InventoryCommand, StockRefusal, StockRefused
from schemas.record import Record
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from tests.rooms import sent as sent_by
from tests.unit.inventory.examples import (
    NOW,
    TTL,
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


def sent(stock: Stock, command: InventoryCommand) -> list[tuple[str, Record]]:
    after, events = decided(stock, command)
    return sent_by(INVENTORY, command, after, events)


def kinds(stock: Stock, command: InventoryCommand) -> list[tuple[str, type[Record]]]:
    return [(to, type(message)) for to, message in sent(stock, command)]


def refusals(stock: Stock, command: InventoryCommand) -> list[tuple[str, StockRefusal, int]]:
    found = sent(stock, command)
    return [(to, each.reason, each.available) for to, each in found if isinstance(each, StockRefused)]


def test_a_checkout_is_answered_that_its_units_are_held() -> None:
    assert kinds(stocked(5), hold(2)) == [("checkout/ann-1", StockHeld)]
    assert kinds(stocked(5, hold(2)), hold(2)) == [("checkout/ann-1", StockHeld)]


def test_the_low_stock_warning_is_no_business_of_the_checkouts() -> None:
    assert kinds(stocked(5, threshold(5)), hold(2)) == [("checkout/ann-1", StockHeld)]


def test_a_checkout_is_answered_that_its_units_are_sold() -> None:
    assert kinds(stocked(5, hold(2)), commit()) == [("checkout/ann-1", HoldCommitted)]


def test_a_checkout_is_answered_why_it_cannot_hold_commit_or_extend() -> None:
    stock = stocked(5, hold(2, cart="bob"))
    assert refusals(stock, hold(4)) == [("checkout/ann-1", StockRefusal.INSUFFICIENT_STOCK, 3)]
    assert refusals(stock, hold(0)) == [("checkout/ann-1", StockRefusal.QUANTITY_NOT_POSITIVE, 3)]
    assert refusals(stock, commit()) == [("checkout/ann-1", StockRefusal.HOLD_UNKNOWN, 3)]
    later = stocked(5, hold(2, cart="bob", lock_version=7))
    late = hold(2, cart="bob", checkout="bob-0", lock_version=4)
    assert refusals(later, late) == [("checkout/bob-0", StockRefusal.HOLD_SUPERSEDED, 5)]
    other = extend(cart="bob", checkout="bob-0")
    assert refusals(stock, other) == [("checkout/bob-0", StockRefusal.HOLD_SUPERSEDED, 3)]


def test_each_checkout_whose_hold_expired_is_sent_so() -> None:
    stock = stocked(5, hold(2), hold(1, cart="bob"), hold(1, cart="cy", expires_at=NOW + 2 * TTL))
    assert kinds(stock, expire(NOW + TTL)) == [("checkout/ann-1", HoldExpired), ("checkout/bob-1", HoldExpired)]


def test_nobody_is_sent_what_they_did_themselves() -> None:
    stock = stocked(5, hold(2))
    for reason in ReleaseReason:
        assert sent(stock, release(reason=reason)) == []
    assert sent(stock, extend()) == []
    assert sent(stock, receive(1)) == []
    assert sent(stock, receive(0)) == []
    assert sent(stock, adjust(-9)) == []
