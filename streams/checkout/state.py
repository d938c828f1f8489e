"""What a checkout is, and how an event changes it."""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import replace

from schemas.checkout.demands import Demand
from schemas.checkout.messages import (
    CheckoutAuthorised,
    CheckoutAwaitingPayment,
    CheckoutCardDeclined,
    CheckoutCartLocked,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutExtended,
    CheckoutFailed,
    CheckoutHeld,
    CheckoutLineCommitted,
    CheckoutLineHeld,
    CheckoutLineMoved,
    CheckoutLinePriced,
    CheckoutNothingToPay,
    CheckoutOrderPlaced,
    CheckoutPriced,
    CheckoutRefused,
    CheckoutSealed,
    CheckoutStarted,
    CheckoutState,
    CheckoutStep,
    CheckoutStockCommitted,
)
from schemas.checkout.rules import STEP_AFTER
from schemas.checkout.uses import AskedUse, CheckoutUseDenied, CheckoutUseRedeemed, CheckoutUseReserved, Proposal
from schemas.record import Record

# The shopper can still walk away, and the clock runs.
OPEN = frozenset(
    {
        CheckoutStep.LOCKING,
        CheckoutStep.PRICING,
        CheckoutStep.HOLDING,
        CheckoutStep.PREPARING_PAYMENT,
        CheckoutStep.AWAITING_PAYMENT,
    }
)
ENDED = frozenset({CheckoutStep.COMPLETED, CheckoutStep.FAILED})


# The steps that a checkout may be in before each event that moves it on.
FROM: dict[type[CheckoutEvent], frozenset[CheckoutStep]] = {
    CheckoutStarted: frozenset({CheckoutStep.UNKNOWN}),
    CheckoutCartLocked: frozenset({CheckoutStep.LOCKING}),
    CheckoutPriced: frozenset({CheckoutStep.PRICING}),
    CheckoutHeld: frozenset({CheckoutStep.HOLDING}),
    CheckoutNothingToPay: frozenset({CheckoutStep.HOLDING}),
    CheckoutAwaitingPayment: frozenset({CheckoutStep.PREPARING_PAYMENT}),
    CheckoutAuthorised: frozenset({CheckoutStep.PREPARING_PAYMENT, CheckoutStep.AWAITING_PAYMENT}),
    CheckoutSealed: frozenset({CheckoutStep.SEALING}),
    CheckoutStockCommitted: frozenset({CheckoutStep.COMMITTING}),
    CheckoutOrderPlaced: frozenset({CheckoutStep.PLACING}),
    CheckoutCompleted: frozenset({CheckoutStep.CAPTURING}),
}


def evolve(state: CheckoutState, event: CheckoutEvent) -> CheckoutState:  # noqa: C901 - a table of contents
    """The state after the event."""
    came_from = FROM.get(type(event))
    assert came_from is None or state.step in came_from, f"{type(event).__name__} of a checkout that is {state.step}"
    step = STEP_AFTER.get(type(event), state.step)
    match event:
        case CheckoutStarted():
            return _started(event)
        case CheckoutCartLocked(lines=lines, lock_version=lock_version):
            skus = len({line.sku for line in lines})
            waiting = skus + len(state.uses)
            return replace(state, step=step, cart_lines=lines, lock_version=lock_version, waiting=waiting)
        case CheckoutLinePriced(sku=sku, price=price):
            parts = state.parts + len(price.components)
            return replace(state, prices={**state.prices, sku: price}, parts=parts, waiting=state.waiting - 1)
        case CheckoutUseReserved() | CheckoutUseDenied():
            return _use_answered(state, event)
        case CheckoutPriced():
            return _priced(state, event)
        case CheckoutLineHeld(sku=sku):
            held = _with_demand(state, sku, replace(state.demands[sku], held=True))
            return replace(held, waiting=state.waiting - 1)
        case CheckoutLineMoved():
            return _moved(state, event)
        case CheckoutHeld() | CheckoutNothingToPay():
            assert (state.total_minor == 0) == isinstance(event, CheckoutNothingToPay), "only what is free is not paid"
            assert all(demand.held for demand in state.demands.values()), "paid for without being held"
            return replace(state, step=step)
        case CheckoutAwaitingPayment(client_secret=secret):
            return replace(state, step=step, client_secret=secret)
        case CheckoutExtended(expires_at=expires_at):
            assert expires_at > state.expires_at, "an extension that shortens"
            return replace(state, expires_at=expires_at)
        case CheckoutCardDeclined() | CheckoutRefused():
            return state
        case CheckoutAuthorised():
            return replace(state, step=step, client_secret="")
        case CheckoutSealed():
            return replace(state, step=step, waiting=len(state.demands) + len(state.uses))
        case CheckoutLineCommitted(sku=sku):
            committed = _with_demand(state, sku, replace(state.demands[sku], committed=True))
            return replace(committed, waiting=max(state.waiting - 1, 0))  # none is waited for once it has failed
        case CheckoutUseRedeemed(promotion_id=promotion_id):
            redeemed = replace(state.uses[promotion_id], redeemed=True)
            return replace(state, uses={**state.uses, promotion_id: redeemed}, waiting=state.waiting - 1)
        case CheckoutStockCommitted():
            assert all(use.redeemed for use in state.uses.values()), "an order with a promotion that is not its own"
            assert all(demand.committed for demand in state.demands.values()), "an order of stock that is not ours"
            return replace(state, step=step)
        case CheckoutOrderPlaced():
            return replace(state, step=step)
        case CheckoutCompleted(ended_at=ended_at):
            return replace(state, step=step, ended_at=ended_at)
        case CheckoutFailed():
            return _failed(state, event)
        case _:
            assert_never(event)


