"""A checkout of one vase and two books at £80, and the notes that take it from step to step."""

from __future__ import annotations

from functools import reduce
from typing import Any

from schemas.cart.messages import CartLine, CartRefusal
from schemas.checkout.messages import (
    CancelCheckout,
    CheckoutCommand,
    CheckoutFailure,
    CheckoutState,
    CheckoutStep,
    NoteActionRequired,
    NoteAuthorised,
    NoteCaptured,
    NoteCartLocked,
    NoteCartRefused,
    NoteCartSealed,
    NoteCommitted,
    NoteDeclined,
    NoteHeld,
    NoteIntent,
    NoteOrderPlaced,
    NotePaymentEnded,
    NotePrice,
    NoteStockRefused,
    PricedLine,
    StartCheckout,
    TimeOutCheckout,
)
from schemas.inventory.messages import StockRefusal
from schemas.record import Record
from streams.checkout.room import CHECKOUT
from streams.runtime.decider import Send

ID = "checkout-1"
AT = 1_800_000_000_000
HOLD_MS = 900_000
TOTAL = 80_00

VASE = PricedLine(title="Vase", unit_price_minor=60_00, vat_basis_points=2000)
BOOK = PricedLine(title="Book", unit_price_minor=10_00, vat_basis_points=0)
LINES = (CartLine(sku="BOOK", quantity=2), CartLine(sku="VASE", quantity=1))


def start(**changes: Any) -> StartCheckout:
    terms: dict[str, Any] = {
        "checkout_id": ID,
        "cart_id": "cart-1",
        "expected_total_minor": TOTAL,
        "delivery_method": "standard",
        "channel": "web",
        "contact": b"sealed",
        "hold_seconds": HOLD_MS // 1000,
        "postcode_area": "SW",
    }
    return StartCheckout(**terms | changes)


def price(sku: str, line: PricedLine | None) -> NotePrice:
    return NotePrice(checkout_id=ID, sku=sku, price=line)


def is_held(sku: str, location: str = "warehouse") -> NoteHeld:
    return NoteHeld(checkout_id=ID, sku=sku, location=location)


def is_committed(sku: str, location: str = "warehouse") -> NoteCommitted:
    return NoteCommitted(checkout_id=ID, sku=sku, location=location)


def is_refused(
    sku: str, location: str = "warehouse", *, available: int = 0, reason: StockRefusal = StockRefusal.INSUFFICIENT_STOCK
) -> NoteStockRefused:
    return NoteStockRefused(checkout_id=ID, sku=sku, location=location, reason=reason, available=available)


def payment_ended(failure: CheckoutFailure = CheckoutFailure.PAYMENT_FAILED) -> NotePaymentEnded:
    return NotePaymentEnded(checkout_id=ID, failure=failure)


def timed_out(due_at: int = AT + HOLD_MS) -> TimeOutCheckout:
    return TimeOutCheckout(checkout_id=ID, due_at=due_at)


def cancelled(reason: CheckoutFailure = CheckoutFailure.CANCELLED) -> CancelCheckout:
    return CancelCheckout(checkout_id=ID, reason=reason)


LOCKED = NoteCartLocked(checkout_id=ID, lines=LINES, lock_version=4)
SEALED = NoteCartSealed(checkout_id=ID)
CART_REFUSED = NoteCartRefused(checkout_id=ID, reason=CartRefusal.CART_CLOSED)
INTENT = NoteIntent(checkout_id=ID, client_secret="secret")
CHALLENGED = NoteActionRequired(checkout_id=ID)
DECLINED = NoteDeclined(checkout_id=ID, failure="card_declined")
AUTHORISED = NoteAuthorised(checkout_id=ID)
PLACED = NoteOrderPlaced(checkout_id=ID)
CAPTURED = NoteCaptured(checkout_id=ID, captured_minor=TOTAL)

# What takes a checkout to the end of each step, in the order of the steps.
WALK: tuple[tuple[CheckoutStep, tuple[CheckoutCommand, ...]], ...] = (
    (CheckoutStep.UNKNOWN, (start(),)),
    (CheckoutStep.LOCKING, (LOCKED,)),
    (CheckoutStep.PRICING, (price("BOOK", BOOK), price("VASE", VASE))),
    (CheckoutStep.HOLDING, (is_held("BOOK"), is_held("VASE"))),
    (CheckoutStep.PREPARING_PAYMENT, (INTENT,)),
    (CheckoutStep.AWAITING_PAYMENT, (AUTHORISED,)),
    (CheckoutStep.SEALING, (SEALED,)),
    (CheckoutStep.COMMITTING, (is_committed("BOOK"), is_committed("VASE"))),
    (CheckoutStep.PLACING, (PLACED,)),
    (CheckoutStep.CAPTURING, (CAPTURED,)),
)


def run(state: CheckoutState, *commands: CheckoutCommand, at: int = AT) -> tuple[CheckoutState, list[Any], list[Send]]:
    """The state after the commands, the events, and what was sent."""
    said: list[Any] = []
    sent: list[Send] = []
    for command in commands:
        events = CHECKOUT.decide(command, state, at)
        state = reduce(CHECKOUT.evolve, events, state)
        said.extend(events)
        sent.extend(CHECKOUT.react(command, state, events))
    return state, said, sent


def at_step(step: CheckoutStep) -> CheckoutState:
    """A checkout that has just come to this step; COMPLETED and FAILED (by a cancellation) too."""
    if step is CheckoutStep.FAILED:
        return run(at_step(CheckoutStep.AWAITING_PAYMENT), cancelled())[0]
    state = CheckoutState()
    for name, commands in WALK:
        if name is step:
            break
        state = run(state, *commands)[0]
    assert state.step is step
    return state


def names(messages: list[Any]) -> list[str]:
    """What was said, by name; of a command sent, its own name."""
    return [type(each.command if isinstance(each, Send) else each).__name__ for each in messages]


def commands_of(sent: list[Send], kind: type[Record]) -> list[Any]:
    return [send.command for send in sent if isinstance(send.command, kind)]
