"""A cart left alone for a day expires, by an event; what ended is forgotten a week later."""

from __future__ import annotations

from schemas.cart.messages import CartExpired, CartState, CartStatus
from schemas.codec import Codec
from streams.cart.room import CART, CART_KEPT_MS
from streams.cart.state import CART_IDLE_MS
from tests.unit.cart.examples import CART_ID, NOW, complete, decided, expire, lock, made, put, seal, unlock

LATER = NOW + 60_000


def test_an_open_cart_wants_to_be_woken_a_day_after_it_was_touched() -> None:
    assert CART_IDLE_MS == 24 * 60 * 60 * 1000
    assert CART.next_timer_at(made()) == NOW + CART_IDLE_MS
    touched, _ = decided(made(), put(), at=LATER)
    assert CART.next_timer_at(touched) == LATER + CART_IDLE_MS


def test_a_cart_that_a_checkout_has_wants_no_timer_and_wants_one_again_afterwards() -> None:
    locked = made(put(), lock())
    sealed, _ = decided(locked, seal())
    opened, _ = decided(sealed, unlock(), at=LATER)
    assert (CART.next_timer_at(CartState()), CART.next_timer_at(locked), CART.next_timer_at(sealed)) == (
        None,
        None,
        None,
    )
    assert CART.next_timer_at(opened) == LATER + CART_IDLE_MS


def test_a_woken_cart_expires_and_sleeps_for_ever() -> None:
    cart = made(put())
    due = CART.next_timer_at(cart)
    assert due is not None
    after, [event] = decided(cart, CART.on_timer(CART_ID, cart, due), at=due)
    assert event == CartExpired(cart_id=CART_ID, version=3, expired_at=due)
    assert after.status is CartStatus.EXPIRED
    assert CART.next_timer_at(after) is None


def test_a_timer_that_was_overtaken_decides_nothing() -> None:
    due = NOW + CART_IDLE_MS
    for cart in (
        decided(made(), put(), at=LATER)[0],
        made(put(), lock()),
        made(put(), lock(), seal()),
        made(put(), lock(), seal(), complete()),
        decided(made(), expire(due), at=due)[0],
    ):
        assert decided(cart, expire(due), at=due) == (cart, ())
    assert decided(made(), expire(due - 1)) == (made(), ())


def test_a_cart_expires_after_a_restart_from_its_row() -> None:
    codec = Codec.offline([CartState])
    cart = codec.decode(codec.encode(made(put())))
    assert isinstance(cart, CartState)
    assert CART.next_timer_at(cart) == NOW + CART_IDLE_MS
    assert CART.on_timer(CART_ID, cart, NOW + CART_IDLE_MS) == expire(NOW + CART_IDLE_MS)


def test_only_a_cart_that_ended_is_forgotten() -> None:
    assert CART_KEPT_MS == 7 * 24 * 60 * 60 * 1000
    for living in (CartState(), made(), made(put(), lock()), made(put(), lock(), seal())):
        assert CART.expires_at(living) is None
    ordered, _ = decided(made(put(), lock(), seal()), complete(), at=LATER)
    expired, _ = decided(made(), expire(2**50), at=LATER)
    assert CART.expires_at(ordered) == CART.expires_at(expired) == LATER + CART_KEPT_MS
