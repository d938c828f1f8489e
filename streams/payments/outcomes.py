"""What Stripe says of the intent: answers to our own calls, and webhooks.

The two overtake each other and repeat, so every rule here asks only whether the payment still waits for the news.
That money moved is a fact whatever we had asked for: it is recorded, and given back if nobody wants it any more.
"""

from __future__ import annotations

from schemas.payments.messages import (
    CaptureFailed,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    PaymentVoided,
    RecordCapture,
    RecordIntent,
    RecordIntentFailed,
    RecordStripeEvent,
    RecordVoid,
    VoidRequested,
)
from schemas.payments.refunds import RefundStatus
from streams.payments import refunds
from streams.payments.ledger import entries
from streams.payments.state import OPEN, evolve, kept

# Challenges and declines that one payment answers with. Whoever tries more cards than this is testing stolen ones.
NOTICES_MAX = 50

ENDED = frozenset({PaymentStatus.CAPTURED, PaymentStatus.VOIDED, PaymentStatus.FAILED})


def record_intent(command: RecordIntent, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """The intent exists. A webhook may have been quicker and moved the payment on; then this says nothing new."""
    if state.status is not PaymentStatus.REQUESTED:
        return ()
    created = PaymentIntentCreated(
        payment_id=state.payment_id,
        answer_to="" if state.cancelling else state.answer_to,  # nobody may pay what is being cancelled
        intent_id=command.intent_id,
        client_secret=command.client_secret,
    )
    if state.cancelling:
        return (created, void(state, intent_id=command.intent_id, reason=state.cancelling))
    return (created,)


def record_intent_failed(command: RecordIntentFailed, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """There will be no intent."""
    if state.status is not PaymentStatus.REQUESTED:
        return ()
    return (PaymentFailed(payment_id=state.payment_id, answer_to=state.answer_to, failure=command.failure),)


def record_capture(command: RecordCapture, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """What became of the capture we asked for."""
    if command.captured_minor > 0:
        return captured(state, intent_id=state.intent_id, amount=command.captured_minor)
    if state.status is not PaymentStatus.CAPTURING:
        return ()
    failed = CaptureFailed(payment_id=state.payment_id, answer_to=state.answer_to, failure=command.failure)
    # The reservation may outlive the failure, and the shopper wants the money back on the card.
    return (failed, void(state, intent_id=state.intent_id, reason=state.cancelling or "capture_failed"))


def record_void(command: RecordVoid, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """What became of the void we asked for. The connector goes on trying until it is voided or captured."""
    if command.voided:
        return voided(state, intent_id=state.intent_id, reason=command.failure)
    return captured(state, intent_id=state.intent_id, amount=command.captured_minor)


def record_webhook(command: RecordStripeEvent, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """What a webhook says of the intent, or of a refund."""
    if command.refund_status is not RefundStatus.UNKNOWN:
        return refunds.record_webhook(command, state)
    if state.intent_id and command.intent_id != state.intent_id:
        return ()  # An intent made by mistake: no shopper ever saw its secret.
    match command.type:
        case "payment_intent.succeeded":
            return captured(state, intent_id=command.intent_id, amount=command.amount_received_minor)
        case "payment_intent.canceled":
            return voided(state, intent_id=command.intent_id, reason=command.failure)
        case _ if reserves(command):
            return authorised(command, state)
        case "payment_intent.requires_action" | "payment_intent.payment_failed":
            return notice(command, state)
        case _:
            return ()  # E.g. `processing`: nothing has been decided yet.


def reserves(command: RecordStripeEvent) -> bool:
    """Does it say that the money is reserved? The status knows better than the type, which also stands for captures."""
    by_type = command.type == "payment_intent.amount_capturable_updated" and not command.intent_status
    return by_type or command.intent_status == "requires_capture"


def authorised(command: RecordStripeEvent, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """The money is reserved; if it is no longer wanted, let it go."""
    if state.status not in OPEN:
        return ()
    if state.cancelling:
        return (void(state, intent_id=command.intent_id, reason=state.cancelling),)
    amount = command.amount_capturable_minor or state.amount_minor
    return (_authorised(state, intent_id=command.intent_id, amount=amount),)


def notice(command: RecordStripeEvent, state: PaymentState) -> tuple[PaymentsEvent, ...]:
    """A challenge or a decline: an answer, once, while whoever asked waits for the shopper."""
    known = command.stripe_event_id in state.notified or len(state.notified) >= NOTICES_MAX
    if state.status not in OPEN or state.cancelling or known:
        return ()
    payment_id, asker, event_id = state.payment_id, state.answer_to, command.stripe_event_id
    if command.type == "payment_intent.payment_failed":
        declined = PaymentDeclined(
            payment_id=payment_id, answer_to=asker, stripe_event_id=event_id, failure=command.failure
        )
        return (declined,)
    return (PaymentActionRequired(payment_id=payment_id, answer_to=asker, stripe_event_id=event_id),)


def captured(state: PaymentState, *, intent_id: str, amount: int) -> tuple[PaymentsEvent, ...]:
    """Money was taken: book it, once, and give it back if the payment was to end without."""
    if amount <= 0 or state.status is PaymentStatus.CAPTURED:
        return ()
    held = kept(state)
    unwanted = state.cancelling or ("payment_ended" if state.status in ENDED else "")
    fact = PaymentCaptured(
        payment_id=state.payment_id,
        answer_to=state.answer_to,
        order_id=state.order_id,
        intent_id=intent_id,
        amount_minor=amount,
        unwanted=bool(unwanted),
        entries=entries(state.vat_shares, before=held, after=held + amount),
    )
    if unwanted:
        return (fact, *refunds.take_back(evolve(state, fact), unwanted))
    if state.status in OPEN:  # The news of the authorisation is late; the checkout cannot go on without it.
        return (_authorised(state, intent_id=intent_id, amount=amount), fact)
    return (fact,)


def voided(state: PaymentState, *, intent_id: str, reason: str) -> tuple[PaymentsEvent, ...]:
    """The intent is cancelled and can never be paid."""
    if state.status in ENDED:
        return ()
    why = state.cancelling or reason or "cancelled_by_provider"
    return (PaymentVoided(payment_id=state.payment_id, answer_to=state.answer_to, intent_id=intent_id, reason=why),)


def void(state: PaymentState, *, intent_id: str, reason: str) -> VoidRequested:
    """The request to cancel the intent."""
    return VoidRequested(payment_id=state.payment_id, intent_id=intent_id, reason=reason)


def _authorised(state: PaymentState, *, intent_id: str, amount: int) -> PaymentAuthorised:
    return PaymentAuthorised(
        payment_id=state.payment_id, answer_to=state.answer_to, intent_id=intent_id, amount_minor=amount
    )
