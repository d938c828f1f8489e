"""Refunds: ours, and those made in Stripe's dashboard. Each is recorded once, whoever tells of it first."""

from __future__ import annotations

from schemas.envelope import derive_id
from schemas.payments.messages import (
    PaymentsEvent,
    PaymentState,
    RecordRefund,
    RecordStripeEvent,
    RefundFailed,
    RefundPayment,
    RefundPending,
    RefundRequested,
    RefundState,
    RefundStatus,
    RefundSucceeded,
)
from streams.payments.ledger import entries
from streams.payments.state import kept, refundable, refunded

# A refund only moves up: Stripe may take back a success, never a failure.
RANK = {
    RefundStatus.UNKNOWN: 0,
    RefundStatus.REQUESTED: 1,
    RefundStatus.PENDING: 2,
    RefundStatus.SUCCEEDED: 3,
    RefundStatus.FAILED: 4,
}
assert RANK.keys() == set(RefundStatus)


def cancel_refund_id(state: PaymentState) -> str:
    """Id of the refund by which a captured payment is cancelled."""
    return derive_id(state.payment_id, "cancel")


def refund(command: RefundPayment, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """Ask for a refund."""
    if command.refund_id in state.refunds:
        return ()  # The same wish again: already decided.
    return (requested(state, refund_id=command.refund_id, amount=command.amount_minor, reason=command.reason),)


def refund_the_rest(state: PaymentState, reason: str) -> tuple[PaymentsEvent, ...]:
    """Ask for all that has not been asked for."""
    amount, refund_id = refundable(state), cancel_refund_id(state)
    if amount <= 0 or refund_id in state.refunds:
        return ()
    return (requested(state, refund_id=refund_id, amount=amount, reason=reason),)


def requested(state: PaymentState, *, refund_id: str, amount: int, reason: str) -> RefundRequested:
    """The request for one refund."""
    assert 0 < amount <= refundable(state), "never more than was taken"
    return RefundRequested(
        payment_id=state.payment_id,
        order_id=state.order_id,
        intent_id=state.intent_id,
        refund_id=refund_id,
        amount_minor=amount,
        reason=reason,
    )


def record_answer(command: RecordRefund, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """What Stripe answered to our request. The answer names no amount: it is the one we asked for."""
    refund_id = row_of(command, state)
    assert refund_id is not None, "refused before"
    asked = state.refunds.get(command.refund_id) or state.refunds[refund_id]
    return _news(
        state,
        refund_id=refund_id,
        now=RefundState(
            amount_minor=asked.amount_minor, status=command.status, stripe_refund_id=command.stripe_refund_id
        ),
        failure=command.failure,
    )


def record_webhook(command: RecordStripeEvent, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """What a webhook says of a refund, ours or the dashboard's."""
    if not command.stripe_refund_id or command.refund_amount_minor <= 0:
        return ()  # Nothing that could be recorded as a refund.
    return _news(
        state,
        refund_id=row_of(command, state) or command.stripe_refund_id,
        now=RefundState(
            amount_minor=command.refund_amount_minor,
            status=command.refund_status,
            stripe_refund_id=command.stripe_refund_id,
        ),
        failure=command.failure,
    )


def row_of(command: RecordRefund | RecordStripeEvent, state: PaymentState) -> str | None:
    """The refund that is meant: by Stripe's id, else by ours; None: not one we know.

    Two Stripe refunds may name one of ours, when a request was made twice; the second one is a refund of its own.
    """
    for refund_id, known in state.refunds.items():
        if command.stripe_refund_id and known.stripe_refund_id == command.stripe_refund_id:
            return refund_id
    ours = state.refunds.get(command.refund_id)
    if ours is None:
        return None
    if command.stripe_refund_id and ours.stripe_refund_id:
        return command.stripe_refund_id
    return command.refund_id


def _is_news(known: RefundState | None, now: RefundState) -> bool:
    if RANK[now.status] < RANK[RefundStatus.PENDING]:
        return False
    if known is None:
        return True
    if not now.stripe_refund_id:  # Refused at once. What Stripe has shown to exist is stronger.
        return known.status is RefundStatus.REQUESTED
    return not known.stripe_refund_id or RANK[now.status] > RANK[known.status]


def _news(state: PaymentState, *, refund_id: str, now: RefundState, failure: str) -> tuple[PaymentsEvent, ...]:
    known = state.refunds.get(refund_id)
    if not _is_news(known, now):
        return ()
    if now.status is RefundStatus.PENDING:
        return (
            RefundPending(
                payment_id=state.payment_id,
                order_id=state.order_id,
                refund_id=refund_id,
                stripe_refund_id=now.stripe_refund_id,
                amount_minor=now.amount_minor,
            ),
        )
    if now.status is RefundStatus.SUCCEEDED:
        return (_succeeded(state, refund_id, now),)
    came_back = known.amount_minor if known and known.status is RefundStatus.SUCCEEDED else 0
    return (_failed(state, refund_id, now, came_back=came_back, failure=failure),)


def _succeeded(state: PaymentState, refund_id: str, now: RefundState) -> RefundSucceeded:
    held = kept(state)
    return RefundSucceeded(
        payment_id=state.payment_id,
        order_id=state.order_id,
        refund_id=refund_id,
        stripe_refund_id=now.stripe_refund_id,
        amount_minor=now.amount_minor,
        refunded_total_minor=refunded(state) + now.amount_minor,
        entries=entries(state.vat_shares, before=held, after=held - now.amount_minor),
    )


def _failed(state: PaymentState, refund_id: str, now: RefundState, *, came_back: int, failure: str) -> RefundFailed:
    held = kept(state)
    return RefundFailed(
        payment_id=state.payment_id,
        order_id=state.order_id,
        refund_id=refund_id,
        stripe_refund_id=now.stripe_refund_id,
        amount_minor=now.amount_minor,
        refunded_total_minor=refunded(state) - came_back,
        failure=failure,
        entries=entries(state.vat_shares, before=held, after=held + came_back),
    )
