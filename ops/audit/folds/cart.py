"""Carts: lines, lock, order."""

from __future__ import annotations

from typing import Any

from ops.audit.findings import Problem
from ops.audit.world import State
from schemas.cart import messages as m


def initial() -> State:
    """A cart that was never made."""
    return {
        "cart_id": "",
        "status": "unknown",
        "channel": "",
        "lines": {},
        "checkout_id": None,
        "answer_to": "",
        "order_id": None,
        "version": 0,
        "touched_at": 0,
    }


def ended(state: State) -> bool:
    """Whether the row may have been forgotten."""
    return state["status"] in ("ordered", "expired")


def apply(state: State, event: Any) -> Problem | None:
    """The cart after the event."""
    if isinstance(event, m.CartRefused):
        return None
    problem = _possible(state, event)
    state["version"] = event.version
    match event:
        case m.CartCreated():
            state.update(cart_id=event.cart_id, status="open", channel=event.channel, touched_at=event.created_at)
        case m.CartLineSet():
            state["touched_at"] = event.touched_at
            state["lines"].pop(event.sku, None)
            if event.quantity:
                state["lines"][event.sku] = event.quantity
        case m.CartLocked():
            state.update(status="locked", checkout_id=event.checkout_id, answer_to=event.answer_to)
            state["touched_at"] = event.touched_at
        case m.CartLockLost() | m.CartUnlocked():
            state.update(status="open", checkout_id=None, answer_to="", touched_at=event.touched_at)
        case m.CartSealed():
            state["status"] = "sealed"
        case m.CartOrdered():
            state.update(status="ordered", order_id=event.order_id, touched_at=event.ordered_at)
        case m.CartExpired():
            state.update(status="expired", touched_at=event.expired_at)
    return problem


FROM: dict[type, tuple[str, ...]] = {
    m.CartCreated: ("unknown",),
    m.CartLineSet: ("open",),
    m.CartLocked: ("open",),
    m.CartLockLost: ("locked",),
    m.CartUnlocked: ("locked", "sealed"),
    m.CartSealed: ("locked",),
    m.CartOrdered: ("sealed",),
    m.CartExpired: ("open",),
}


def _possible(state: State, event: Any) -> Problem | None:
    if event.version != state["version"] + 1:
        return Problem("log.fold", f"cart version {state['version'] + 1}", str(event.version))
    if state["status"] not in FROM[type(event)]:
        return Problem("log.fold", f"{type(event).__name__} of a cart {FROM[type(event)]}", state["status"])
    if isinstance(event, m.CartLineSet) and event.quantity_before != state["lines"].get(event.sku, 0):
        return Problem("log.fold", f"{state['lines'].get(event.sku, 0)} before", str(event.quantity_before))
    if isinstance(event, m.CartLocked) and {each.sku: each.quantity for each in event.lines} != state["lines"]:
        return Problem("log.fold", f"locked with {state['lines']}", str(event.lines))
    if isinstance(event, m.CartOrdered | m.CartUnlocked) and event.checkout_id != state["checkout_id"]:
        return Problem("log.fold", f"checkout {state['checkout_id']}", event.checkout_id)
    if isinstance(event, m.CartLockLost | m.CartSealed) and event.answer_to != state["answer_to"]:
        return Problem("log.fold", f"{state['answer_to']}, which has the cart", event.answer_to)
    return None
