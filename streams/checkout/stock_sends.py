"""The commands that a checkout sends to inventory, each made of nothing but its state. A demand is one hold."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.checkout.messages import ROOM, CheckoutFailure, CheckoutState
from schemas.inventory.holds import CommitHold, ExtendHold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import Allocation
from schemas.record import Record
from schemas.room import address

HOLD_GRACE_MS = 30_000  # a hold outlives its checkout, so that the checkout is the one to give up
SETTLING_MS = 3_600_000  # no clock runs once the payment is authorised: long enough for any room's restart

RELEASE_REASONS = {
    CheckoutFailure.EXPIRED: ReleaseReason.EXPIRED,
    CheckoutFailure.CANCELLED: ReleaseReason.CANCELLED,
}


def here(state: CheckoutState) -> str:
    """Where others answer to."""
    return address(ROOM.name, state.checkout_id)


def hold_stock(state: CheckoutState) -> Iterator[Record]:
    """Ask for every demand."""
    for sku in sorted(state.demands):
        yield from hold_line(state, sku)


def hold_line(state: CheckoutState, sku: str) -> Iterator[Record]:
    """Ask the demand's present location for all of it: a line comes whole from one place."""
    demand = state.demands[sku]
    yield HoldStock(
        sku=sku,
        location=demand.location,
        cart_id=state.cart_id,
        answer_to=here(state),
        lock_version=state.lock_version,
        quantity=demand.quantity,
        expires_at=state.expires_at + HOLD_GRACE_MS,
    )


def extend_holds(state: CheckoutState) -> Iterator[Record]:
    """The shopper has longer, and so have the holds."""
    yield from _extend_to(state, state.expires_at + HOLD_GRACE_MS)


def keep_holds(state: CheckoutState) -> Iterator[Record]:
    """The payment is authorised: nothing may end while the stock is committed."""
    yield from _extend_to(state, state.expires_at + SETTLING_MS)


def release_stock(state: CheckoutState) -> Iterator[Record]:
    """Let go of every hold asked for and not sold, answered or not."""
    for sku, demand in sorted(state.demands.items()):
        if not demand.committed:
            yield from release_line(state, sku)


def release_line(state: CheckoutState, sku: str) -> Iterator[Record]:
    """Let go of one hold."""
    assert state.failure, "undone without having failed"
    demand = state.demands[sku]
    yield ReleaseHold(
        sku=sku,
        location=demand.location,
        cart_id=state.cart_id,
        answer_to=here(state),
        reason=RELEASE_REASONS.get(state.failure, ReleaseReason.CHECKOUT_FAILED),
    )


def commit_stock(state: CheckoutState) -> Iterator[Record]:
    """Sell what is held."""
    for sku, demand in sorted(state.demands.items()):
        yield CommitHold(
            sku=sku,
            location=demand.location,
            cart_id=state.cart_id,
            answer_to=here(state),
            order_id=state.order_id,
        )


def return_stock(state: CheckoutState) -> Iterator[Record]:
    """Put back what was sold so far; what turns out to be sold later follows line by line."""
    for sku, demand in sorted(state.demands.items()):
        if demand.committed:
            yield from return_line(state, sku)


def return_line(state: CheckoutState, sku: str) -> Iterator[Record]:
    """Put one sold demand back on the shelf."""
    demand = state.demands[sku]
    yield ReturnStock(sku=sku, location=demand.location, quantity=demand.quantity, order_id=state.order_id)


def allocations(state: CheckoutState) -> tuple[Allocation, ...]:
    """The stock that the order takes, by SKU."""
    return tuple(
        Allocation(sku=sku, location=demand.location, quantity=demand.quantity)
        for sku, demand in sorted(state.demands.items())
    )


def _extend_to(state: CheckoutState, expires_at: int) -> Iterator[Record]:
    for sku, demand in sorted(state.demands.items()):
        yield ExtendHold(
            sku=sku,
            location=demand.location,
            cart_id=state.cart_id,
            answer_to=here(state),
            expires_at=expires_at,
        )
