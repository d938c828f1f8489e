"""PaymentIntents through their whole life, as our server drives them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_double.conftest import Running
from tests.stripe_double.receiver import Receiver


def test_an_intent_starts_without_a_payment_method(pay: Any) -> None:
    intent = pay(metadata={"order": "o-1"}, receipt_email="a@b.test", description="Order 1")
    assert intent.status == "requires_payment_method"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.metadata["order"], intent.receipt_email, intent.description) == ("o-1", "a@b.test", "Order 1")
    assert (intent.amount_capturable, intent.amount_received, intent.latest_charge) == (0, 0, None)


def test_automatic_payment_methods_are_told_back(pay: Any) -> None:
    intent = pay(automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
    assert intent.automatic_payment_methods.to_dict() == {"enabled": True, "allow_redirects": "never"}


def test_a_payment_method_makes_it_ready_to_confirm(pay: Any, api: stripe.StripeClient) -> None:
    intent = pay(payment_method="pm_card_visa")
    assert intent.status == "requires_confirmation"
    confirmed = api.v1.payment_intents.confirm(intent.id)
    assert (confirmed.status, confirmed.amount_received) == ("succeeded", 1999)


def test_a_hold_is_captured_whole(held: Any, api: stripe.StripeClient, receiver: Receiver) -> None:
    intent = held()
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1999, 0)
    captured = api.v1.payment_intents.capture(intent.id, params={"metadata": {"parcel": "1"}})
    assert (captured.status, captured.amount_capturable, captured.amount_received) == ("succeeded", 0, 1999)
    assert captured.metadata["parcel"] == "1"
    receiver.wait_for_types(
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    )


def test_a_part_is_captured_and_the_rest_released(held: Any, api: stripe.StripeClient, double: Running) -> None:
    intent = held()
    captured = api.v1.payment_intents.capture(
        intent.id, params={"amount_to_capture": 1500, "expand": ["latest_charge.balance_transaction"]}
    )
    charge = captured.latest_charge
    assert (captured.status, captured.amount_received) == ("succeeded", 1500)
    assert (charge.amount_captured, charge.balance_transaction.amount) == (1500, 1500)
    row = double.order("GET", "totals")["intents"][intent.id]
    assert (row["authorised"], row["captured"], row["released"], row["refunded"]) == (1999, 1500, 499, 0)


def test_more_than_the_hold_is_not_captured(held: Any, api: stripe.StripeClient) -> None:
    intent = held()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 2000})
    assert (refusal.value.code, refusal.value.param) == ("amount_too_large", "amount_to_capture")
    assert api.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ({}, "requires_payment_method"),
        ({"payment_method": "pm_card_visa"}, "requires_confirmation"),
        ({"payment_method": "pm_card_authenticationRequired", "confirm": True}, "requires_action"),
        ({"payment_method": "pm_card_visa", "confirm": True, "capture_method": "manual"}, "requires_capture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_paid_can_be_canceled(
    pay: Any, api: stripe.StripeClient, double: Running, start: dict[str, Any], status: str
) -> None:
    intent = pay(**start)
    assert intent.status == status
    canceled = api.v1.payment_intents.cancel(intent.id, params={"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert (canceled.amount_capturable, canceled.next_action) == (0, None)
    row = double.order("GET", "totals")["intents"][intent.id]
    assert row["held"] == 0 and row["released"] == row["authorised"]


def test_a_hold_expires_by_itself(held: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    intent = held()
    double.order("POST", f"payment_intents/{intent.id}/expire")
    expired = api.v1.payment_intents.retrieve(intent.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    receiver.wait_for_types("charge.expired", "payment_intent.canceled")
    [canceled] = [event for event in receiver.accepted if event.type == "payment_intent.canceled"]
    assert canceled.request.id is None


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
    ],
)
def test_a_decline_is_a_402_and_the_intent_may_try_again(
    pay: Any, api: stripe.StripeClient, receiver: Receiver, card: str, code: str, decline_code: str | None
) -> None:
    intent = pay(payment_method=method(api, card))
    with pytest.raises(stripe.CardError) as decline:
        api.v1.payment_intents.confirm(intent.id)
    error = decline.value.error
    assert error is not None and decline.value.http_status == 402
    assert (error.code, getattr(error, "decline_code", None)) == (code, decline_code)
    assert error.payment_intent.id == intent.id
    after = api.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.payment_method, after.last_payment_error.code) == (
        "requires_payment_method",
        None,
        code,
    )
    receiver.wait_for_types("charge.failed", "payment_intent.payment_failed")
    again = api.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_visa"})
    assert (again.status, again.last_payment_error) == ("succeeded", None)


def method(api: stripe.StripeClient, card: str) -> str:
    if card.startswith("pm_"):
        return card
    details = {"number": card, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    return api.v1.payment_methods.create(params={"type": "card", "card": details}).id


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241", "exp_month": 1, "exp_year": 2040}, "incorrect_number"),
        ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2040}, "invalid_expiry_month"),
        ({"number": "4242424242424242", "exp_month": 1, "exp_year": 2001}, "invalid_expiry_year"),
        ({"number": "4111111111111111", "exp_month": 1, "exp_year": 2040}, "card_declined"),
    ],
)
def test_a_wrong_card_makes_no_payment_method(api: stripe.StripeClient, card: Any, code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        api.v1.payment_methods.create(params={"type": "card", "card": card})
    assert refusal.value.code == code


def test_processing_ends_when_the_bank_says_so(pay: Any, api: stripe.StripeClient, double: Running) -> None:
    for outcome, status in (("succeeded", "succeeded"), ("failed", "requires_payment_method")):
        double.override(outcome={"processing": True}, operation="payment_intents.confirm")
        intent = pay(payment_method="pm_card_visa")
        assert api.v1.payment_intents.confirm(intent.id).status == "processing"
        double.order("POST", f"payment_intents/{intent.id}/settle", {"outcome": outcome})
        assert api.v1.payment_intents.retrieve(intent.id).status == status


def test_an_order_makes_the_issuer_decline_any_card(pay: Any, double: Running) -> None:
    double.override(outcome={"decline": "insufficient_funds"})
    with pytest.raises(stripe.CardError) as decline:
        pay(payment_method="pm_card_visa", confirm=True)
    assert decline.value.error.decline_code == "insufficient_funds"
    assert pay(payment_method="pm_card_visa", confirm=True).status == "succeeded"


def test_updates_reach_what_is_still_open(pay: Any, api: stripe.StripeClient) -> None:
    intent = pay(metadata={"a": "1", "b": "2"})
    updated = api.v1.payment_intents.update(intent.id, params={"amount": 2500, "metadata": {"a": "", "c": "3"}})
    assert (updated.amount, updated.metadata.to_dict()) == (2500, {"b": "2", "c": "3"})
    cleared = api.v1.payment_intents.update(intent.id, params={"metadata": ""})
    assert cleared.metadata.to_dict() == {}


def test_another_amount_makes_the_challenge_void(pay: Any, api: stripe.StripeClient) -> None:
    intent = pay(payment_method="pm_card_authenticationRequired", confirm=True)
    updated = api.v1.payment_intents.update(intent.id, params={"amount": 2500})
    assert (updated.status, updated.next_action) == ("requires_confirmation", None)


def test_a_customer_pays(api: stripe.StripeClient, pay: Any) -> None:
    customer = api.v1.customers.create(params={"email": "a@b.test", "metadata": {"k": "v"}})
    api.v1.customers.update(customer.id, params={"name": "Ada"})
    assert api.v1.customers.retrieve(customer.id).name == "Ada"
    attached = api.v1.payment_methods.attach("pm_card_visa", params={"customer": customer.id})
    assert attached.customer == customer.id
    mine, _ = pay(customer=customer.id), pay()
    assert [i.id for i in api.v1.payment_intents.list(params={"customer": customer.id}).data] == [mine.id]
