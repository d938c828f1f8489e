"""Payments: how far they are, what was captured, what became of each refund and each dispute."""

from __future__ import annotations

from typing import Any

from ops.audit.findings import FailedCheck
from ops.audit.model import State
from schemas.payments import messages as m
from schemas.payments.refunds import (
    RefundFailed,
    RefundPending,
    RefundRequested,
    RefundState,
    RefundStatus,
    RefundSucceeded,
)

REQUESTED = ("payment_id", "answer_to", "order_id", "amount_minor", "vat_shares")


def initial() -> State:
    """A payment that was never asked for."""
    return {
        "status": "unknown", "intent_id": "", "cancelling": "", "notified": (), "captured_minor": 0, "refunds": {},
        "disputes": {}, "refundable_minor": 0, "money_facts": 0, "updated_at": 0,
    }  # fmt: skip


def refunded(state: State) -> int:
    """Pence that went back."""
    return sum(each.amount_minor for each in state["refunds"].values() if each.status == "succeeded")


def going_back(state: State) -> int:
    """Pence of refunds that Stripe has not settled yet."""
    return sum(each.amount_minor for each in state["refunds"].values() if each.status in ("requested", "pending"))


def withdrawn(state: State) -> int:
    """Pence that Stripe took for disputes and did not give back."""
    return sum(each.withdrawn_minor for each in state["disputes"].values())


def fees(state: State) -> int:
    """Pence of fees for disputes."""
    return sum(each.fee_minor for each in state["disputes"].values())


def charged_back(state: State) -> bool:
    """Whether a dispute is open that is more than an inquiry: nothing can be given back meanwhile."""
    return any(each.status in ("unknown", "needs_response", "under_review") for each in state["disputes"].values())


def owed(state: State) -> int:
    """Pence of a cancelled payment that nothing sends back any more."""
    if state["status"] != "captured" or not state["cancelling"] or charged_back(state):
        return 0
    return max(refundable(state), 0)


def refundable(state: State) -> int:
    """Pence that neither went back nor are on their way, nor were taken for a dispute."""
    left: int = state["captured_minor"] - refunded(state) - going_back(state) - withdrawn(state)
    return left


MONEY = (m.PaymentCaptured, RefundRequested, RefundPending, RefundSucceeded, RefundFailed, m.DisputeRecorded)


def apply(state: State, event: Any) -> FailedCheck | None:
    """The payment after the event."""
    problem = _moved(state, event)
    state["refundable_minor"] = refundable(state)
    return problem


def _moved(state: State, event: Any) -> FailedCheck | None:  # noqa: C901 - one case for each kind of fact
    if not isinstance(event, m.PaymentRefused):
        state["money_facts"] += isinstance(event, MONEY)
        state["updated_at"] = max(state["updated_at"], event.at)
    before = state["status"]
    match event:
        case m.PaymentRequested():
            state.update({name: getattr(event, name) for name in REQUESTED})
            state["status"] = "requested"
            return _from(before, ("unknown",), event)
        case m.PaymentIntentCreated():
            state.update(status="awaiting_shopper", intent_id=event.intent_id)
            return _from(before, ("requested",), event)
        case m.PaymentActionRequired() | m.PaymentDeclined():
            state["notified"] = tuple(sorted({*state["notified"], event.stripe_event_id}))
        case m.PaymentAuthorised():
            state.update(status="authorised", intent_id=event.intent_id, notified=())
            return _from(before, ("requested", "awaiting_shopper"), event)
        case m.CaptureRequested():
            state["status"] = "capturing"
            return _from(before, ("authorised",), event)
        case m.PaymentCancelDeferred():
            state["cancelling"] = event.reason
        case m.VoidRequested():
            state.update(status="voiding", intent_id=event.intent_id, cancelling=event.reason, notified=())
        case m.PaymentCaptured() | m.PaymentVoided() | m.CaptureFailed() | m.PaymentFailed():
            return _ended(state, event)
        case RefundRequested() | RefundPending() | RefundSucceeded() | RefundFailed():
            return _refund(state, event)
        case m.DisputeRecorded(dispute=dispute):
            known = state["disputes"].get(dispute.dispute_id)
            state["disputes"][dispute.dispute_id] = dispute
            if known is not None and dispute.movements < known.movements:
                return FailedCheck(
                    "log.fold", f"{known.movements} movements of {dispute.dispute_id}", str(dispute.movements)
                )
    return None


def _from(before: str, allowed: tuple[str, ...], event: Any) -> FailedCheck | None:
    if before in allowed:
        return None
    return FailedCheck("log.fold", f"{type(event).__name__} of a payment {' or '.join(allowed)}", before)


def _ended(state: State, event: Any) -> FailedCheck | None:
    before = state["status"]
    state["notified"] = ()
    if not isinstance(event, m.PaymentCaptured):
        state["cancelling"] = ""
    match event:
        case m.PaymentCaptured():
            state.update(status="captured", intent_id=event.intent_id, captured_minor=event.amount_minor)
        case m.PaymentVoided():
            state.update(status="voided", intent_id=event.intent_id)
        case _:
            state["status"] = "failed"
    if before in ("captured", "unknown"):
        return FailedCheck("log.fold", f"no {type(event).__name__} of a payment that is {before}", "one")
    return None


REFUND_STATUS: dict[type, RefundStatus] = {
    RefundRequested: RefundStatus.REQUESTED,
    RefundPending: RefundStatus.PENDING,
    RefundSucceeded: RefundStatus.SUCCEEDED,
    RefundFailed: RefundStatus.FAILED,
}


def _refund(state: State, event: Any) -> FailedCheck | None:
    earlier = state["refunds"].get(event.refund_id)
    state["refunds"][event.refund_id] = RefundState(
        amount_minor=event.amount_minor,
        status=REFUND_STATUS[type(event)],
        stripe_refund_id=getattr(event, "stripe_refund_id", ""),
    )
    if isinstance(event, RefundRequested) and event.rest:
        state["cancelling"] = event.reason
    if isinstance(event, RefundFailed) and event.for_people:
        state["_called"] = True
    if isinstance(event, RefundSucceeded) and earlier and earlier.status in ("succeeded", "failed"):
        return FailedCheck("log.fold", f"refund {event.refund_id} succeeds once", f"{earlier.status.value} before")
    if isinstance(event, RefundSucceeded | RefundFailed) and event.refunded_total_minor != refunded(state):
        return FailedCheck("log.fold", f"{refunded(state)} refunded in all", str(event.refunded_total_minor))
    most = state["captured_minor"] - withdrawn(state)
    if isinstance(event, RefundRequested) and refunded(state) + going_back(state) > most:
        return FailedCheck("log.fold", f"at most {most} refunded", f"{event.amount_minor} more asked")
    return None
