"""Refusals by descending precedence: in each row, as many lower reasons apply as can."""

from __future__ import annotations

import pytest

from schemas.cart.messages import CartCommand, CartRefusal, CartRefused, CartState
from schemas.cart.rules import LINES_PER_CART_MAX
from schemas.promotions.rules import CODES_PER_CART_MAX
from streams.runtime.decider import refusal_of
from tests.unit.cart.examples import CREATE, NOW, code, complete, decided, expire, lock, made, put, seal, unlock

NEVER = CartState()
EMPTY = made()
FULL = made(*(put(f"SKU-{number}") for number in range(LINES_PER_CART_MAX)))
LOCKED = made(put(), lock())
SEALED = made(put(), lock(), seal())
FULL_SEALED, _ = decided(FULL, lock(), seal())
ORDERED = made(put(), lock(), seal(), complete())
EXPIRED, _ = decided(EMPTY, expire(2**50))

CODED = made(*(code(f"CODE-{number}") for number in range(CODES_PER_CART_MAX)))

R = CartRefusal
PRECEDENCE: list[tuple[CartCommand, CartState, CartRefusal | None]] = [
    (put("NEW", 10_000, expected_version=99), NEVER, R.CART_UNKNOWN),
    (put("NEW", 10_000, expected_version=99), FULL_SEALED, R.CART_CLOSED),
    (put("NEW", 10_000, expected_version=99), FULL, R.VERSION_MISMATCH),
    (put("NEW", 10_000), FULL, R.TOO_MANY_LINES),
    (put("NEW", 10_000), EMPTY, R.QUANTITY_OUT_OF_RANGE),
    (put("NEW", -1), FULL, R.QUANTITY_OUT_OF_RANGE),
    (put("NEW", 9_999, expected_version=1), EMPTY, None),
    (put(quantity=2), LOCKED, None),
    (code("x", expected_version=99), NEVER, R.CART_UNKNOWN),
    (code("x", expected_version=99), SEALED, R.CART_CLOSED),
    (code("x", expected_version=99), CODED, R.VERSION_MISMATCH),
    (code("x"), CODED, R.TOO_MANY_CODES),
    (code("x"), EMPTY, R.CODE_MALFORMED),
    (code("CODE-0"), CODED, None),
    (code("CODE-0", wanted=False), CODED, None),
    (code("x", wanted=False), EMPTY, None),
    (code("SPRING"), LOCKED, None),
    (put(), SEALED, R.CART_CLOSED),
    (put(), ORDERED, R.CART_CLOSED),
    (put(), EXPIRED, R.CART_CLOSED),
    (CREATE, EMPTY, R.CART_EXISTS),
    (CREATE, ORDERED, R.CART_EXISTS),
    (CREATE, EXPIRED, R.CART_EXISTS),
    (CREATE, NEVER, None),
    (lock(), NEVER, R.CART_UNKNOWN),
    (lock(), EXPIRED, R.CART_CLOSED),  # empty as well
    (lock(), SEALED, R.CART_CLOSED),
    (lock(), ORDERED, R.CART_CLOSED),
    (lock(), EMPTY, R.CART_EMPTY),
    (lock(), FULL, None),
    (lock("second"), LOCKED, None),
    (seal(), NEVER, R.CART_UNKNOWN),
    (seal("second"), SEALED, R.CART_CLOSED),
    (seal(), ORDERED, R.CART_CLOSED),
    (seal(), EXPIRED, R.CART_CLOSED),
    (seal(), EMPTY, R.CHECKOUT_SUPERSEDED),
    (seal("second"), LOCKED, R.CHECKOUT_SUPERSEDED),
    (seal(), LOCKED, None),
    (seal(), SEALED, None),
    (unlock(), NEVER, R.CART_UNKNOWN),
    (unlock(), EXPIRED, None),
    (complete(), NEVER, R.CART_UNKNOWN),
    (complete(), EMPTY, R.CHECKOUT_SUPERSEDED),
    (complete(), LOCKED, R.CHECKOUT_SUPERSEDED),
    (complete("second"), SEALED, R.CHECKOUT_SUPERSEDED),
    (complete("second"), ORDERED, R.CHECKOUT_SUPERSEDED),
    (complete(), EXPIRED, R.CHECKOUT_SUPERSEDED),
    (complete(), SEALED, None),
    (complete(), ORDERED, None),
    (expire(NOW), NEVER, R.CART_UNKNOWN),
    (expire(NOW), SEALED, None),
]


@pytest.mark.parametrize(("command", "cart", "reason"), PRECEDENCE)
def test_the_first_reason_that_applies_is_told(
    command: CartCommand, cart: CartState, reason: CartRefusal | None
) -> None:
    after, events = decided(cart, command)
    refusals = [event for event in events if isinstance(event, CartRefused)]
    assert [event.reason for event in refusals] == ([] if reason is None else [reason])
    assert refusal_of(events) == (reason or "")
    if refusals:
        assert len(events) == 1
        assert after == cart
        assert refusals[0].command == type(command).__name__
        assert refusals[0].version == cart.version
        assert refusals[0].answer_to == getattr(command, "answer_to", "")


def test_every_reason_is_told_by_somebody_and_in_the_order_of_the_enum() -> None:
    assert {reason for _, _, reason in PRECEDENCE if reason} == set(R) - {R.UNKNOWN}
    order = list(R)
    rows = [order.index(reason) for command, _, reason in PRECEDENCE[:6] if reason]
    assert rows == sorted(rows)