# A thousand lines would be written again with each of their three thousand events.
NOT_SHOWN: dict[str, Any] = {
    "cart_lines": (),
    "prices": {},
    "lines": (),
    "demands": {},
    "parts": 0,
    "waiting": 0,
    "uses": {},
    "proposal": Proposal(),
}
OF_ONE_LINE = (
    CheckoutLinePriced, CheckoutLineHeld, CheckoutLineMoved, CheckoutLineCommitted,
    CheckoutUseReserved, CheckoutUseDenied, CheckoutUseRedeemed,
)  # fmt: skip


def shown(state: CheckoutState) -> CheckoutState:
    """What the views show: everything but its lines, which its order shows."""
    return replace(state, **NOT_SHOWN)


def evolve_shown(before: Record, event: CheckoutEvent) -> CheckoutState:
    """What the views show after the event."""
    assert isinstance(before, CheckoutState), f"{type(before).__name__} is no checkout"
    return before if isinstance(event, OF_ONE_LINE) else shown(evolve(before, event))


def _started(event: CheckoutStarted) -> CheckoutState:
    return CheckoutState(
        checkout_id=event.checkout_id,
        step=STEP_AFTER[type(event)],
        cart_id=event.cart_id,
        payment_id=event.payment_id,
        order_id=event.order_id,
        channel=event.channel,
        delivery_method=event.delivery_method,
        deliver_on=event.deliver_on,
        contact=event.contact,
        expected_total_minor=event.expected_total_minor,
        uses={
            each.promotion_id: AskedUse(code=each.code, customer=each.customer, units=each.units)
            for each in event.proposal.promotions
        },
        proposal=event.proposal,
        started_at=event.started_at,
        expires_at=event.expires_at,
    )


def _use_answered(state: CheckoutState, event: CheckoutUseReserved | CheckoutUseDenied) -> CheckoutState:
    asked = state.uses[event.promotion_id]
    assert not asked.answered, "answered twice"
    if isinstance(event, CheckoutUseReserved):
        known = replace(asked, answered=True, terms=event.terms)
    else:
        known = replace(asked, answered=True, refusal=event.reason, since=event.since)
    return replace(state, uses={**state.uses, event.promotion_id: known}, waiting=state.waiting - 1)


def _priced(state: CheckoutState, event: CheckoutPriced) -> CheckoutState:
    demands = {each.sku: Demand(quantity=each.quantity, location=each.location) for each in event.demands}
    return replace(
        state,
        step=STEP_AFTER[type(event)],
        lines=event.lines,
        delivery=event.delivery,
        total_minor=event.total_minor,
        demands=demands,
        promotions=event.promotions,
        parts=0,
        waiting=len(demands),
        # Both are in `lines` and `demands` now; a row is written once a command, so it is kept small.
        cart_lines=(),
        prices={},
        uses={name: replace(use, terms=None) for name, use in state.uses.items()} if state.uses else state.uses,
        proposal=Proposal(),
    )


def _moved(state: CheckoutState, event: CheckoutLineMoved) -> CheckoutState:
    demand = state.demands[event.sku]
    most = max(demand.most_available, event.available)
    return _with_demand(state, event.sku, replace(demand, location=event.location, most_available=most))


def _failed(state: CheckoutState, event: CheckoutFailed) -> CheckoutState:
    assert event.step == state.step, "failed where it was not"
    return replace(
        state,
        step=STEP_AFTER[type(event)],
        failure=event.failure,
        waiting=0,
        missing=event.missing,
        current_total_minor=event.total_minor,
        not_applied=event.not_applied,
        differences=event.differences,
        client_secret="",  # Nobody may pay for it any more.
        ended_at=event.ended_at,
    )


def _with_demand(state: CheckoutState, sku: str, demand: Demand) -> CheckoutState:
    return replace(state, demands={**state.demands, sku: demand})
