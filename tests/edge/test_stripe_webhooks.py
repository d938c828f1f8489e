"""What Stripe says, as the payments room is told it."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from stripe import WebhookSignature

from connectors.stripe_webhooks import WebhookRejected, concerns, envelope_of, parse, translate, verify
from schemas.payments.messages import RecordStripeEvent, RefundStatus

SECRET = "whsec_test"
INTENT: dict[str, Any] = {
    "id": "pi_1", "object": "payment_intent", "status": "requires_capture", "amount_capturable": 4145,
    "amount_received": 0, "metadata": {"payment_id": "p-1"},
}  # fmt: skip
REFUND: dict[str, Any] = {
    "id": "re_1", "object": "refund", "status": "succeeded", "amount": 100, "payment_intent": "pi_1",
    "metadata": {"payment_id": "p-1", "refund_id": "r-1"},
}  # fmt: skip


def event(kind: str, about: dict[str, Any], *, created: int = 1_700_000_000) -> dict[str, Any]:
    return {"id": "evt_1", "type": kind, "created": created, "data": {"object": about}}


def signed(raw: bytes, *, seconds_ago: int = 0, secret: str = SECRET) -> str:
    return WebhookSignature.generate_signature_header(raw.decode(), secret, int(time.time()) - seconds_ago)


def test_a_signature_over_these_very_bytes_is_accepted() -> None:
    verify(b'{"id": 1}', signed(b'{"id": 1}', seconds_ago=290), SECRET)


@pytest.mark.parametrize(
    ("raw", "signature"),
    [
        (b'{"id": 1}', ""),
        (b'{"id": 1}', "t=,v1="),
        (b'{"id":1}', signed(b'{"id": 1}')),
        (b'{"id": 1}', signed(b'{"id": 1}', seconds_ago=310)),
        (b'{"id": 1}', signed(b'{"id": 1}', secret="whsec_mallory")),
        (b"\xff\xfe", signed(b"{}")),
    ],
    ids=["unsigned", "empty", "altered", "stale", "foreign", "no text"],
)
def test_any_other_body_is_rejected(raw: bytes, signature: str) -> None:
    with pytest.raises(WebhookRejected):
        verify(raw, signature, SECRET)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"id":1,"type":"x","data":{"object":{}}}', b'{"id":"e","type":"x"}']
)
def test_a_signed_body_that_is_no_event_is_rejected(raw: bytes) -> None:
    with pytest.raises(WebhookRejected):
        parse(raw)


def test_an_authorisation_is_told_with_its_amount() -> None:
    said = parse(orjson.dumps(event("payment_intent.amount_capturable_updated", INTENT)))
    assert translate(said, concerns(said) or "") == RecordStripeEvent(
        payment_id="p-1",
        stripe_event_id="evt_1",
        type="payment_intent.amount_capturable_updated",
        intent_id="pi_1",
        intent_status="requires_capture",
        amount_capturable_minor=4145,
    )


def test_a_declined_card_is_told_with_the_banks_reason() -> None:
    error = {"code": "card_declined", "decline_code": "insufficient_funds"}
    said = event("payment_intent.payment_failed", INTENT | {"last_payment_error": error})
    command = translate(said, "p-1")
    assert command is not None
    assert command.failure == "insufficient_funds"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
        ("invented_later", RefundStatus.UNKNOWN),
    ],
)
@pytest.mark.parametrize("intent", ["pi_1", {"id": "pi_1", "object": "payment_intent"}])
def test_a_refund_is_told_with_both_its_ids(status: str, told: RefundStatus, intent: object) -> None:
    command = translate(event("refund.updated", REFUND | {"status": status, "payment_intent": intent}), "p-1")
    assert command is not None
    assert (command.refund_id, command.stripe_refund_id, command.intent_id) == ("r-1", "re_1", "pi_1")
    assert (command.refund_status, command.refund_amount_minor) == (told, 100)


@pytest.mark.parametrize(
    ("kind", "about"),
    [("customer.created", {"object": "customer"}), ("charge.refunded", {"object": "charge", "id": "ch_1"})],
)
def test_types_that_are_not_ours_say_nothing(kind: str, about: dict[str, Any]) -> None:
    assert translate(event(kind, about), "p-1") is None


@pytest.mark.parametrize("metadata", [None, {}, {"order": "1"}])
def test_an_intent_without_our_metadata_concerns_no_payment(metadata: object) -> None:
    assert concerns(event("payment_intent.succeeded", INTENT | {"metadata": metadata})) is None


def test_the_same_event_has_the_same_command_id_whenever_it_is_published() -> None:
    said = event("payment_intent.succeeded", INTENT)
    first, again = envelope_of(said, 1_700_000_000_500), envelope_of(said, 1_700_000_900_000)
    assert first.id == again.id
    assert (first.actor, first.occurred_at) == ("stripe", 1_700_000_000_000)


def test_an_event_that_stripe_repeats_for_days_does_not_look_days_old() -> None:
    three_days_later = 1_700_000_000_000 + 3 * 86_400_000
    late = envelope_of(event("payment_intent.succeeded", INTENT), three_days_later)
    assert three_days_later - late.occurred_at <= 3_600_000
