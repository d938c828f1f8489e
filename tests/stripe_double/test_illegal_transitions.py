"""Every verb in every status: what Stripe refuses, the double refuses, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.stripe_double.conftest import Running

STATUSES = (
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
)
LEGAL = {
    "confirm": {"requires_confirmation", "requires_action"},
    "capture": {"requires_capture"},
    "cancel": {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"},
    "update_amount": {"requires_payment_method", "requires_confirmation", "requires_action"},
    "update_metadata": set(STATUSES) - {"canceled"},
}
VERBS: dict[str, Callable[[stripe.StripeClient, str], Any]] = {
    "confirm": lambda api, i: api.v1.payment_intents.confirm(i),
    "capture": lambda api, i: api.v1.payment_intents.capture(i),
    "cancel": lambda api, i: api.v1.payment_intents.cancel(i),
    "update_amount": lambda api, i: api.v1.payment_intents.update(i, params={"amount": 777}),
    "update_metadata": lambda api, i: api.v1.payment_intents.update(i, params={"metadata": {"x": "1"}}),
}
REFUND_LEGAL = {"succeeded"}


@pytest.fixture
def brought_to(pay: Any, api: stripe.StripeClient, double: Running) -> Callable[[str], stripe.PaymentIntent]:
    def bring(status: str) -> stripe.PaymentIntent:
        if status == "processing":
            double.override(outcome={"processing": True})
        visa = {"payment_method": "pm_card_visa"}
        intent = {
            "requires_payment_method": lambda: pay(),
            "requires_confirmation": lambda: pay(**visa),
            "requires_action": lambda: pay(payment_method="pm_card_authenticationRequired", confirm=True),
            "processing": lambda: pay(**visa, confirm=True),
            "requires_capture": lambda: pay(**visa, confirm=True, capture_method="manual"),
            "succeeded": lambda: pay(**visa, confirm=True),
            "canceled": lambda: api.v1.payment_intents.cancel(pay().id),
        }[status]()
        assert intent.status == status
        return intent

    return bring


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_in_each_status(brought_to: Any, api: stripe.StripeClient, verb: str, status: str) -> None:
    intent = brought_to(status)
    if status in LEGAL[verb]:
        VERBS[verb](api, intent.id)
        return
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        VERBS[verb](api, intent.id)
    error = refusal.value.error
    assert error is not None and refusal.value.http_status == 400
    assert error.code == "payment_intent_unexpected_state"
    assert (error.payment_intent.id, error.payment_intent.status) == (intent.id, status)
    after = api.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.amount, after.metadata.to_dict()) == (status, 1999, {})


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_successful_charge_is_refunded(brought_to: Any, api: stripe.StripeClient, status: str) -> None:
    intent = brought_to(status)
    if status in REFUND_LEGAL:
        assert api.v1.refunds.create(params={"payment_intent": intent.id}).status == "succeeded"
        return
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        api.v1.refunds.create(params={"payment_intent": intent.id})


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"requires_capture"}))
def test_only_a_hold_expires(brought_to: Any, double: Running, status: str) -> None:
    intent = brought_to(status)
    assert double.http.post(f"/_double/payment_intents/{intent.id}/expire").status_code == 400
