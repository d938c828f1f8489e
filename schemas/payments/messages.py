"""Payments: one payment per checkout, authorised by hand-capture; refunds, disputes, ledger beside. Key: payment id.

States and webhook types are Stripe's (https://docs.stripe.com/payments/paymentintents/lifecycle).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.payments.disputes import Dispute
from schemas.payments.fields import FactAt, Failure, IntentId, StripeEventId
from schemas.payments.ledger import Entries, Shares
from schemas.payments.refunds import (
    RecordRefund,
    RefundFailed,
    RefundPayment,
    RefundPending,
    RefundRequested,
    RefundState,
    RefundStatus,
    RefundSucceeded,
)
from schemas.record import AnswerTo, Millis, OrderId, PaymentId, Pence, Record, doc
from schemas.room import Room, members


class PaymentStatus(StrEnum):
    """Where a payment is in its life."""

    UNKNOWN = "unknown"  # never asked for
    REQUESTED = "requested"  # the provider has been asked for an intent
    AWAITING_SHOPPER = "awaiting_shopper"  # the shopper must pay
    AUTHORISED = "authorised"  # the money is reserved on the card
    CAPTURING = "capturing"
    CAPTURED = "captured"
    VOIDING = "voiding"
    VOIDED = "voided"
    FAILED = "failed"  # the provider would not make an intent


class PaymentRefusal(StrEnum):
    """Why a payment command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_EXISTS = "payment_exists"
    WRONG_STATUS = "wrong_status"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    DISPUTED = "disputed"
    REFUND_EXCEEDS_CAPTURED = "refund_exceeds_captured"


# --- commands -------------------------------------------------------------------------------------


class RequestPayment(Record, kw_only=True):
    """Have the shopper pay this amount. Whatever becomes of the payment is answered to this address."""

    payment_id: PaymentId
    answer_to: AnswerTo
    order_id: OrderId
    amount_minor: Pence
    vat_shares: Shares


class RecordIntent(Record, kw_only=True):
    """Sent by the Stripe connector: the intent exists."""

    payment_id: PaymentId
    intent_id: IntentId
    client_secret: Annotated[str, doc("What the shopper's device shows Stripe to pay this intent.")]


class RecordIntentFailed(Record, kw_only=True):
    """Sent by the Stripe connector: Stripe will not make this intent, and asking again would not help."""

    payment_id: PaymentId
    failure: Failure


class RecordStripeEvent(Record, kw_only=True):
    """Sent by the webhook intake: Stripe says this happened. May come late, early, twice."""

    payment_id: PaymentId
    stripe_event_id: StripeEventId
    type: Annotated[str, doc("Stripe's type, e.g. `payment_intent.amount_capturable_updated`.")]
    intent_id: IntentId
    intent_status: Annotated[str, doc("Status of the intent in the event; empty for refund events.")] = ""
    amount_capturable_minor: Annotated[int, doc("Pence that can be captured.")] = 0
    amount_received_minor: Annotated[int, doc("Pence that were captured.")] = 0
    failure: Failure = ""
    refund_id: Annotated[str, doc("Our refund id from the metadata, or empty.")] = ""
    stripe_refund_id: Annotated[str, doc("Stripe's refund id `re_…`, or empty.")] = ""
    refund_status: Annotated[RefundStatus, doc("Status of the refund in the event.")] = RefundStatus.UNKNOWN
    refund_amount_minor: Annotated[int, doc("Pence of the refund.")] = 0


class RecordDispute(Record, kw_only=True):
    """Sent by the webhook intake: Stripe says that a dispute stands like this. May come late, early, twice."""

    payment_id: PaymentId
    stripe_event_id: StripeEventId
    dispute: Annotated[Dispute, doc("The dispute.")]


class CapturePayment(Record, kw_only=True):
    """Take the money: the order is placed. The answer goes where those to RequestPayment went."""

    payment_id: PaymentId


class AlreadyCaptured(Record, kw_only=True):
    """Answer to CapturePayment: the money was taken before it was asked for."""

    payment_id: PaymentId
    answer_to: AnswerTo
    amount_minor: Pence


class RecordCapture(Record, kw_only=True):
    """Sent by the Stripe connector: what became of a capture."""

    payment_id: PaymentId
    captured_minor: Annotated[int, doc("Pence captured; 0 when it failed.")]
    failure: Failure = ""


class CancelPayment(Record, kw_only=True):
    """Undo the payment, whatever its state: void it, or refund what was captured."""

    payment_id: PaymentId
    reason: Annotated[str, doc("Why, e.g. `checkout_expired`.")]


class RecordVoid(Record, kw_only=True):
    """Sent by the Stripe connector: what became of a void."""

    payment_id: PaymentId
    voided: Annotated[bool, doc("True: the intent is cancelled. False: it could not be.")]
    captured_minor: Annotated[int, doc("Pence that turn out to be captured already, when it could not be.")] = 0
    failure: Failure = ""


# --- events ---------------------------------------------------------------------------------------


class PaymentRequested(Record, kw_only=True):
    """An intent is wanted. The Stripe connector reacts."""

    payment_id: PaymentId
    answer_to: AnswerTo
    order_id: OrderId
    amount_minor: Pence
    vat_shares: Shares
    at: FactAt = 0


class PaymentIntentCreated(Record, kw_only=True):
    """The shopper can pay."""

    payment_id: PaymentId
    answer_to: AnswerTo
    intent_id: IntentId
    client_secret: Annotated[str, doc("What the shopper's device shows Stripe to pay this intent.")]
    at: FactAt = 0


class PaymentFailed(Record, kw_only=True):
    """The provider would not make an intent."""

    payment_id: PaymentId
    answer_to: AnswerTo
    failure: Failure
    at: FactAt = 0


