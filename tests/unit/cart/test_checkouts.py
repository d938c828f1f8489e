"""A checkout locks a cart, seals it and makes it an order; the shopper may change their mind until it is sealed."""

from __future__ import annotations

from schemas.cart.messages import (
    CartCommand,
    CartLine,
    CartLineSet,
    CartLocked,
    CartLockLost,
    CartOrdered,
    CartRefusal,
    CartRefused,
    CartSealed,
    CartState,
    CartStatus,
    CartUnlocked,
)
from schemas.record import Record
from streams.cart.room import CART
from tests.rooms import sent as sent_by
from tests.unit.cart.examples import CART_ID, NOW, complete, decided, expire, lock, made, put, seal, unlock

LINES = (CartLine(sku="BOWL", quantity=1), CartLine(sku="VASE", quantity=2))
FILLED = made(put("VASE", 2), put("BOWL", 1))


def sent(cart: CartState, command: CartCommand) -> list[tuple[str, Record]]:
    after, events = decided(cart, command)
    return sent_by(CART, command, after, events)


def test_a_checkout_gets_the_lines_by_sku() -> None:
    cart, [event] = decided(FILLED, lock(), at=NOW + 5)
    assert event == CartLocked(
        cart_id=CART_ID, checkout_id="first", answer_to="checkout/first", lines=LINES, version=4, touched_at=NOW + 5
    )
    assert (cart.status, cart.checkout_id, cart.touched_at) == (CartStatus.LOCKED, "first", NOW + 5)
    assert sent(FILLED, lock()) == [("checkout/first", decided(FILLED, lock())[1][0])]


def test_a_second_checkout_ends_the_first() -> None:
    locked, _ = decided(FILLED, lock())
    cart, [lost, event] = decided(locked, lock("second"), at=NOW + 5)
    assert lost == CartLockLost(
        cart_id=CART_ID, answer_to="checkout/first", changed=False, version=5, touched_at=NOW + 5
    )
    assert isinstance(event, CartLocked)
    assert (event.answer_to, event.version, cart.checkout_id) == ("checkout/second", 6, "second")
    assert [to for to, _ in sent(locked, lock("second"))] == ["checkout/first", "checkout/second"]


def test_the_same_lock_again_says_nothing() -> None:
    locked, _ = decided(FILLED, lock())
    assert decided(locked, lock()) == (locked, ())


def test_a_changed_cart_is_open_again_and_its_checkout_ends() -> None:
    locked, _ = decided(FILLED, lock())
    cart, [opened, changed] = decided(locked, put("VASE", 3), at=NOW + 5)
    assert opened == CartLockLost(
        cart_id=CART_ID, answer_to="checkout/first", changed=True, version=5, touched_at=NOW + 5
    )
    assert isinstance(changed, CartLineSet)
    assert (changed.version, cart.version, cart.status, cart.checkout_id) == (6, 6, CartStatus.OPEN, None)
    [(to, message)] = sent(locked, put("VASE", 3))
    assert (to, type(message)) == ("checkout/first", CartLockLost)


def test_a_refused_change_leaves_the_checkout_alone() -> None:
    locked, _ = decided(FILLED, lock())
    for command in (put("VASE", -1), put("VASE", 3, expected_version=1)):
        assert decided(locked, command)[0] == locked
        assert sent(locked, command) == []


def test_a_checkout_that_ended_opens_the_cart() -> None:
    locked, _ = decided(FILLED, lock())
    cart, [event] = decided(locked, unlock(), at=NOW + 5)
    assert event == CartUnlocked(cart_id=CART_ID, checkout_id="first", version=5, touched_at=NOW + 5)
    assert (cart.status, cart.checkout_id, cart.lines) == (CartStatus.OPEN, None, FILLED.lines)
    assert sent(locked, unlock()) == []


def test_a_checkout_that_failed_after_sealing_opens_the_cart_again() -> None:
    cart, events = decided(FILLED, lock(), seal(), unlock())
    assert isinstance(events[-1], CartUnlocked)
    assert (cart.status, cart.checkout_id) == (CartStatus.OPEN, None)


def test_what_is_not_a_checkouts_it_cannot_open() -> None:
    for cart in (FILLED, made(put(), lock("second")), made(put(), lock("second"), seal("second"))):
        assert decided(cart, unlock()) == (cart, ())
    ordered = made(put(), lock(), seal(), complete())
    assert decided(ordered, unlock()) == (ordered, ())


def test_the_checkout_that_locked_a_cart_seals_it() -> None:
    locked, _ = decided(FILLED, lock())
    cart, [event] = decided(locked, seal(), at=NOW + 5)
    assert event == CartSealed(cart_id=CART_ID, answer_to="checkout/first", version=5)
    assert cart.status is CartStatus.SEALED
    assert sent(locked, seal()) == [("checkout/first", event)]
    assert decided(cart, seal()) == (cart, ())


def test_a_sealed_cart_cannot_change() -> None:
    sealed = made(put("VASE", 2), lock(), seal())
    after, [event] = decided(sealed, put("VASE", 3))
    assert isinstance(event, CartRefused)
    assert event.reason is CartRefusal.CART_CLOSED
    assert after == sealed


def refusals(cart: CartState, command: CartCommand) -> list[tuple[str, CartRefusal]]:
    return [(to, message.reason) for to, message in sent(cart, command) if isinstance(message, CartRefused)]


def test_a_superseded_checkout_cannot_seal_and_is_answered_so() -> None:
    for cart in (FILLED, made(put(), lock("second"))):
        assert refusals(cart, seal()) == [("checkout/first", CartRefusal.CHECKOUT_SUPERSEDED)]


def test_a_checkout_that_cannot_lock_is_answered_why() -> None:
    for cart, reason in (
        (CartState(), CartRefusal.CART_UNKNOWN),
        (made(), CartRefusal.CART_EMPTY),
        (made(put(), lock("second"), seal("second")), CartRefusal.CART_CLOSED),
    ):
        assert refusals(cart, lock()) == [("checkout/first", reason)]


def test_a_sealed_cart_becomes_the_order() -> None:
    cart, [event] = decided(made(put(), lock(), seal()), complete(), at=NOW + 5)
    assert event == CartOrdered(
        cart_id=CART_ID, checkout_id="first", order_id="order-of-first", version=5, ordered_at=NOW + 5
    )
    assert (cart.status, cart.order_id, cart.checkout_id) == (CartStatus.ORDERED, "order-of-first", "first")
    assert decided(cart, complete()) == (cart, ())
    assert sent(made(put(), lock(), seal()), complete()) == []


def test_refusals_that_no_checkout_waits_for_are_not_sent() -> None:
    assert sent(FILLED, complete()) == []
    assert sent(CartState(), unlock()) == []
    assert sent(CartState(), expire(NOW)) == []
    assert sent(FILLED, put("VASE", -1)) == []
