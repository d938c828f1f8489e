"""Every message in every step: what is not in the table decides nothing, and nothing raises."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from schemas.cart.messages import CartRefusal
from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep
from schemas.inventory.messages import StockRefusal
from streams.checkout.decide import decide
from streams.checkout.state import OPEN, evolve
from tests.unit.checkout.examples import (
    AT,
    AUTHORISED,
    BOOK,
    CANCELLED,
    CAPTURE_FAILED,
    CAPTURED,
    CART_REFUSED,
    CHALLENGED,
    DECLINED,
    INTENT,
    LOCKED,
    PAYMENT_FAILED,
    PLACED,
    SEALED,
    TOTAL,
    VASE,
    VOIDED,
    WALK,
    Message,
    at_step,
    captured,
    has_expired,
    is_committed,
    is_held,
    is_refused,
    lock_lost,
    names,
    price,
    start,
    timed_out,
)

S = CheckoutStep
MESSAGES: dict[str, Message] = {
    "start again": start(),
    "start otherwise": start(expected_total_minor=1),
    "locked": LOCKED,
    "sealed": SEALED,
    "cart refused": CART_REFUSED,
    "priced": price("BOOK", BOOK),
    "not for sale": price("BOOK", None),
    "price of a stranger": price("CHAIR", BOOK),
    "held": is_held("BOOK"),
    "held elsewhere": is_held("BOOK", "popup-soho"),
    "held a stranger": is_held("CHAIR"),
    "committed": is_committed("BOOK"),
    "committed elsewhere": is_committed("BOOK", "popup-soho"),
    "stock refused": is_refused("BOOK"),
    "stock refused elsewhere": is_refused("BOOK", "popup-soho"),
    "hold unknown": is_refused("BOOK", reason=StockRefusal.HOLD_UNKNOWN),
    "hold expired": has_expired("BOOK"),
    "hold superseded": is_refused("BOOK", reason=StockRefusal.HOLD_SUPERSEDED),
    "intent": INTENT,
    "challenged": CHALLENGED,
    "declined": DECLINED,
    "authorised": AUTHORISED,
    "payment failed": PAYMENT_FAILED,
    "voided": VOIDED,
    "capture failed": CAPTURE_FAILED,
    "captured to go back": captured(unwanted=True),
    "placed": PLACED,
    "captured": CAPTURED,
    "cancelled": CANCELLED,
    "cart changed": lock_lost(),
    "superseded": lock_lost(changed=False),
    "timed out": timed_out(),
    "timed out too early": timed_out(AT),
}

FAILED, REFUSED = ["CheckoutFailed"], ["CheckoutRefused"]
LOCK_LOST = {"cart changed": FAILED, "superseded": FAILED}
ENDS = {"cancelled": FAILED, **LOCK_LOST, "timed out": FAILED}
AGREED = {"start otherwise": REFUSED}
UNDER_WAY = {**AGREED, "cancelled": REFUSED}
STOCK_LOST = {"stock refused": FAILED, "hold unknown": FAILED, "hold expired": FAILED, "hold superseded": FAILED}
UNPAID = {"payment failed": FAILED, "voided": FAILED, "capture failed": FAILED, "captured to go back": FAILED}
PAYING = {
    **AGREED, **ENDS, **STOCK_LOST, "challenged": ["CheckoutExtended"], "declined": ["CheckoutCardDeclined"],
    "authorised": ["CheckoutAuthorised"], **UNPAID,
}  # fmt: skip
EXPECTED: dict[CheckoutStep, dict[str, list[str]]] = {
    S.UNKNOWN: {
        "start again": ["CheckoutStarted"], "start otherwise": ["CheckoutStarted"],
        "cancelled": REFUSED,
    },
    S.LOCKING: {**AGREED, **ENDS, "locked": ["CheckoutCartLocked"], "cart refused": FAILED},
    S.PRICING: {**AGREED, **ENDS, "priced": ["CheckoutLinePriced"], "not for sale": FAILED},
    S.HOLDING: {
        **AGREED, **ENDS, "held": ["CheckoutLineHeld"],
        "stock refused": ["CheckoutLineMoved"], "hold unknown": ["CheckoutLineMoved"],
        "hold expired": ["CheckoutLineMoved"],
    },
    S.PREPARING_PAYMENT: {**PAYING, "intent": ["CheckoutAwaitingPayment"]},
    S.AWAITING_PAYMENT: PAYING,
    S.SEALING: {
        **UNDER_WAY, **STOCK_LOST, **LOCK_LOST, **UNPAID, "sealed": ["CheckoutSealed"], "cart refused": FAILED,
    },
    S.COMMITTING: {**UNDER_WAY, **STOCK_LOST, "committed": ["CheckoutLineCommitted"], **UNPAID},
    S.PLACING: {**UNDER_WAY, "placed": ["CheckoutOrderPlaced"], **UNPAID},
    S.CAPTURING: {**UNDER_WAY, "captured": ["CheckoutCompleted"], **UNPAID},
    S.COMPLETED: UNDER_WAY,
    S.FAILED: {**AGREED, "committed": ["CheckoutLineCommitted"]},
}  # fmt: skip


def test_every_step_stands_in_the_table() -> None:
    assert EXPECTED.keys() == set(CheckoutStep)


@pytest.mark.parametrize("step", CheckoutStep)
@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_in_each_step_decides_what_the_table_says(step: CheckoutStep, name: str) -> None:
    events = decide(MESSAGES[name], at_step(step), AT + 1000 if name == "challenged" else AT)
    assert names(events) == EXPECTED[step].get(name, [])


@pytest.mark.parametrize("step", [step for step, _ in WALK])
def test_the_same_message_again_decides_nothing(step: CheckoutStep) -> None:
    state = at_step(step)
    for command in dict(WALK)[step]:
        for event in decide(command, state, AT):
            state = evolve(state, event)
        assert decide(command, state, AT) == ()


def test_a_checkout_is_known_by_its_terms_and_not_by_how_its_contact_was_sealed() -> None:
    assert decide(start(contact=b"sealed anew"), at_step(S.AWAITING_PAYMENT), AT) == ()
    for changed in ({"cart_id": "other"}, {"delivery_method": "express"}, {"channel": "pos"}):
        assert names(decide(start(**changed), at_step(S.LOCKING), AT)) == REFUSED


def test_an_unknown_delivery_method_is_refused_and_leaves_no_row() -> None:
    [event] = decide(start(delivery_method="drone"), CheckoutState(), AT)
    assert evolve(CheckoutState(), event) == CheckoutState()


def test_a_cart_that_says_it_has_no_lines_ends_the_checkout() -> None:
    [event] = decide(replace(LOCKED, lines=()), at_step(S.LOCKING), AT)
    assert event.failure is CheckoutFailure.CART_EMPTY  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (CartRefusal.CART_UNKNOWN, CheckoutFailure.CART_UNKNOWN),
        (CartRefusal.CART_EMPTY, CheckoutFailure.CART_EMPTY),
        (CartRefusal.CART_CLOSED, CheckoutFailure.CART_CLOSED),
        (CartRefusal.CHECKOUT_SUPERSEDED, CheckoutFailure.SUPERSEDED),
        (CartRefusal.VERSION_MISMATCH, CheckoutFailure.CART_CLOSED),
    ],
)
def test_what_the_cart_refuses_is_passed_on(said: CartRefusal, heard: CheckoutFailure) -> None:
    [event] = decide(replace(CART_REFUSED, reason=said), at_step(S.LOCKING), AT)
    assert event.failure is heard  # type: ignore[union-attr]


@pytest.mark.parametrize("step", sorted(OPEN))
def test_every_time_out_says_expired(step: CheckoutStep) -> None:
    [event] = decide(timed_out(), at_step(step), AT)
    assert (event.failure, event.step) == (CheckoutFailure.EXPIRED, step)  # type: ignore[union-attr]


def test_a_late_commit_from_where_nothing_was_asked_is_not_returned() -> None:
    state = at_step(S.FAILED)
    moved = replace(state, demands={**state.demands, "BOOK": replace(state.demands["BOOK"], location="popup-soho")})
    assert decide(is_committed("BOOK"), moved, AT) == ()


def test_a_hold_that_was_lost_while_others_are_asked_for_ends_the_checkout() -> None:
    state = at_step(S.HOLDING)
    for event in decide(is_held("BOOK"), state, AT):
        state = evolve(state, event)
    [failed] = decide(is_refused("BOOK", reason=StockRefusal.HOLD_UNKNOWN), state, AT)
    assert failed.failure is CheckoutFailure.HOLD_LOST  # type: ignore[union-attr]


@pytest.mark.parametrize("seen", [TOTAL - 1, TOTAL + 1])
def test_a_total_that_is_not_what_the_shopper_saw_ends_the_checkout_dearer_or_cheaper(seen: int) -> None:
    state = replace(at_step(S.PRICING), expected_total_minor=seen, prices={"VASE": VASE}, waiting=1)
    _, failed = decide(price("BOOK", BOOK), state, AT)
    assert (failed.failure, failed.total_minor) == (CheckoutFailure.CART_CHANGED, TOTAL)  # type: ignore[union-attr]