class PaymentActionRequired(Record, kw_only=True):
    """The shopper's bank asks for a challenge (3-D Secure 2)."""

    payment_id: PaymentId
    answer_to: AnswerTo
    stripe_event_id: StripeEventId = ""
    at: FactAt = 0


class PaymentDeclined(Record, kw_only=True):
    """A card was declined; the shopper may try another."""

    payment_id: PaymentId
    answer_to: AnswerTo
    stripe_event_id: StripeEventId = ""
    failure: Failure
    at: FactAt = 0


class PaymentAuthorised(Record, kw_only=True):
    """The money is reserved on the card."""

    payment_id: PaymentId
    answer_to: AnswerTo
    intent_id: IntentId = ""
    amount_minor: Pence
    at: FactAt = 0


class CaptureRequested(Record, kw_only=True):
    """The money is to be taken. The Stripe connector reacts."""

    payment_id: PaymentId
    intent_id: IntentId
    amount_minor: Pence
    at: FactAt = 0


class PaymentCaptured(Record, kw_only=True):
    """The money was taken."""

    payment_id: PaymentId
    answer_to: AnswerTo
    order_id: OrderId
    intent_id: IntentId = ""
    amount_minor: Pence
    unwanted: Annotated[bool, doc("True: it goes back at once, and no order may rest on it.")] = False
    entries: Entries
    at: FactAt = 0


class CaptureFailed(Record, kw_only=True):
    """The money could not be taken, e.g. the authorisation had lapsed."""

    payment_id: PaymentId
    answer_to: AnswerTo
    failure: Failure
    at: FactAt = 0


class VoidRequested(Record, kw_only=True):
    """The intent is to be cancelled. The Stripe connector reacts."""

    payment_id: PaymentId
    intent_id: IntentId
    reason: Annotated[str, doc("Why.")]
    at: FactAt = 0


class PaymentCancelDeferred(Record, kw_only=True):
    """The payment is to be cancelled once it is known what there is to undo: an intent, a capture under way, or what a
    dispute leaves.
    """

    payment_id: PaymentId
    reason: Annotated[str, doc("Why.")]
    at: FactAt = 0


class PaymentVoided(Record, kw_only=True):
    """The payment ended without taking money."""

    payment_id: PaymentId
    answer_to: AnswerTo
    intent_id: IntentId = ""
    reason: Annotated[str, doc("Why.")]
    at: FactAt = 0


class DisputeRecorded(Record, kw_only=True):
    """A dispute of the charge was opened, or went on: money withdrawn or reinstated, won, lost, closed."""

    payment_id: PaymentId
    order_id: OrderId
    stripe_event_id: Annotated[str, doc("Stripe's event that said so; empty: found when a refund was refused.")] = ""
    dispute: Annotated[Dispute, doc("The dispute as it stands now.")]
    entries: Entries
    at: FactAt = 0


class PaymentRefused(Record, kw_only=True):
    """A payment command was refused and changed nothing."""

    payment_id: PaymentId
    answer_to: AnswerTo = ""
    command: Annotated[str, doc("Name of the refused command, e.g. `RefundPayment`.")]
    reason: Annotated[PaymentRefusal, doc("Why.")]
    status: Annotated[PaymentStatus, doc("Status of the payment.")]


# --- state ----------------------------------------------------------------------------------------


class PaymentState(Record, kw_only=True):
    """State: one payment."""

    payment_id: PaymentId = ""
    answer_to: AnswerTo = ""
    order_id: OrderId = ""
    status: Annotated[PaymentStatus, doc("Where it is in its life.")] = PaymentStatus.UNKNOWN
    amount_minor: Pence = 0
    vat_shares: Shares = ()
    intent_id: IntentId = ""
    cancelling: Annotated[
        str, doc("Why it is cancelled: what was captured is to go back, all of it; empty: it is not.")
    ] = ""
    notified: Annotated[tuple[str, ...], doc("Stripe events already answered with, while it awaits the shopper.")] = ()
    captured_minor: Pence = 0
    refunds: Annotated[dict[str, RefundState], doc("Refunds by id.")] = {}  # noqa: RUF012 - msgspec copies it
    disputes: Annotated[dict[str, Dispute], doc("Disputes of the charge by id.")] = {}  # noqa: RUF012
    refundable_minor: Annotated[
        int, doc("What can still be refunded, in pence; below zero when Stripe's dashboard was quicker than we.")
    ] = 0
    money_facts: Annotated[int, doc("Facts about money so far: the order is sent them in this sequence.")] = 0
    updated_at: Annotated[Millis, doc("Time of the last fact.")] = 0


PaymentsCommand = (
    RequestPayment
    | RecordIntent
    | RecordIntentFailed
    | RecordStripeEvent
    | RecordDispute
    | CapturePayment
    | RecordCapture
    | CancelPayment
    | RecordVoid
    | RefundPayment
    | RecordRefund
)
PaymentsEvent = (
    PaymentRequested
    | PaymentIntentCreated
    | PaymentFailed
    | PaymentActionRequired
    | PaymentDeclined
    | PaymentAuthorised
    | CaptureRequested
    | PaymentCaptured
    | CaptureFailed
    | PaymentCancelDeferred
    | VoidRequested
    | PaymentVoided
    | RefundRequested
    | RefundPending
    | RefundSucceeded
    | RefundFailed
    | DisputeRecorded
    | PaymentRefused
)

ROOM = Room(
    name="payments",
    key="payment id",
    key_fields=("payment_id",),
    commands=members(PaymentsCommand),
    events=members(PaymentsEvent),
    answers=(AlreadyCaptured,),
    state=PaymentState,
    recalls=True,
)
