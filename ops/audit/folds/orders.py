"""Orders: how far they are, and what was paid and paid back."""

from __future__ import annotations

from typing import Any

from ops.audit.findings import Problem
from ops.audit.world import State
from schemas.orders import messages as m

PLACED = ("order_id", "checkout_id", "payment_id", "lines", "allocations", "total_minor")
ONLY_IN_VIEWS = ("cart_id", "channel", "delivery", "contact", "placed_at")

# The lifecycle as the business describes it; the deciding code has a table of its own.
NEXT = {
    "pending": {"confirmed", "cancelled"},
    "confirmed": {"picking", "cancelled"},
    "picking": {"packed", "cancelled"},
    "packed": {"part_despatched", "despatched"},
    "part_despatched": {"despatched"},
    "despatched": {"delivered", "delivery_failed"},
    "delivery_failed": {"despatched", "returned"},
    "delivered": {"returned"},
    "returned": {"refunded"},
    "refunded": {"returned"},
}


def initial() -> State:
    """An order that was never placed."""
    return {"order_id": "", "status": "unknown", "captured_minor": 0, "refunded_minor": 0, "updated_at": 0}


def apply(state: State, event: Any) -> Problem | None:
    """The order after the event."""
    match event:
        case m.OrderPlaced():
            known = state["status"]
            state.update({name: getattr(event, name) for name in (*PLACED, *ONLY_IN_VIEWS)})
            state.update(status="pending", updated_at=event.placed_at)
            return None if known == "unknown" else Problem("log.fold", "an order placed once", f"{known} before")
        case m.OrderConfirmed():
            state["captured_minor"] = event.captured_minor
            return _move(state, state["status"], "confirmed", event.confirmed_at)
        case m.OrderAdvanced():
            return _move(state, event.previous.value, event.status.value, event.advanced_at)
        case m.OrderCancelled():
            return _move(state, event.previous.value, "cancelled", event.cancelled_at)
        case m.OrderRefundRecorded():
            state["refunded_minor"] = event.refunded_total_minor
    return None


def _move(state: State, previous: str, status: str, at: int) -> Problem | None:
    before = state["status"]
    state.update(status=status, updated_at=at)
    if previous != before or status not in NEXT.get(before, ()):
        return Problem("log.fold", f"a move from {before} to one of {sorted(NEXT.get(before, ()))}", status)
    return None
