"""The commands that a checkout sends to inventory, each made of nothing but its state. A demand is one hold."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.checkout.messages import CheckoutFailure, CheckoutState, Demand
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import CommitHold, ExtendHold, HoldStock, ReleaseHold, ReleaseReason, ReturnStock
from schemas.orders.messages import Allocation
from schemas.record import Record
from schemas.topics import INVENTORY
from streams.runtime.decider import Send

HOLD_GRACE_MS = 30_000  # a hold outlives its checkout, so that the checkout is the one to give up
SETTLING_MS = 3_600_000  # no clock runs once the payment is authorised: long enough for any room's restart

RELEASE_REASONS = {
    CheckoutFailure.EXPIRED: ReleaseReason.EXPIRED,
    CheckoutFailure.CANCELLED: ReleaseReason.CANCELLED,
}


def hold_stock(state: CheckoutState) -> Iterator[Send]:
    """Ask for every demand."""
    for sku in sorted(state.demands):
        yield from hold_line(state, sku)


def hold_line(state: CheckoutState, sku: str) -> Iterator[Send]:
    """Ask the demand's present location for all of it: a line comes whole from one place."""
    demand = state.demands[sku]
    command = HoldStock(
        sku=sku,
        location=demand.location,
        cart_id=state.cart_id,
        checkout_id=state.checkout_id,
        lock_version=state.lock_version,
        quantity=demand.quantity,
        expires_at=state.expires_at + HOLD_GRACE_MS,
    )
    yield _to_stock(sku, demand, command)


def extend_holds(state: CheckoutState) -> Iterator[Send]:
    """The shopper has longer, and so have the holds."""
    yield from _extend_to(state, state.expires_at + HOLD_GRACE_MS)


def keep_holds(state: CheckoutState) -> Iterator[Send]:
    """The payment is authorised: nothing may end while the stock is committed."""
    yield from _extend_to(state, state.expires_at + SETTLING_MS)


def release_stock(state: CheckoutState) -> Iterator[Send]:
    """Let go of every hold asked for and not sold, answered or not."""
    for sku, demand in sorted(state.demands.items()):
        if not demand.committed:
            yield from release_line(state, sku)


def release_line(state: CheckoutState, sku: str) -> Iterator[Send]:
    """Let go of one hold."""
    assert state.failure, "undone without having failed"
    demand = state.demands[sku]
    command = ReleaseHold(
        sku=sku,
        location=demand.location,
        cart_id=state.cart_id,
        checkout_id=state.checkout_id,
        reason=RELEASE_REASONS.get(state.failure, ReleaseReason.CHECKOUT_FAILED),
    )
    yield _to_stock(sku, demand, command)


def commit_stock(state: CheckoutState) -> Iterator[Send]:
    """Sell what is held."""
    for sku, demand in sorted(state.demands.items()):
        command = CommitHold(
            sku=sku,
            location=demand.location,
            cart_id=state.cart_id,
            checkout_id=state.checkout_id,
            order_id=state.order_id,
        )
        yield _to_stock(sku, demand, command)


def return_stock(state: CheckoutState) -> Iterator[Send]:
    """Put back what was sold so far; what turns out to be sold later follows line by line."""
    for sku, demand in sorted(state.demands.items()):
        if demand.committed:
            yield from return_line(state, sku)


def return_line(state: CheckoutState, sku: str) -> Iterator[Send]:
    """Put one sold demand back on the shelf."""
    demand = state.demands[sku]
    command = ReturnStock(sku=sku, location=demand.location, quantity=demand.quantity, order_id=state.order_id)
    yield Send(INVENTORY, stock_key(sku, demand.location), command)


def allocations(state: CheckoutState) -> tuple[Allocation, ...]:
    """The stock that the order takes, by SKU."""
    return tuple(
        Allocation(sku=sku, location=demand.location, quantity=demand.quantity)
        for sku, demand in sorted(state.demands.items())
    )


def _extend_to(state: CheckoutState, expires_at: int) -> Iterator[Send]:
    for sku, demand in sorted(state.demands.items()):
        command = ExtendHold(
            sku=sku,
            location=demand.location,
            cart_id=state.cart_id,
            checkout_id=state.checkout_id,
            expires_at=expires_at,
        )
        yield _to_stock(sku, demand, command)


def _to_stock(sku: str, demand: Demand, command: Record) -> Send:
    return Send(INVENTORY, stock_key(sku, demand.location), command)
