"""Refunds: asked for, as Stripe has them on its books, and what became of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.payments.disputes import Dispute
from schemas.payments.fields import FactAt, Failure, IntentId
from schemas.payments.ledger import Entries
from schemas.record import OrderId, PaymentId, Pence, Record, doc

RefundId = Annotated[str, an_id("Our id of the refund; Stripe's when it was made in Stripe's dashboard.")]


class RefundStatus(StrEnum):
    """Stripe's refund states, as far as money is concerned."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


# --- commands -------------------------------------------------------------------------------------


class RefundPayment(Record, kw_only=True):
    """Give money back."""

    payment_id: PaymentId
    refund_id: RefundId
    amount_minor: Pence
    reason: Annotated[str, doc("Why, e.g. `order_cancelled`.")]


class SeenRefund(Record, kw_only=True):
    """A refund that Stripe has on its books, whoever made it."""

    refund_id: Annotated[str, doc("Our refund id from the metadata, or empty.")] = ""
    stripe_refund_id: Annotated[str, doc("Stripe's refund id `re_…`.")]
    status: Annotated[RefundStatus, doc("How far it is.")]
    amount_minor: Pence
    failure: Failure = ""


class RecordRefund(Record, kw_only=True):
    """Sent by the Stripe connector: what became of a refund."""

    payment_id: PaymentId
    refund_id: RefundId
    stripe_refund_id: Annotated[str, doc("Stripe's refund id `re_…`; empty when it was refused.")]
    status: Annotated[RefundStatus, doc("What Stripe answered.")]
    failure: Failure = ""
    refunds: Annotated[
        tuple[SeenRefund, ...], doc("When Stripe refused: every refund of the charge that it has on its books.")
    ] = ()
    disputes: Annotated[
        tuple[Dispute, ...], doc("When Stripe refused: every dispute of the charge that it has on its books.")
    ] = ()


# --- events ---------------------------------------------------------------------------------------


class RefundRequested(Record, kw_only=True):
    """Money is to go back. The Stripe connector reacts."""

    payment_id: PaymentId
    order_id: OrderId
    intent_id: IntentId
    refund_id: RefundId
    amount_minor: Pence
    reason: Annotated[str, doc("Why.")]
    rest: Annotated[bool, doc("True: it is all that is left, because the payment is cancelled.")] = False
    at: FactAt = 0


class RefundPending(Record, kw_only=True):
    """Stripe has taken the refund on; perhaps the first we hear of one made in Stripe's dashboard."""

    payment_id: PaymentId
    order_id: OrderId
    refund_id: RefundId
    stripe_refund_id: Annotated[str, doc("Stripe's refund id.")]
    amount_minor: Pence
    at: FactAt = 0


class RefundSucceeded(Record, kw_only=True):
    """Money went back."""

    payment_id: PaymentId
    order_id: OrderId
    refund_id: RefundId
    stripe_refund_id: Annotated[str, doc("Stripe's refund id.")]
    amount_minor: Pence
    refunded_total_minor: Annotated[int, doc("Pence refunded of this payment so far.")]
    entries: Entries
    at: FactAt = 0


class RefundFailed(Record, kw_only=True):
    """Money did not go back, or came back after it had; whatever was booked is booked back."""

    payment_id: PaymentId
    order_id: OrderId
    refund_id: RefundId
    stripe_refund_id: Annotated[str, doc("Stripe's refund id; empty when it was refused at once.")] = ""
    amount_minor: Pence
    refunded_total_minor: Annotated[int, doc("Pence refunded of this payment so far.")]
    failure: Failure
    for_people: Annotated[bool, doc("True: nothing more is asked of Stripe; a person must see that it goes back.")] = (
        False
    )
    entries: Entries
    at: FactAt = 0


# --- state ----------------------------------------------------------------------------------------


class RefundState(Record, kw_only=True):
    """One refund."""

    amount_minor: Pence
    status: Annotated[RefundStatus, doc("How far it is.")]
    stripe_refund_id: Annotated[str, doc("Stripe's refund id, or empty.")] = ""
