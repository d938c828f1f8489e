"""A cart keeps units from others for a while; then they are sold, given back or expire."""

from __future__ import annotations

import pytest

from schemas.codec import Codec
from schemas.inventory.holds import (
    CommitHold,
    ExpireHolds,
    ExtendHold,
    Hold,
    HoldCommitted,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    ReleaseReason,
    StockHeld,
)
from schemas.inventory.messages import ROOM, StockRefusal, StockRefused, StockState
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock, head, whole
from tests.unit.inventory.examples import NOW, TTL, adjust, commit, decided, expire, extend, hold, release, stocked


def test_of_a_thousand_carts_that_want_the_last_unit_one_gets_it() -> None:
    stock, events = decided(stocked(1), *(hold(1, cart=f"cart-{number}") for number in range(1000)))
    held = [event for event in events if isinstance(event, StockHeld)]
    refused = [event for event in events if isinstance(event, StockRefused)]
    assert (len(held), len(refused)) == (1, 999)
    assert {event.reason for event in refused} == {StockRefusal.INSUFFICIENT_STOCK}
    assert list(stock.holds) == ["cart-0"]


def test_a_shoppers_own_second_hold_on_the_last_unit_replaces_the_first() -> None:
    stock, [event] = decided(stocked(1, hold(1, checkout="first")), hold(1, checkout="second"))
    assert isinstance(event, StockHeld)
    assert (event.answer_to, event.replaced_quantity, event.held_after) == ("checkout/second", 1, 1)
    assert stock.holds["ann"].answer_to == "checkout/second"


def test_a_cart_that_wants_more_counts_its_own_units_as_available() -> None:
    before = stocked(5, hold(3), hold(1, cart="bob"))
    stock, [event] = decided(before, hold(4, checkout="second"))
    assert isinstance(event, StockHeld)
    assert (event.replaced_quantity, event.held_after) == (3, 5)
    _, [refused] = decided(before, hold(5, checkout="second"))
    assert isinstance(refused, StockRefused)
    assert (refused.reason, refused.requested, refused.available) == (StockRefusal.INSUFFICIENT_STOCK, 5, 4)
    assert stock.on_hand == 5


def test_a_refused_hold_leaves_the_carts_earlier_one_as_it_was() -> None:
    before = stocked(2, hold(2))
    stock, _ = decided(before, hold(3, checkout="second", expires_at=NOW + 9 * TTL))
    assert stock == before


def test_a_new_hold_may_be_smaller_and_end_earlier() -> None:
    stock = stocked(5, hold(4), hold(1, checkout="second", expires_at=NOW + 1))
    assert (stock.holds["ann"].quantity, stock.holds["ann"].expires_at) == (1, NOW + 1)


def test_the_same_hold_again_is_said_again_for_the_checkout_that_waits() -> None:
    before = stocked(2, hold(2))
    stock, [event] = decided(before, hold(2))
    assert isinstance(event, StockHeld)
    assert stock == before


def test_committed_units_leave_the_stock() -> None:
    stock, [event] = decided(stocked(5, hold(2), hold(1, cart="bob")), commit())
    assert isinstance(event, HoldCommitted)
    assert (event.quantity, event.order_id, event.on_hand_after, event.held_after) == (2, "order-of-ann", 3, 1)
    assert (stock.on_hand, list(stock.holds)) == (3, ["bob"])


def test_a_late_commit_of_a_live_hold_is_a_sale() -> None:
    stock = stocked(1, hold(1, expires_at=NOW + 1))
    [event] = INVENTORY.decide(commit(), stock, NOW + TTL)
    assert isinstance(event, HoldCommitted)


def test_a_commit_decides_once() -> None:
    stock, [event] = decided(stocked(5, hold(2), commit()), commit())
    assert isinstance(event, StockRefused)
    assert (event.reason, event.answer_to, stock.on_hand) == (StockRefusal.HOLD_UNKNOWN, "checkout/ann-1", 3)


def test_a_longer_hold_is_extended_and_a_shorter_one_says_nothing() -> None:
    before = stocked(5, hold(2))
    stock, [event] = decided(before, extend(expires_at=NOW + TTL + 1))
    assert isinstance(event, HoldExtended)
    assert (event.expires_at, stock.holds["ann"].expires_at) == (NOW + TTL + 1, NOW + TTL + 1)
    assert stock.holds["ann"].quantity == 2
    assert decided(before, extend(expires_at=NOW + TTL)) == (before, ())
    assert decided(before, extend(expires_at=NOW)) == (before, ())


@pytest.mark.parametrize("command", [commit(checkout="first"), extend(checkout="first")], ids=["commit", "extend"])
def test_a_superseded_checkout_can_neither_commit_nor_extend(command: CommitHold | ExtendHold) -> None:
    before = stocked(5, hold(2, checkout="first"), hold(2, checkout="second"))
    stock, [event] = decided(before, command)
    assert isinstance(event, StockRefused)
    assert (event.reason, event.answer_to) == (StockRefusal.HOLD_SUPERSEDED, "checkout/first")
    assert stock == before


