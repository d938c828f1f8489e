"""What is known of one payment, and how each event changes it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.orders.messages import OrderMoney
from schemas.payments.disputes import INQUIRIES, Dispute, DisputeStatus, gravest
from schemas.payments.messages import (
    CaptureFailed,
    CaptureRequested,
    DisputeRecorded,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCancelDeferred,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentRefused,
    PaymentRequested,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    PaymentVoided,
    VoidRequested,
)
from schemas.payments.refunds import (
    RefundFailed,
    RefundPending,
    RefundRequested,
    RefundState,
    RefundStatus,
    RefundSucceeded,
)

# Nothing is reserved yet, and the shopper may still pay.
OPEN = frozenset({PaymentStatus.REQUESTED, PaymentStatus.AWAITING_SHOPPER})


def refunded(state: PaymentState) -> int:
    """Pence that went back."""
    return sum(refund.amount_minor for refund in state.refunds.values() if refund.status is RefundStatus.SUCCEEDED)


def kept(state: PaymentState) -> int:
    """Pence of the customer's that we keep; below zero only while a refund is known and its capture is not."""
    return state.captured_minor - refunded(state)


def going_back(state: PaymentState) -> int:
    """Pence of refunds that were asked for, or that Stripe has not settled yet."""
    under_way = (RefundStatus.REQUESTED, RefundStatus.PENDING)
    return sum(refund.amount_minor for refund in state.refunds.values() if refund.status in under_way)


def refundable(state: PaymentState) -> int:
    """Pence that neither went back nor are on their way, nor were taken for a dispute; below zero when Stripe's
    dashboard was quicker than we.
    """
    taken = sum(dispute.withdrawn_minor for dispute in state.disputes.values())
    return kept(state) - going_back(state) - taken


def is_charged_back(state: PaymentState) -> bool:
    """Is there a dispute that is more than an inquiry? Until it has ended Stripe gives nothing back."""
    return any(is_chargeback(each) for each in state.disputes.values())


def is_chargeback(dispute: Dispute) -> bool:
    """Is it open, and more than an inquiry?"""
    return dispute.is_open and dispute.status not in INQUIRIES


def owed(state: PaymentState) -> int:
    """Pence that are to go back and are neither on their way nor held by a dispute: a person must see to them."""
    if state.status is not PaymentStatus.CAPTURED or not state.cancelling or is_charged_back(state):
        return 0
    return max(refundable(state), 0)


def money(state: PaymentState) -> OrderMoney:
    """What the order is sent of its money."""
    disputes = state.disputes.values()
    return OrderMoney(
        sequence=state.money_facts,
        captured_minor=state.captured_minor,
        refunded_minor=refunded(state),
        refund_pending_minor=going_back(state),
        owed_minor=owed(state),
        dispute_status=gravest(disputes),
        disputed_minor=sum(each.amount_minor for each in disputes if each.is_open),
        lost_minor=sum(each.withdrawn_minor for each in disputes if each.status is DisputeStatus.LOST),
    )


MONEY = (PaymentCaptured, RefundRequested, RefundPending, RefundSucceeded, RefundFailed, DisputeRecorded)


def evolve(state: PaymentState, event: PaymentsEvent) -> PaymentState:
    """The payment after the event."""
    if isinstance(event, PaymentRefused):
        return state
    after = _moved(state, event)
    return replace(
        after,
        refundable_minor=refundable(after),
        money_facts=state.money_facts + isinstance(event, MONEY),
        updated_at=max(state.updated_at, event.at),
    )


