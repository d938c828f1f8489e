"""The steps of a checkout in one table, what undoes each beside what does it.

A checkout that fails runs the undo of every step it reached, last first, for what was answered and for
what was not: a key's commands are mostly decided in the order in which they were sent, so an undo finds what it
undoes. The saga does not lean on that order, though. Whatever still comes to be after the end, because the undo
overtook it, is answered when it is heard of, by the undo once more (`take_back`). Each undo finds nothing
the second time, but for `ReturnStock`, which adds: it follows one `CheckoutLineCommitted` per line, no more.

Every answer comes: the engine decides each command exactly once and makes the answer in the same
transaction. A checkout that stays in SEALING, COMMITTING, PLACING or CAPTURING waits for a room or
a provider that is down, and goes on by itself when it is back; no timer may end it, because by then money
is reserved and stock may be sold. The metric `sink_checkouts_overdue` counts those that stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schemas.cart.messages import CartLocked, CartSealed
from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.messages import CheckoutCommand, CheckoutEvent, CheckoutFailed, CheckoutState, CheckoutStep
from schemas.checkout.rules import STEP_AFTER
from schemas.inventory.holds import StockHeld
from schemas.orders.messages import OrderPlaced
from schemas.payments.messages import (
    AlreadyCaptured,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentIntentCreated,
)
from schemas.promotions.messages import UseReserved
from schemas.record import Record
from streams.checkout.sends import (
    cancel_order,
    cancel_payment,
    lock_cart,
    place_order,
    quote_prices,
    request_payment,
    seal_cart,
    take_money,
    unlock_cart,
)
from streams.checkout.stock_sends import commit_stock, hold_stock, release_line, release_stock, return_stock
from streams.checkout.uses import give_back_use, give_back_uses, redeem_uses, reserve_uses

Sends = Callable[[CheckoutState], Iterator[Record]]


def nothing(_state: CheckoutState) -> Iterator[Record]:
    """For a step that leaves nothing behind, or that others act in."""
    yield from ()


def quote_prices_and_reserve_uses(state: CheckoutState) -> Iterator[Record]:
    """Both at once, for the total rests on all of them."""
    yield from quote_prices(state)
    yield from reserve_uses(state)


def commit_stock_and_redeem_uses(state: CheckoutState) -> Iterator[Record]:
    """Both at once: the order may have neither without the other."""
    yield from commit_stock(state)
    yield from redeem_uses(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it asks for, what takes that back."""

    name: CheckoutStep
    do: Sends
    undo: Sends
    undoes: frozenset[CheckoutStep] = frozenset()  # earlier steps whose undo must not run once this one began


STEPS = (
    Step(name=CheckoutStep.LOCKING, do=lock_cart, undo=unlock_cart),
    Step(name=CheckoutStep.PRICING, do=quote_prices_and_reserve_uses, undo=give_back_uses),
    Step(name=CheckoutStep.HOLDING, do=hold_stock, undo=release_stock),
    Step(name=CheckoutStep.PREPARING_PAYMENT, do=request_payment, undo=cancel_payment),
    Step(name=CheckoutStep.AWAITING_PAYMENT, do=nothing, undo=nothing),
    Step(name=CheckoutStep.SEALING, do=seal_cart, undo=nothing),  # unlocking unseals
    # Giving back a use takes back that it was redeemed, too.
    Step(name=CheckoutStep.COMMITTING, do=commit_stock_and_redeem_uses, undo=return_stock),
    Step(
        name=CheckoutStep.PLACING,
        do=place_order,
        undo=cancel_order,
        # A cancelled order returns its stock and ends its payment itself: twice would be once too often.
        undoes=frozenset({CheckoutStep.HOLDING, CheckoutStep.PREPARING_PAYMENT, CheckoutStep.COMMITTING}),
    ),
    Step(
        name=CheckoutStep.CAPTURING,
        do=take_money,
        undo=nothing,
        # The cart became an order, which stays on record, cancelled; there is no cart to give back.
        undoes=frozenset({CheckoutStep.LOCKING}),
    ),
)
BY_NAME = {step.name: step for step in STEPS}
BEGUN_BY: dict[type[CheckoutEvent], Step] = {
    event: BY_NAME[name] for event, name in STEP_AFTER.items() if name in BY_NAME
}
_PLACES = {step.name: place for place, step in enumerate(STEPS)}


def unwind(failed: CheckoutFailed, state: CheckoutState) -> Iterator[Record]:
    """Everything that takes back what this checkout has asked for, last step first."""
    reached = STEPS[: _PLACES[failed.step] + 1]
    undone = {name for step in reached for name in step.undoes}
    for step in reversed(reached):
        if step.name not in undone:
            yield from step.undo(state)


def take_back(message: CheckoutCommand | CheckoutAnswer, state: CheckoutState) -> Iterator[Record]:
    """What an answer that a failed checkout hears leads to: its step's undo, once more."""
    assert state.step is CheckoutStep.FAILED, "only what failed is taken back"
    match message:
        case CartLocked() | CartSealed():
            yield from unlock_cart(state)
        case UseReserved(promotion_id=promotion_id) if promotion_id in state.uses:
            yield from give_back_use(state, promotion_id)
        case StockHeld(sku=sku) if sku in state.demands:
            yield from release_line(state, sku)
        case PaymentIntentCreated() | PaymentActionRequired() | PaymentDeclined() | PaymentAuthorised():
            yield from cancel_payment(state)
        case PaymentCaptured(unwanted=False) | AlreadyCaptured():
            yield from cancel_payment(state)
        case OrderPlaced():
            yield from cancel_order(state)
        case _:
            yield from nothing(state)  # A price, a refusal, an end: nothing came to be.