def test_a_hold_that_its_cart_has_left_behind_comes_too_late() -> None:
    before = stocked(5, hold(1, checkout="second", lock_version=7))
    for late in (hold(1, checkout="first", lock_version=4), hold(9, checkout="first", lock_version=6), hold(1)):
        stock, [event] = decided(before, late)
        assert isinstance(event, StockRefused)
        assert (event.reason, event.answer_to) == (StockRefusal.HOLD_SUPERSEDED, late.answer_to)
        assert stock == before
    assert decided(before, commit(checkout="second"))[0].on_hand == 4


def test_the_later_checkout_takes_over_and_may_say_it_again() -> None:
    first, second = hold(2, checkout="first", lock_version=4), hold(3, checkout="second", lock_version=7)
    stock, events = decided(stocked(3, first), second, second)
    assert [event.replaced_quantity for event in events if isinstance(event, StockHeld)] == [2, 3]
    assert (stock.holds["ann"].answer_to, stock.holds["ann"].lock_version) == ("checkout/second", 7)


def test_an_extended_hold_still_gives_way_to_a_later_checkout_only() -> None:
    before = stocked(5, hold(1, checkout="second", lock_version=7), extend(checkout="second"))
    _, [event] = decided(before, hold(1, checkout="first", lock_version=4))
    assert isinstance(event, StockRefused)
    stock, _ = decided(before, hold(1, checkout="third", lock_version=9))
    assert stock.holds["ann"].answer_to == "checkout/third"


def test_carts_are_not_measured_by_each_others_locks() -> None:
    stock, _ = decided(stocked(5, hold(1, lock_version=7)), hold(1, cart="bob", lock_version=2))
    assert set(stock.holds) == {"ann", "bob"}


def test_released_units_are_available_again() -> None:
    stock, [event] = decided(stocked(5, hold(2)), release(reason=ReleaseReason.CANCELLED))
    assert isinstance(event, HoldReleased)
    assert (event.quantity, event.reason, event.held_after) == (2, ReleaseReason.CANCELLED, 0)
    assert stock == stocked(5)


def test_a_superseded_checkout_has_nothing_to_release() -> None:
    before = stocked(5, hold(2, checkout="first"), hold(2, checkout="second"))
    assert decided(before, release(checkout="first")) == (before, ())


def test_what_is_gone_need_not_be_released() -> None:
    for before in (stocked(5), stocked(5, hold(2), release()), stocked(5, hold(2), commit())):
        assert decided(before, release()) == (before, ())


def test_every_hold_whose_time_has_come_ends_earliest_first() -> None:
    before = stocked(
        9, hold(1, "zoe", expires_at=30), hold(2, "ann", expires_at=20), hold(3, "bob", expires_at=20), hold(1, "cy")
    )
    stock, events = decided(before, expire(30))
    expired = [event for event in events if isinstance(event, HoldExpired)]
    assert len(expired) == len(events)
    assert [(event.cart_id, event.answer_to, event.held_after) for event in expired] == [
        ("ann", "checkout/ann-1", 5),
        ("bob", "checkout/bob-1", 2),
        ("zoe", "checkout/zoe-1", 1),
    ]
    assert list(stock.holds) == ["cy"]


def test_a_hold_lasts_to_the_millisecond() -> None:
    before = stocked(1, hold(1, expires_at=100))
    assert decided(before, expire(99)) == (before, ())
    assert len(decided(before, expire(100))[0].holds) == 0


def test_a_hold_ends_at_its_time_after_a_restart_from_the_row_or_from_the_log() -> None:
    codec = Codec.offline([StockState, Hold])
    stock, events = decided(Stock(on_hand=3), hold(1), hold(1, "bob", expires_at=NOW + 2 * TTL), adjust(1))
    from_log = Stock(on_hand=3)
    for event in events:
        from_log = INVENTORY.evolve(from_log, event)
    parts = {cart: codec.decode(codec.encode(hold)) for cart, hold in stock.holds.items()}
    for restarted in (whole(codec.decode(codec.encode(head(stock))), parts), from_log):
        assert restarted == stock
        assert INVENTORY.next_timer_at(restarted) == NOW + TTL
        woken = INVENTORY.on_timer("VASE@warehouse", restarted, NOW + TTL)
        after, [event] = decided(restarted, woken)
        assert isinstance(event, HoldExpired)
        assert (event.cart_id, event.sku, event.location) == ("ann", "VASE", "warehouse")
        assert INVENTORY.next_timer_at(after) == NOW + 2 * TTL


def test_stock_without_holds_wants_no_timer() -> None:
    assert INVENTORY.next_timer_at(stocked(5, hold(1), release())) is None


def test_a_sku_may_contain_the_sign_that_parts_it_from_the_location() -> None:
    woken = INVENTORY.on_timer("SET@HOME@popup", Stock(), 7)
    assert woken == ExpireHolds(sku="SET@HOME", location="popup", due_at=7)


def test_the_room_speaks_for_its_topic() -> None:
    assert INVENTORY.room is ROOM
    assert INVENTORY.expires_at(stocked(1)) is None
