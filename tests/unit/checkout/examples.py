"""A checkout of one vase and two books at £80, and the answers that take it from step to step."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from schemas.cart.messages import CartLine, CartLocked, CartLockLost, CartRefusal, CartRefused, CartSealed
from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.messages import (
    CancelCheckout,
    CheckoutCommand,
    CheckoutState,
    CheckoutStep,
    StartCheckout,
    TimeOutCheckout,
)
from schemas.inventory.holds import HoldCommitted, HoldExpired, StockHeld
from schemas.inventory.messages import StockRefusal, StockRefused
from schemas.orders.messages import DeliveryCharge, OrderPlaced
from schemas.payments.messages import (
    CaptureFailed,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentVoided,
)
from schemas.prices.messages import Price, PriceQuoted
from schemas.record import Record
from streams.checkout.room import CHECKOUT

ID = "checkout-1"
HERE = f"checkout/{ID}"
AT = 1_800_000_000_000
HOLD_MS = 900_000
TOTAL = 80_00

VASE = Price(title="Vase", unit_price_minor=60_00, vat_basis_points=2000)
BOOK = Price(title="Book", unit_price_minor=10_00, vat_basis_points=0)
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


def price(sku: str, line: Price | None) -> PriceQuoted:
    return PriceQuoted(answer_to=HERE, sku=sku, price=line)


def _of_stock(sku: str, location: str, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "location": location, "answer_to": HERE, "on_hand_after": 0, "held_after": 0, **more}


def is_held(sku: str, location: str = "warehouse") -> StockHeld:
    more = {"cart_id": "cart-1", "quantity": 1, "replaced_quantity": 0, "expires_at": 0}
    return StockHeld(**_of_stock(sku, location, **more))


def is_committed(sku: str, location: str = "warehouse") -> HoldCommitted:
    return HoldCommitted(**_of_stock(sku, location, cart_id="cart-1", order_id="order-1", quantity=1))


def has_expired(sku: str, location: str = "warehouse") -> HoldExpired:
    return HoldExpired(**_of_stock(sku, location, cart_id="cart-1", quantity=1))


def is_refused(
    sku: str, location: str = "warehouse", *, available: int = 0, reason: StockRefusal = StockRefusal.INSUFFICIENT_STOCK
) -> StockRefused:
    more = {"command": "HoldStock", "reason": reason, "requested": 1, "available": available}
    return StockRefused(**_of_stock(sku, location, **more))


def lock_lost(*, changed: bool = True) -> CartLockLost:
    return CartLockLost(cart_id="cart-1", answer_to=HERE, changed=changed, version=5, touched_at=AT)


def timed_out(due_at: int = AT + HOLD_MS) -> TimeOutCheckout:
    return TimeOutCheckout(checkout_id=ID, due_at=due_at)


def captured(amount: int = TOTAL, *, unwanted: bool = False) -> PaymentCaptured:
    return PaymentCaptured(
        payment_id="p", answer_to=HERE, order_id="o", amount_minor=amount, unwanted=unwanted, entries=()
    )


CANCELLED = CancelCheckout(checkout_id=ID)
LOCKED = CartLocked(cart_id="cart-1", checkout_id=ID, answer_to=HERE, lines=LINES, version=4, touched_at=AT)
SEALED = CartSealed(cart_id="cart-1", answer_to=HERE, version=5)
CART_REFUSED = CartRefused(
    cart_id="cart-1", answer_to=HERE, command="LockCart", reason=CartRefusal.CART_CLOSED, version=4
)
INTENT = PaymentIntentCreated(payment_id="p", answer_to=HERE, intent_id="pi", client_secret="secret")
CHALLENGED = PaymentActionRequired(payment_id="p", answer_to=HERE)
DECLINED = PaymentDeclined(payment_id="p", answer_to=HERE, failure="card_declined")
AUTHORISED = PaymentAuthorised(payment_id="p", answer_to=HERE, amount_minor=TOTAL)
PAYMENT_FAILED = PaymentFailed(payment_id="p", answer_to=HERE, failure="amount_too_small")
VOIDED = PaymentVoided(payment_id="p", answer_to=HERE, reason="cancelled_by_provider")
CAPTURE_FAILED = CaptureFailed(payment_id="p", answer_to=HERE, failure="charge_expired_for_capture")
CAPTURED = captured()
PLACED = OrderPlaced(
    order_id="o", checkout_id=ID, answer_to=HERE, cart_id="cart-1", payment_id="p", channel="web", lines=(),
    allocations=(), delivery=DeliveryCharge(method="standard", gross_minor=0, vat_minor=0), total_minor=TOTAL,
    contact=b"sealed", placed_at=AT,
)  # fmt: skip
Message = CheckoutCommand | CheckoutAnswer

# What takes a checkout to the end of each step, in the order of the steps.
WALK: tuple[tuple[CheckoutStep, tuple[Message, ...]], ...] = (
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


def run(state: CheckoutState, *messages: Message, at: int = AT) -> tuple[CheckoutState, list[Any], list[Record]]:
    """The state after the messages, the events, and what was sent."""
    decided: list[Any] = []
    sent: list[Record] = []
    for message in messages:
        events = CHECKOUT.decide(message, state, at)
        state = reduce(CHECKOUT.evolve, events, state)
        decided.extend(events)
        sent.extend(CHECKOUT.react(message, state, events))
    return state, decided, sent


def at_step(step: CheckoutStep) -> CheckoutState:
    """A checkout that has just come to this step; COMPLETED and FAILED (by a cancellation) too."""
    if step is CheckoutStep.FAILED:
        return run(at_step(CheckoutStep.AWAITING_PAYMENT), CANCELLED)[0]
    state = CheckoutState()
    for name, commands in WALK:
        if name is step:
            break
        state = run(state, *commands)[0]
    assert state.step is step
    return state


def names(messages: Iterable[Record]) -> list[str]:
    """Events, or what was sent, by name."""
    return [type(each).__name__ for each in messages]


def sent_of(sent: list[Record], kind: type[Record]) -> list[Any]:
    return [each for each in sent if isinstance(each, kind)]
