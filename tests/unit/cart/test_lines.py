"""What a shopper puts into a cart, and the version that tells one command from another."""

from __future__ import annotations

import random

from schemas.cart.messages import CartCreated, CartLine, CartLineSet, CartRefusal, CartRefused, CartState, CartStatus
from schemas.cart.rules import LINES_PER_CART_MAX, UNITS_PER_LINE_MAX
from streams.cart.room import CART
from streams.runtime.decider import refusal_of
from tests.unit.cart.examples import CART_ID, CREATE, NOW, decided, lock, made, put, units


def test_a_new_cart_is_open_and_empty() -> None:
    cart, [event] = decided(CartState(), CREATE)
    assert event == CartCreated(cart_id=CART_ID, channel="web", version=1, created_at=NOW)
    assert cart == CartState(cart_id=CART_ID, status=CartStatus.OPEN, channel="web", version=1, touched_at=NOW)


def test_a_line_is_set_to_what_is_wanted_in_all() -> None:
    cart, [event] = decided(made(put("VASE", 2)), put("VASE", 5), at=NOW + 1)
    assert event == CartLineSet(
        cart_id=CART_ID, line=CartLine(sku="VASE", quantity=5), quantity_before=2, version=3, touched_at=NOW + 1
    )
    assert (units(cart), cart.version, cart.touched_at) == ({"VASE": 5}, 3, NOW + 1)


def test_the_same_quantity_again_says_nothing() -> None:
    cart = made(put("VASE", 2))
    assert decided(cart, put("VASE", 2), at=NOW + 1) == (cart, ())


def test_none_wanted_takes_the_line_out_and_none_of_nothing_says_nothing() -> None:
    cart = made(put("VASE", 2))
    without, [event] = decided(cart, put("VASE", 0))
    assert isinstance(event, CartLineSet)
    assert (event.quantity_before, event.line.quantity, without.lines) == (2, 0, {})
    assert decided(cart, put("BOWL", 0)) == (cart, ())


def test_none_negative_and_huge_quantities_lead_to_no_line() -> None:
    cart = made()
    for quantity in (-1, UNITS_PER_LINE_MAX + 1, 10**9):
        after, [event] = decided(cart, put("VASE", quantity))
        assert isinstance(event, CartRefused)
        assert (event.reason, event.command) == (CartRefusal.QUANTITY_OUT_OF_RANGE, "SetCartLine")
        assert after == cart
    assert units(made(put("VASE", UNITS_PER_LINE_MAX))) == {"VASE": 9_999}


def test_a_full_cart_takes_no_new_line_but_its_lines_still_change() -> None:
    full = made(*(put(f"SKU-{number}") for number in range(LINES_PER_CART_MAX)))
    _, [event] = decided(full, put("ONE-MORE"))
    assert isinstance(event, CartRefused)
    assert event.reason is CartRefusal.TOO_MANY_LINES
    swapped, _ = decided(full, put("SKU-7", 3), put("SKU-8", 0), put("ONE-MORE"))
    assert len(swapped.lines) == LINES_PER_CART_MAX


def test_twenty_commands_from_one_version_are_applied_or_refused_but_never_lost() -> None:
    cart = made()
    commands = [put(f"SKU-{number}", 1, expected_version=cart.version) for number in range(20)]
    random.Random(7).shuffle(commands)
    after, events = decided(cart, *commands)
    applied = [event for event in events if isinstance(event, CartLineSet)]
    refused = [event for event in events if isinstance(event, CartRefused)]
    assert (len(applied), len(refused)) == (1, 19)
    assert {event.reason for event in refused} == {CartRefusal.VERSION_MISMATCH}
    assert {event.version for event in refused} == {after.version}
    assert units(after) == {applied[0].line.sku: 1}


def test_twenty_commands_that_name_no_version_are_all_applied() -> None:
    cart, events = decided(made(), *(put(f"SKU-{number}", 1) for number in range(20)))
    assert len(events) == len(cart.lines) == 20
    assert cart.version == 21


def test_the_reply_is_the_cart_as_decided_with_the_reason_of_a_refusal() -> None:
    cart, events = decided(made(), put("VASE", 2))
    assert (CART.reply(cart), refusal_of(events)) == (cart, "")
    after, events = decided(cart, put("VASE", 3, expected_version=1))
    assert (CART.reply(after), refusal_of(events)) == (cart, "version_mismatch")


def test_the_quantity_wanted_of_a_locked_cart_keeps_it_locked_when_it_is_there_already() -> None:
    cart = made(put("VASE", 2), lock())
    assert decided(cart, put("VASE", 2)) == (cart, ())
