"""Orders: how far they are, and how their money stands."""

from __future__ import annotations

from typing import Any

from ops.audit.findings import FailedCheck
from ops.audit.model import State
from schemas.orders import messages as m

PLACED = (
    "order_id", "checkout_id", "cart_id", "payment_id", "channel", "lines", "allocations", "delivery", "total_minor",
    "contact", "promotions", "vat_rounding", "placed_at",
)  # fmt: skip

# The lifecycle as the business describes it; the deciding code has a table of its own.
NEXT = {
    "pending": {"confirmed", "cancelled"},
    "confirmed": {"picking", "cancelled"},
    "picking": {"packed", "cancelled"},
    "packed": {"part_despatched", "despatched", "cancelled"},
    "part_despatched": {"despatched", "returned"},
    "despatched": {"delivered", "delivery_failed"},
    "delivery_failed": {"despatched", "returned"},
    "delivered": {"returned"},
    "returned": {"refunded"},
    "refunded": {"returned"},
}


TOWARDS_THE_CUSTOMER = {"picking", "packed", "part_despatched", "despatched"}
DISPUTE_OVER = {None, "won", "lost", "warning_closed", "prevented"}


def initial() -> State:
    """An order that was never placed."""
    return {"order_id": "", "status": "unknown", "money": m.OrderMoney(), "updated_at": 0}


def apply(state: State, event: Any) -> FailedCheck | None:
    """The order after the event."""
    match event:
        case m.OrderPlaced():
            known = state["status"]
            state.update({name: getattr(event, name) for name in PLACED})
            state.update(status="pending", updated_at=event.placed_at)
            return None if known == "unknown" else FailedCheck("log.fold", "an order placed once", f"{known} before")
        case m.OrderConfirmed():
            return _move(state, state["status"], "confirmed", event.confirmed_at)
        case m.OrderAdvanced():
            return _move(state, event.previous.value, event.status.value, event.advanced_at)
        case m.OrderCancelled():
            return _move(state, event.previous.value, "cancelled", event.cancelled_at)
        case m.OrderMoneyRecorded():
            before = state["money"].sequence
            state.update(money=event.money, updated_at=max(state["updated_at"], event.recorded_at))
            if event.money.sequence <= before:
                return FailedCheck("log.fold", f"money sent after {before}", f"number {event.money.sequence}")
    return None


def _move(state: State, previous: str, status: str, at: int) -> FailedCheck | None:
    before = state["status"]
    state.update(status=status, updated_at=max(state["updated_at"], at))
    if wrong := _held(state["money"], before, status):
        return wrong
    if previous != before or status not in NEXT.get(before, ()):
        return FailedCheck("log.fold", f"a move from {before} to one of {sorted(NEXT.get(before, ()))}", status)
    return None


def all_back(money: m.OrderMoney) -> bool:
    """Whether the customer has all of the money again, or will have."""
    return 0 < money.captured_minor <= money.refunded_minor + money.refund_pending_minor + money.lost_minor


def _held(money: m.OrderMoney, before: str, status: str) -> FailedCheck | None:
    """Goods whose money is disputed or gone stay; so does an order that is disputed."""
    open_dispute = money.dispute_status not in DISPUTE_OVER
    goods = status in TOWARDS_THE_CUSTOMER
    if open_dispute and (goods or (status == "cancelled" and before != "pending")):
        return FailedCheck("orders.held", f"an order held by a dispute that is {money.dispute_status}", status)
    if goods and all_back(money):
        return FailedCheck("orders.held", "an order whose money is back", status)
    if (before, status) == ("packed", "cancelled") and not all_back(money):
        return FailedCheck("orders.held", "a parcel that was packed, or its money back", status)
    return None
