"""What the answers of inventory lead to. Demands that one location cannot meet are moved to the next."""

from __future__ import annotations

from schemas.checkout.demands import Demand, MissingLine
from schemas.checkout.messages import (
    CheckoutEvent,
    CheckoutFailure,
    CheckoutHeld,
    CheckoutLineCommitted,
    CheckoutLineHeld,
    CheckoutLineMoved,
    CheckoutNothingToPay,
    CheckoutState,
    CheckoutStep,
    CheckoutStockCommitted,
)
from schemas.checkout.uses import CheckoutUseRedeemed
from schemas.inventory.holds import HoldCommitted, HoldExpired, StockHeld
from schemas.inventory.messages import StockRefusal, StockRefused
from streams.checkout.ending import failed
from streams.checkout.sourcing import next_location
from streams.checkout.stock_sends import allocations

Events = tuple[CheckoutEvent, ...]


def held(answer: StockHeld, state: CheckoutState) -> Events:
    """A line is held; after the last one the payment is asked for, unless there is nothing to pay."""
    demand = _asked(answer, state)
    if state.step is not CheckoutStep.HOLDING or demand is None or demand.held:
        return ()  # Before HOLDING nothing was asked for; after it, heard before. FAILED: taken back in `react`.
    line = CheckoutLineHeld(checkout_id=state.checkout_id, sku=answer.sku, location=answer.location)
    if state.waiting > 1:
        return (line,)
    if not state.total_minor:
        return (line, CheckoutNothingToPay(checkout_id=state.checkout_id, cart_id=state.cart_id))
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


def committed(answer: HoldCommitted, state: CheckoutState) -> Events:
    """A line is sold; after the last one the order is placed."""
    demand = _asked(answer, state)
    if demand is None or demand.committed:
        return ()  # Heard before: a line is returned once at most.
    line = CheckoutLineCommitted(checkout_id=state.checkout_id, sku=answer.sku, location=answer.location)
    if state.step is CheckoutStep.FAILED:
        return (line,)  # Sold while the checkout failed: the fact is kept, and the units go back on the shelf.
    if state.step is not CheckoutStep.COMMITTING:
        return ()  # Nothing was to be sold before, and everything is sold after.
    return all_committed(line, state)


def all_committed(event: CheckoutLineCommitted | CheckoutUseRedeemed, state: CheckoutState) -> Events:
    """A line is sold, or a promotion used; after the last of them the order is placed."""
    if state.waiting > 1:
        return (event,)
    placing = CheckoutStockCommitted(
        checkout_id=state.checkout_id, order_id=state.order_id, allocations=allocations(state)
    )
    return (event, placing)


def refused(answer: StockRefused | HoldExpired, state: CheckoutState, at: int) -> Events:
    """A location has no stock, or lost a hold."""
    demand = _asked(answer, state)
    if demand is None or demand.committed:
        return ()  # A location left behind, or a commit repeated on what is sold.
    match state.step:
        case CheckoutStep.HOLDING if not demand.held and _is_superseded(answer):
            return ()  # The cart has gone on to a later checkout, and itself sends this one CartLockLost.
        case CheckoutStep.HOLDING if not demand.held:
            return _elsewhere(answer, state, demand, at)
        case (
            CheckoutStep.HOLDING
            | CheckoutStep.PREPARING_PAYMENT
            | CheckoutStep.AWAITING_PAYMENT
            | CheckoutStep.SEALING
            | CheckoutStep.COMMITTING
        ):
            return (failed(state, CheckoutFailure.HOLD_LOST, at, missing=(_missing(answer, demand),)),)
        case _:
            return ()  # Before HOLDING and after COMMITTING nothing is asked of stock; FAILED gives back anyway.


def _is_superseded(answer: StockRefused | HoldExpired) -> bool:
    return isinstance(answer, StockRefused) and answer.reason is StockRefusal.HOLD_SUPERSEDED


def _elsewhere(answer: StockRefused | HoldExpired, state: CheckoutState, demand: Demand, at: int) -> Events:
    location = next_location(answer.location)
    if location is None:
        missing = (_missing(answer, demand),)
        return (failed(state, CheckoutFailure.INSUFFICIENT_STOCK, at, missing=missing),)
    return (
        CheckoutLineMoved(
            checkout_id=state.checkout_id,
            sku=answer.sku,
            refused_by=answer.location,
            available=_available(answer),
            location=location,
        ),
    )


def _missing(answer: StockRefused | HoldExpired, demand: Demand) -> MissingLine:
    available = max(demand.most_available, _available(answer))
    return MissingLine(sku=answer.sku, requested=demand.quantity, available=available)


def _available(answer: StockRefused | HoldExpired) -> int:
    return answer.available if isinstance(answer, StockRefused) else answer.on_hand_after - answer.held_after


def _asked(answer: StockHeld | HoldCommitted | HoldExpired | StockRefused, state: CheckoutState) -> Demand | None:
    """The demand that this answers, unless another location has been asked since."""
    demand = state.demands.get(answer.sku)
    return demand if demand and demand.location == answer.location else None
