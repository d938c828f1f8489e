"""Refunds: ours, and those made in Stripe's dashboard. Each is recorded once, whoever reports it first.

A cancelled payment gives back all that is left. How much that is may change while Stripe is asked: the dashboard gives
something back, or the charge is disputed. So the rest is asked for again when Stripe refused and less is left than was
asked for, and when a dispute has ended, each time under a new id. What Stripe refuses although we know all that it
knows, no further request would bring back: then a person is called (`for_people`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, takewhile

from msgspec.structs import replace

from schemas.envelope import derive_id
from schemas.payments.disputes import Dispute, is_later
from schemas.payments.messages import (
    DisputeRecorded,
    PaymentCancelDeferred,
    PaymentsEvent,
    PaymentState,
    RecordDispute,
    RecordStripeEvent,
)
from schemas.payments.refunds import (
    RecordRefund,
    RefundFailed,
    RefundPayment,
    RefundPending,
    RefundRequested,
    RefundState,
    RefundStatus,
    RefundSucceeded,
    SeenRefund,
)
from streams.payments.ledger import dispute_entries, entries
from streams.payments.state import evolve, is_chargeback, is_charged_back, kept, refundable, refunded

# A refund only moves up: Stripe may take back a success, never a failure.
RANK = {
    RefundStatus.UNKNOWN: 0,
    RefundStatus.REQUESTED: 1,
    RefundStatus.PENDING: 2,
    RefundStatus.SUCCEEDED: 3,
    RefundStatus.FAILED: 4,
}
assert RANK.keys() == set(RefundStatus)


Events = tuple[PaymentsEvent, ...]


def rest_refund_ids(payment_id: str) -> Iterator[str]:
    """Ids of the refunds by which a captured payment is cancelled, one after another."""
    yield derive_id(payment_id, "cancel")
    for number in count(1):
        yield derive_id(payment_id, f"cancel/{number}")


def refund(command: RefundPayment, state: PaymentState) -> Events:
    """Ask for a refund."""
    if command.refund_id in state.refunds:
        return ()  # The same command again: already decided.
    return (requested(state, refund_id=command.refund_id, amount=command.amount_minor, reason=command.reason),)


def take_back(state: PaymentState, reason: str) -> Events:
    """Give back what was captured: now, or, where a dispute or a refund under way has it, what may come of that."""
    return refund_the_rest(state, reason) or (() if state.cancelling else (deferred(state, reason),))


def deferred(state: PaymentState, reason: str) -> PaymentCancelDeferred:
    """That it is to be cancelled, remembered."""
    return PaymentCancelDeferred(payment_id=state.payment_id, reason=reason)


def refund_the_rest(state: PaymentState, reason: str) -> Events:
    """Ask for all that has not been asked for, once there is no dispute that would have Stripe refuse."""
    amount = refundable(state)
    if amount <= 0 or is_charged_back(state):
        return ()
    refund_id = next(each for each in rest_refund_ids(state.payment_id) if each not in state.refunds)
    return (requested(state, refund_id=refund_id, amount=amount, reason=reason, rest=True),)


def requested(state: PaymentState, *, refund_id: str, amount: int, reason: str, rest: bool = False) -> RefundRequested:
    """The request for one refund."""
    assert 0 < amount <= refundable(state), "never more than was taken"
    return RefundRequested(
        payment_id=state.payment_id,
        order_id=state.order_id,
        intent_id=state.intent_id,
        refund_id=refund_id,
        amount_minor=amount,
        reason=reason,
        rest=rest,
    )


def record_answer(command: RecordRefund, state: PaymentState) -> Events:
    """What Stripe answered to our request. The answer names no amount: it is the one we asked for.

    When Stripe refused, it comes with all that Stripe has on its books: what we did not know is recorded first.
    """
    refund_id = row_of(command, state)
    assert refund_id is not None, "refused before"
    asked = state.refunds.get(command.refund_id) or state.refunds[refund_id]
    answer = RefundState(
        amount_minor=asked.amount_minor, status=command.status, stripe_refund_id=command.stripe_refund_id
    )
    return _in_turn(
        state,
        *(partial(_seen, each) for each in command.refunds),
        *(partial(_disputed, each, "") for each in command.disputes),
        partial(
            _news, refund_id, answer, command.failure, barred=any(is_chargeback(each) for each in command.disputes)
        ),
    )


def record_webhook(command: RecordStripeEvent, state: PaymentState) -> Events:
    """What a webhook says of a refund, ours or the dashboard's."""
    if not command.stripe_refund_id or command.refund_amount_minor <= 0:
        return ()  # Nothing that could be recorded as a refund.
    seen = SeenRefund(
        refund_id=command.refund_id,
        stripe_refund_id=command.stripe_refund_id,
        status=command.refund_status,
        amount_minor=command.refund_amount_minor,
        failure=command.failure,
    )
    return _seen(seen, state)


def record_dispute(command: RecordDispute, state: PaymentState) -> Events:
    """What a webhook says of a dispute; once it has ended, what is left goes back if the payment is cancelled."""
    return _in_turn(
        state,
        partial(_disputed, command.dispute, command.stripe_event_id),
        lambda now: refund_the_rest(now, now.cancelling) if now.cancelling and now is not state else (),
    )


def _in_turn(state: PaymentState, *decisions: Callable[[PaymentState], Events]) -> Events:
    """All the events of decisions of which each is made on what the ones before have led to."""
    events: Events = ()
    for decide in decisions:
        news = decide(state)
        for event in news:
            state = evolve(state, event)
        events += news
    return events


def _seen(seen: SeenRefund, state: PaymentState) -> Events:
    now = RefundState(amount_minor=seen.amount_minor, status=seen.status, stripe_refund_id=seen.stripe_refund_id)
    refund_id = row_of(seen, state) or seen.stripe_refund_id
    return _news(refund_id, now, seen.failure, state)


def _disputed(shown: Dispute, said_by: str, state: PaymentState) -> Events:
    known = state.disputes.get(shown.dispute_id)
    if known is not None and not is_later(known, shown):
        return ()
    return (
        DisputeRecorded(
            payment_id=state.payment_id,
            order_id=state.order_id,
            stripe_event_id=said_by,
            dispute=shown,
            entries=dispute_entries(known, shown),
        ),
    )


def row_of(command: RecordRefund | SeenRefund, state: PaymentState) -> str | None:
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


def _news(refund_id: str, now: RefundState, failure: str, state: PaymentState, *, barred: bool = False) -> Events:
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
    return _failed_and_on(state, _failed(state, refund_id, now, came_back=came_back, failure=failure), barred=barred)


def _failed_and_on(state: PaymentState, failed: RefundFailed, *, barred: bool) -> Events:
    """The failure, and what follows: nothing is left, a dispute comes first, the rest is asked for, or a person called.

    `barred`: a dispute was open when Stripe refused; it may have ended before we heard of the refusal. Otherwise each
    request for the rest asks for less than the one before, so this ends.
    """
    after = evolve(state, failed)
    left = refundable(after)
    if left <= 0:
        return (failed,)
    if _was_the_rest(after, failed.refund_id):
        if is_charged_back(after):
            return (failed,)  # Asked for again when that has ended.
        if barred or left < failed.amount_minor:
            return (failed, *refund_the_rest(after, after.cancelling))
    return (replace(failed, for_people=True),)


def _was_the_rest(state: PaymentState, refund_id: str) -> bool:
    asked = takewhile(lambda each: each in state.refunds, rest_refund_ids(state.payment_id))
    return bool(state.cancelling) and refund_id in asked


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
