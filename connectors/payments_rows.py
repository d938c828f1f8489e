"""Payment events as rows of `payments`, `refunds`, `disputes` and `ledger_entries`."""

from __future__ import annotations

from typing import Any, assert_never

from connectors.events import Event
from connectors.rows import DISPUTES, LEDGER_ENTRIES, PAYMENTS, REFUNDS, Row, moment, patch, put
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
    PaymentStatus,
    PaymentVoided,
    RefundFailed,
    RefundPending,
    RefundRequested,
    RefundStatus,
    RefundSucceeded,
    VoidRequested,
)
from schemas.room import parted

Refund = RefundRequested | RefundPending | RefundSucceeded | RefundFailed


def rows(event: Event, body: PaymentsEvent) -> tuple[Row, ...]:
    """What the event changes."""
    match body:
        case PaymentRequested():
            return (_requested(event, body),)
        case RefundRequested():
            return (_payment(event, body), _refund(event, body, RefundStatus.REQUESTED))
        case RefundPending():
            return (_payment(event, body), _refund(event, body, RefundStatus.PENDING, body.stripe_refund_id))
        case RefundSucceeded():
            refund = _refund(event, body, RefundStatus.SUCCEEDED, body.stripe_refund_id)
            return (_refunded(event, body), refund, *_ledger(event, body))
        case RefundFailed():
            refund = _refund(event, body, RefundStatus.FAILED, body.stripe_refund_id)
            return (_refunded(event, body), refund, *_ledger(event, body))
        case PaymentCaptured():
            return (_payment(event, body, **_changed(body)), *_ledger(event, body))
        case DisputeRecorded():
            return (_payment(event, body), _dispute(event, body), *_ledger(event, body))
        case _:
            return (_payment(event, body, **_changed(body)),)


def _requested(event: Event, body: PaymentRequested) -> Row:
    return put(
        PAYMENTS,
        payment_id=body.payment_id,
        checkout_id=parted(body.answer_to)[1],
        order_id=body.order_id,
        status=PaymentStatus.REQUESTED,
        amount_minor=body.amount_minor,
        version=event.version,
    )


def _changed(body: PaymentsEvent) -> dict[str, Any]:
    match body:
        case PaymentIntentCreated(intent_id=intent_id):
            return {"status": PaymentStatus.AWAITING_SHOPPER, "intent_id": intent_id}
        case PaymentAuthorised(intent_id=intent_id):
            return {"status": PaymentStatus.AUTHORISED, **_known(intent_id)}
        case CaptureRequested():
            return {"status": PaymentStatus.CAPTURING}
        case PaymentCaptured(intent_id=intent_id, amount_minor=amount):
            return {"status": PaymentStatus.CAPTURED, "captured_minor": amount, **_known(intent_id)}
        case CaptureFailed() | PaymentFailed():
            return {"status": PaymentStatus.FAILED}
        case VoidRequested(intent_id=intent_id):
            return {"status": PaymentStatus.VOIDING, **_known(intent_id)}
        case PaymentVoided(intent_id=intent_id):
            return {"status": PaymentStatus.VOIDED, **_known(intent_id)}
        case (
            PaymentRequested()
            | PaymentActionRequired()
            | PaymentDeclined()
            | PaymentCancelDeferred()
            | PaymentRefused()
            | RefundRequested()
            | RefundPending()
            | RefundSucceeded()
            | RefundFailed()
            | DisputeRecorded()
        ):
            return {}
        case _:
            assert_never(body)


def _known(intent_id: str) -> dict[str, str]:
    return {"intent_id": intent_id} if intent_id else {}


def _payment(event: Event, body: PaymentsEvent, **changed: Any) -> Row:
    return patch(PAYMENTS, payment_id=body.payment_id, version=event.version, **changed)


def _refunded(event: Event, body: RefundSucceeded | RefundFailed) -> Row:
    return _payment(event, body, refunded_minor=body.refunded_total_minor)


def _refund(event: Event, body: Refund, status: RefundStatus, stripe_refund_id: str = "") -> Row:
    return put(
        REFUNDS,
        payment_id=body.payment_id,
        refund_id=body.refund_id,
        amount_minor=body.amount_minor,
        status=status,
        stripe_refund_id=stripe_refund_id,
        version=event.version,
    )


def _dispute(event: Event, body: DisputeRecorded) -> Row:
    dispute = body.dispute
    return put(
        DISPUTES,
        payment_id=body.payment_id,
        dispute_id=dispute.dispute_id,
        status=dispute.status,
        amount_minor=dispute.amount_minor,
        withdrawn_minor=dispute.withdrawn_minor,
        fee_minor=dispute.fee_minor,
        reason=dispute.reason,
        version=event.version,
    )


def _ledger(event: Event, body: PaymentCaptured | RefundSucceeded | RefundFailed | DisputeRecorded) -> list[Row]:
    return [
        put(
            LEDGER_ENTRIES,
            event_id=event.id,
            line=line,
            payment_id=body.payment_id,
            account=entry.account,
            amount_minor=entry.amount_minor,
            vat_basis_points=entry.vat_basis_points,
            booked_at=moment(event.occurred_at),
        )
        for line, entry in enumerate(body.entries)
    ]
