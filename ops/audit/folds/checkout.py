"""Checkouts: the step, the lines, the stock they need."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ops.audit.findings import Problem
from ops.audit.world import State
from schemas.checkout import messages as m
from schemas.checkout.messages import Demand

STARTED = (
    "checkout_id",
    "cart_id",
    "payment_id",
    "order_id",
    "channel",
    "delivery_method",
    "contact",
    "expected_total_minor",
    "started_at",
    "expires_at",
)
# The step that each event begins, and the step or steps it may begin from.
STEPS: dict[type, tuple[str, tuple[str, ...]]] = {
    m.CheckoutStarted: ("locking", ("unknown",)),
    m.CheckoutCartLocked: ("pricing", ("locking",)),
    m.CheckoutPriced: ("holding", ("pricing",)),
    m.CheckoutHeld: ("preparing_payment", ("holding",)),
    m.CheckoutAwaitingPayment: ("awaiting_payment", ("preparing_payment",)),
    m.CheckoutAuthorised: ("sealing", ("preparing_payment", "awaiting_payment")),
    m.CheckoutSealed: ("committing", ("sealing",)),
    m.CheckoutStockCommitted: ("placing", ("committing",)),
    m.CheckoutOrderPlaced: ("capturing", ("placing",)),
    m.CheckoutCompleted: ("completed", ("capturing",)),
}


def initial() -> State:
    """A checkout that never began. `priced`: it has a total."""
    return {
        "step": "unknown",
        "cart_lines": (),
        "lock_version": 0,
        "prices": {},
        "lines": (),
        "delivery": None,
        "total_minor": 0,
        "demands": {},
        "client_secret": "",
        "failure": None,
        "missing": (),
        "current_total_minor": None,
        "ended_at": 0,
        "priced": False,
    }


def ended(state: State) -> bool:
    """Whether the row may have been forgotten."""
    return state["step"] in ("completed", "failed")


def apply(state: State, event: Any) -> Problem | None:
    """The checkout after the event."""
    before = state["step"]
    _change(state, event)
    if type(event) in STEPS:
        state["step"], allowed = STEPS[type(event)]
        if before not in allowed:
            return Problem("log.fold", f"{type(event).__name__} in step {' or '.join(allowed)}", before)
    if isinstance(event, m.CheckoutFailed) and event.step != before:
        return Problem("log.fold", f"failed in step {before}", event.step.value)
    if isinstance(event, m.CheckoutHeld) and not all(each.held for each in state["demands"].values()):
        return Problem("log.fold", "every line held", str(state["demands"]))
    if isinstance(event, m.CheckoutStockCommitted) and not all(each.committed for each in state["demands"].values()):
        return Problem("log.fold", "every line committed", str(state["demands"]))
    return None


def _change(state: State, event: Any) -> None:  # noqa: C901 - a table of contents
    match event:
        case m.CheckoutStarted():
            state.update({name: getattr(event, name) for name in STARTED})
        case m.CheckoutCartLocked():
            state.update(cart_lines=event.lines, lock_version=event.lock_version)
        case m.CheckoutLinePriced():
            state["prices"][event.sku] = event.price
        case m.CheckoutPriced():
            _priced(state, event)
        case m.CheckoutLineHeld():
            _demand(state, event.sku, held=True)
        case m.CheckoutLineCommitted():
            _demand(state, event.sku, committed=True)
        case m.CheckoutLineMoved():
            known = state["demands"].get(event.sku)
            most = max(known.most_available if known else 0, event.available)
            _demand(state, event.sku, location=event.location, most_available=most)
        case m.CheckoutAwaitingPayment():
            state["client_secret"] = event.client_secret
        case m.CheckoutExtended():
            state["expires_at"] = event.expires_at
        case m.CheckoutAuthorised():
            state["client_secret"] = ""
        case m.CheckoutCompleted():
            state["ended_at"] = event.ended_at
        case m.CheckoutFailed():
            state.update(step="failed", failure=event.failure, missing=event.missing, client_secret="")
            state.update(current_total_minor=event.total_minor, ended_at=event.ended_at)


def _priced(state: State, event: m.CheckoutPriced) -> None:
    demands = {each.sku: Demand(quantity=each.quantity, location=each.location) for each in event.demands}
    state.update(lines=event.lines, delivery=event.delivery, total_minor=event.total_minor, demands=demands)
    state.update(cart_lines=(), prices={}, priced=True)


def _demand(state: State, sku: str, **changes: Any) -> None:
    if sku in state["demands"]:
        state["demands"][sku] = replace(state["demands"][sku], **changes)
