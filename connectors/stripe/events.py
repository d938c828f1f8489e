"""What an event of Stripe says: whose it is, and what of it the payments room is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.ids import is_id
from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.messages import RecordDispute, RecordStripeEvent
from schemas.payments.refunds import RefundStatus, SeenRefund

NAME_CHARACTERS_MAX = 255  # of Stripe's ids and types; what PostgreSQL indexes is bounded anyway
PENCE_MAX = 999_999_999_999  # twelve digits, as in Stripe's own books
REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
DISPUTE_STATUS = {status.value: status for status in DisputeStatus}
REFUND_TYPES = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
DISPUTE_TYPES = "charge.dispute."


class NotUnderstood(Exception):
    """Signed by Stripe, and yet of no shape that we know."""


def concerns(event: Mapping[str, Any]) -> str | None:
    """Our id of the payment that the event is about, as our metadata says; None: it says nothing of ours.

    Raises NotUnderstood.
    """
    found = _mapping(event["data"]["object"].get("metadata")).get("payment_id")
    if found is None or found == "":
        return None
    if not isinstance(found, str) or not is_id(found):
        raise NotUnderstood(f"metadata.payment_id is no id of ours: {found!r:.100}")
    return found


def is_of_money(event: Mapping[str, Any]) -> bool:
    """True when its type is one that the payments room wants to hear of."""
    kind, about = event["type"], event["data"]["object"].get("object")
    if about == "payment_intent":
        return bool(kind.startswith("payment_intent."))
    return is_of_refund(event) or is_of_dispute(event)


def is_of_refund(event: Mapping[str, Any]) -> bool:
    """True when it tells of a refund, made by us or in Stripe's dashboard."""
    return event["type"] in REFUND_TYPES and event["data"]["object"].get("object") == "refund"


def is_of_dispute(event: Mapping[str, Any]) -> bool:
    """True when it tells of a dispute, or of an inquiry that may become one."""
    return str(event["type"]).startswith(DISPUTE_TYPES) and event["data"]["object"].get("object") == "dispute"


def translate(event: Mapping[str, Any], payment_id: str) -> RecordStripeEvent | RecordDispute | None:
    """What the event says of the payment; None when it says nothing of money. Raises NotUnderstood."""
    about = event["data"]["object"]
    if is_of_dispute(event):
        return RecordDispute(payment_id=payment_id, stripe_event_id=event["id"], dispute=dispute_of(about))
    if is_of_refund(event):
        return _refund(event, payment_id) if moves_money(about) else None
    return _intent(event, payment_id) if is_of_money(event) else None


def moves_money(refund: Mapping[str, Any]) -> bool:
    """False for what is left of an authorisation after a capture of less: Stripe shows that as a refund, too.

    Its destination is a `reversal`, and no balance transaction belongs to it.
    """
    card = _mapping(_mapping(refund.get("destination_details")).get("card"))
    released = card.get("type") == "reversal" and refund.get("balance_transaction") is None
    return not (released and refund.get("status") == "succeeded")


def refund_of(about: Mapping[str, Any]) -> SeenRefund:
    """A refund of Stripe's, as we take it. Raises NotUnderstood."""
    return SeenRefund(
        refund_id=_text(_mapping(about.get("metadata")).get("refund_id")),
        stripe_refund_id=_id_of(about),
        status=REFUND_STATUS.get(_text(about.get("status")), RefundStatus.UNKNOWN),
        amount_minor=_pence(about.get("amount")),
        failure=_text(about.get("failure_reason")),
    )


def dispute_of(about: Mapping[str, Any]) -> Dispute:
    """A dispute of Stripe's, as we take it. What it has moved, its balance transactions say. Raises NotUnderstood."""
    moved = [_mapping(each) for each in about.get("balance_transactions") or ()]
    return Dispute(
        dispute_id=_id_of(about),
        status=DISPUTE_STATUS.get(_text(about.get("status")), DisputeStatus.UNKNOWN),
        amount_minor=_pence(about.get("amount")),
        reason=_text(about.get("reason")),
        movements=len(moved),
        withdrawn_minor=-sum(_signed_pence(each.get("amount")) for each in moved),
        fee_minor=sum(_signed_pence(each.get("fee")) for each in moved),
    )


def _intent(event: Mapping[str, Any], payment_id: str) -> RecordStripeEvent:
    about = event["data"]["object"]
    error = _mapping(about.get("last_payment_error"))
    return RecordStripeEvent(
        payment_id=payment_id,
        stripe_event_id=event["id"],
        type=event["type"],
        intent_id=_id_of(about),
        intent_status=_text(about.get("status")),
        amount_capturable_minor=_pence(about.get("amount_capturable")),
        amount_received_minor=_pence(about.get("amount_received")),
        failure=_text(error.get("decline_code") or error.get("code") or about.get("cancellation_reason")),
    )


def _refund(event: Mapping[str, Any], payment_id: str) -> RecordStripeEvent:
    about = event["data"]["object"]
    refund = refund_of(about)
    return RecordStripeEvent(
        payment_id=payment_id,
        stripe_event_id=event["id"],
        type=event["type"],
        intent_id=reference(about.get("payment_intent")),
        refund_id=refund.refund_id,
        stripe_refund_id=refund.stripe_refund_id,
        refund_status=refund.status,
        refund_amount_minor=refund.amount_minor,
        failure=refund.failure,
    )


def intent_named(event: Mapping[str, Any]) -> str:
    """Refunds made in Stripe's dashboard, and disputes, have no metadata of ours: their intent tells whose they are."""
    of_charge = is_of_refund(event) or is_of_dispute(event)
    return reference(event["data"]["object"].get("payment_intent")) if of_charge else ""


def is_name(value: Any) -> bool:
    """An id or a type that PostgreSQL can keep, whose text has no zero byte."""
    return isinstance(value, str) and 0 < len(value) <= NAME_CHARACTERS_MAX and "\0" not in value


def _mapping(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotUnderstood(f"an object was expected: {value!r:.100}")
    return value


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not is_name(value):
        raise NotUnderstood(f"a short text was expected: {value!r:.100}")
    return str(value)


def _pence(value: Any) -> int:
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value <= PENCE_MAX:
        raise NotUnderstood(f"an amount in pence was expected: {value!r:.100}")
    return value


def _signed_pence(value: Any) -> int:
    if type(value) is not int or abs(value) > PENCE_MAX:
        raise NotUnderstood(f"a movement in pence was expected: {value!r:.100}")
    return value


def _id_of(about: Mapping[str, Any]) -> str:
    if not is_name(about.get("id")):
        raise NotUnderstood(f"an id was expected: {about.get('id')!r:.100}")
    return str(about["id"])


def reference(named: Any) -> str:
    """Stripe names another object by its id, or shows it whole."""
    return _id_of(named) if isinstance(named, dict) else _text(named)