def _moved(state: PaymentState, event: PaymentsEvent) -> PaymentState:
    match event:
        case PaymentRequested():
            return _requested(state, event)
        case DisputeRecorded(dispute=dispute, entries=entries):
            assert sum(entry.amount_minor for entry in entries) == 0, "a booking has two sides"
            return replace(state, disputes={**state.disputes, dispute.dispute_id: dispute})
        case RefundRequested() | RefundPending() | RefundSucceeded() | RefundFailed():
            return _refund_moved(state, event)
        case PaymentActionRequired() | PaymentDeclined():
            return replace(state, notified=tuple(sorted({*state.notified, event.stripe_event_id})))
        case PaymentIntentCreated():
            assert state.status is PaymentStatus.REQUESTED, "a late answer moves nothing back"
            return replace(state, status=PaymentStatus.AWAITING_SHOPPER, intent_id=event.intent_id)
        case PaymentAuthorised():
            assert state.status in OPEN, "authorised once"
            return replace(state, status=PaymentStatus.AUTHORISED, intent_id=event.intent_id, notified=())
        case CaptureRequested():
            assert state.status is PaymentStatus.AUTHORISED, "only reserved money is taken"
            return replace(state, status=PaymentStatus.CAPTURING)
        case PaymentCancelDeferred(reason=reason):
            return replace(state, cancelling=reason)
        case VoidRequested(intent_id=intent_id, reason=reason):
            return replace(state, status=PaymentStatus.VOIDING, intent_id=intent_id, cancelling=reason, notified=())
        case PaymentCaptured() | CaptureFailed() | PaymentFailed() | PaymentVoided():
            return _ended(replace(state, notified=()), event)
        case PaymentRefused():
            return state
        case _:
            assert_never(event)


def _requested(state: PaymentState, event: PaymentRequested) -> PaymentState:
    assert state.status is PaymentStatus.UNKNOWN, "requested once"
    assert event.amount_minor == sum(share.gross_minor for share in event.vat_shares), "every penny stands under a rate"
    return PaymentState(
        payment_id=event.payment_id,
        answer_to=event.answer_to,
        order_id=event.order_id,
        status=PaymentStatus.REQUESTED,
        amount_minor=event.amount_minor,
        vat_shares=event.vat_shares,
    )


def _ended(state: PaymentState, event: PaymentCaptured | CaptureFailed | PaymentFailed | PaymentVoided) -> PaymentState:
    assert state.status is not PaymentStatus.CAPTURED, "taken once; money that was taken is refunded, never voided"
    match event:
        case PaymentCaptured(intent_id=intent_id, amount_minor=amount, entries=entries):
            assert sum(entry.amount_minor for entry in entries) == 0, "a booking has two sides"
            return replace(state, status=PaymentStatus.CAPTURED, intent_id=intent_id, captured_minor=amount)
        case PaymentVoided(intent_id=intent_id):
            return replace(state, status=PaymentStatus.VOIDED, intent_id=intent_id, cancelling="")
        case CaptureFailed() | PaymentFailed():
            return replace(state, status=PaymentStatus.FAILED, cancelling="")
        case _:
            assert_never(event)


def _refund_moved(
    state: PaymentState, event: RefundRequested | RefundPending | RefundSucceeded | RefundFailed
) -> PaymentState:
    match event:
        case RefundRequested():
            assert event.amount_minor <= refundable(state), "never more than was taken"
            status, stripe_refund_id = RefundStatus.REQUESTED, ""
        case RefundPending(stripe_refund_id=stripe_refund_id):
            status = RefundStatus.PENDING
        case RefundSucceeded(stripe_refund_id=stripe_refund_id):
            status = RefundStatus.SUCCEEDED
        case RefundFailed(stripe_refund_id=stripe_refund_id):
            status = RefundStatus.FAILED
        case _:
            assert_never(event)
    refund = RefundState(amount_minor=event.amount_minor, status=status, stripe_refund_id=stripe_refund_id)
    after = replace(state, refunds={**state.refunds, event.refund_id: refund})
    if isinstance(event, RefundRequested) and event.rest:
        after = replace(after, cancelling=event.reason)
    if isinstance(event, RefundSucceeded | RefundFailed):
        assert event.refunded_total_minor == refunded(after), "decided on another payment"
        assert sum(entry.amount_minor for entry in event.entries) == 0, "a booking has two sides"
    return after
