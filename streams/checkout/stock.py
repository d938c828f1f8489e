"""What the answers of inventory lead to. Demands that one location cannot meet are moved to the next."""

from __future__ import annotations

from schemas.checkout.messages import (
    CheckoutEvent,
    CheckoutFailure,
    CheckoutHeld,
    CheckoutLineCommitted,
    CheckoutLineHeld,
    CheckoutLineMoved,
    CheckoutState,
    CheckoutStep,
    CheckoutStockCommitted,
    Demand,
    MissingLine,
    NoteCommitted,
    NoteHeld,
    NoteStockRefused,
)
from schemas.inventory.messages import StockRefusal
from streams.checkout.ending import failed
from streams.checkout.sourcing import next_location
from streams.checkout.stock_sends import allocations

Events = tuple[CheckoutEvent, ...]


def held(command: NoteHeld, state: CheckoutState) -> Events:
    """A line is held; after the last one the payment is asked for."""
    demand = _asked(command, state)
    if state.step is not CheckoutStep.HOLDING or demand is None or demand.held:
        return ()  # Before HOLDING nothing was asked for; after it, heard before. FAILED: taken back in `react`.
    line = CheckoutLineHeld(checkout_id=state.checkout_id, sku=command.sku, location=command.location)
    if state.waiting > 1:
        return (line,)
    return (
        line,
        CheckoutHeld(
            checkout_id=state.checkout_id,
            payment_id=state.payment_id,
            order_id=state.order_id,
            total_minor=state.total_minor,
            expires_at=state.expires_at,
        ),
    )


def committed(command: NoteCommitted, state: CheckoutState) -> Events:
    """A line is sold; after the last one the order is placed."""
    demand = _asked(command, state)
    if demand is None or demand.committed:
        return ()  # Heard before: a line is returned once at most.
    line = CheckoutLineCommitted(checkout_id=state.checkout_id, sku=command.sku, location=command.location)
    if state.step is CheckoutStep.FAILED:
        return (line,)  # Sold while the checkout failed: the fact is kept, and the units go back on the shelf.
    if state.step is not CheckoutStep.COMMITTING:
        return ()  # Nothing was to be sold before, and everything is sold after.
    if state.waiting > 1:
        return (line,)
    placing = CheckoutStockCommitted(
        checkout_id=state.checkout_id, order_id=state.order_id, allocations=allocations(state)
    )
    return (line, placing)


def refused(command: NoteStockRefused, state: CheckoutState, at: int) -> Events:
    """A location has no stock, or lost a hold."""
    demand = _asked(command, state)
    if demand is None or demand.committed:
        return ()  # A location left behind, or a commit repeated on what is sold.
    match state.step:
        case CheckoutStep.HOLDING if not demand.held and command.reason is StockRefusal.HOLD_SUPERSEDED:
            return ()  # The cart has gone on to a later checkout, and itself tells this one to end.
        case CheckoutStep.HOLDING if not demand.held:
            return _elsewhere(command, state, demand, at)
        case (
            CheckoutStep.HOLDING
            | CheckoutStep.PREPARING_PAYMENT
            | CheckoutStep.AWAITING_PAYMENT
            | CheckoutStep.SEALING
            | CheckoutStep.COMMITTING
        ):
            return (failed(state, CheckoutFailure.HOLD_LOST, at, missing=(_missing(command, demand),)),)
        case _:
            return ()  # Before HOLDING and after COMMITTING nothing is asked of stock; FAILED gives back anyway.


def _elsewhere(command: NoteStockRefused, state: CheckoutState, demand: Demand, at: int) -> Events:
    location = next_location(command.location)
    if location is None:
        missing = (_missing(command, demand),)
        return (failed(state, CheckoutFailure.INSUFFICIENT_STOCK, at, missing=missing),)
    return (
        CheckoutLineMoved(
            checkout_id=state.checkout_id,
            sku=command.sku,
            refused_by=command.location,
            available=command.available,
            location=location,
        ),
    )


def _missing(command: NoteStockRefused, demand: Demand) -> MissingLine:
    available = max(demand.most_available, command.available)
    return MissingLine(sku=command.sku, requested=demand.quantity, available=available)


def _asked(command: NoteHeld | NoteCommitted | NoteStockRefused, state: CheckoutState) -> Demand | None:
    """The demand that this answers, unless another location has been asked since."""
    demand = state.demands.get(command.sku)
    return demand if demand and demand.location == command.location else None
