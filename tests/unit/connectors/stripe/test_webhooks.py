"""What Stripe says, as the payments room is told it."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stripe import WebhookSignature

from api.log.commands import headers_of
from connectors.stripe.events import NotUnderstood, concerns, translate
from connectors.stripe.inbox import envelope_of
from connectors.stripe.webhooks import WebhookRejected, parse, verify
from schemas.envelope import Envelope
from schemas.payments.messages import RecordStripeEvent
from schemas.payments.refunds import RefundStatus

SECRET = "whsec_test"
INTENT: dict[str, Any] = {
    "id": "pi_1", "object": "payment_intent", "status": "requires_capture", "amount_capturable": 4145,
    "amount_received": 0, "metadata": {"payment_id": "p-1"},
}  # fmt: skip
REFUND: dict[str, Any] = {
    "id": "re_1", "object": "refund", "status": "succeeded", "amount": 100, "payment_intent": "pi_1",
    "metadata": {"payment_id": "p-1", "refund_id": "r-1"},
}  # fmt: skip


def event(kind: str, about: dict[str, Any]) -> dict[str, Any]:
    return {"id": "evt_1", "type": kind, "created": 1_700_000_000, "data": {"object": about}}


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
        (b'{"id": 1}', signed(b'{"id": 1}', seconds_ago=-3_600)),
        (b'{"id": 1}', signed(b'{"id": 1}', secret="whsec_mallory")),
        (b"\xff\xfe", signed(b"{}")),
    ],
    ids=["unsigned", "empty", "altered", "stale", "ahead", "foreign", "no text"],
)
def test_any_other_body_is_rejected(raw: bytes, signature: str) -> None:
    with pytest.raises(WebhookRejected):
        verify(raw, signature, SECRET)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":1,"type":"x","data":{"object":{}}}',
        b'{"id":"e","type":"x"}',
        b'{"id":"e\\u0000","type":"x","data":{"object":{}}}',
        b'{"id":"e","type":"\\u0000","data":{"object":{}}}',
        b'{"id":"%s","type":"x","data":{"object":{}}}' % (b"e" * 256),
    ],
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


@pytest.mark.parametrize("metadata", ["", "p-1", ["p-1"], {"payment_id": {}}, {"payment_id": "p\0"}, {"payment_id": 1}])
def test_metadata_of_no_shape_we_know_is_not_taken_for_none_of_ours(metadata: object) -> None:
    with pytest.raises(NotUnderstood):
        concerns(event("payment_intent.succeeded", INTENT | {"metadata": metadata}))


@pytest.mark.parametrize(
    "odd",
    [
        {"amount_received": 1e30},
        {"amount_received": 10**18},
        {"amount_received": "4145"},
        {"amount_capturable": -1},
        {"amount_capturable": True},
        {"status": ["succeeded"]},
        {"status": "s" * 300},
        {"id": None},
        {"last_payment_error": "declined"},
        {"cancellation_reason": "\0"},
    ],
)
def test_an_intent_of_no_shape_we_know_is_not_guessed_at(odd: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        translate(event("payment_intent.succeeded", INTENT | odd), "p-1")


def test_the_same_event_has_the_same_command_id_and_time_whenever_it_is_published() -> None:
    received = 1_700_000_000_123
    first, again = envelope_of("evt_1", received, received + 4), envelope_of("evt_1", received, received + 900_000)
    assert (first.id, first.occurred_at) == (again.id, again.occurred_at)
    assert (first.actor, first.occurred_at) == ("stripe", received)
    assert envelope_of("evt_2", received, received).id != first.id


def test_an_event_that_waited_for_days_does_not_look_forgotten_by_the_engine() -> None:
    three_days_later = 1_700_000_000_123 + 3 * 86_400_000
    late = envelope_of("evt_1", 1_700_000_000_123, three_days_later)
    assert (late.occurred_at, late.sent_at) == (1_700_000_000_123, three_days_later)
    said = Envelope.of_command(headers_of(late))
    assert (said.occurred_at, said.sent_at) == (late.occurred_at, late.sent_at)


def test_a_database_whose_clock_is_ahead_makes_no_event_of_the_future() -> None:
    assert envelope_of("evt_1", 1_700_000_000_500, 1_700_000_000_000).occurred_at == 1_700_000_000_000


@given(st.one_of(st.text(st.characters(max_codepoint=255)), st.text().map(lambda text: f"t=1,v1={text}")), st.binary())
@example("t=1,v1=\xe9", b"{}")
@example("t=\xb2,v1=a", b"{}")
@example("t=" + "9" * 5_000 + ",v1=a", b"{}")
@example("t=1,v1=a", b"\xff")
def test_no_bytes_of_a_stranger_let_an_exception_of_the_library_escape(signature: str, raw: bytes) -> None:
    with pytest.raises(WebhookRejected):
        verify(raw, signature, SECRET)


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"id":"e","type":"t","data":{"object":{"a":' + b"9" * 5_000 + b"}}}")
@example(b'{"id":"\\ud800","type":"t","data":{"object":{}}}')
def test_a_body_is_an_event_or_is_rejected(raw: bytes) -> None:
    with contextlib.suppress(WebhookRejected):
        assert parse(raw)["id"]
