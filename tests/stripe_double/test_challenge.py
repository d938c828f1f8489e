"""3D Secure 2 the way a browser meets it: publishable key, client secret, the issuer's page, the way back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tests.stripe_double.conftest import Running
from tests.stripe_double.receiver import Receiver

RETURN_URL = "http://shop.test/checkout/return?cart=7"
CHALLENGED = {"number": "4000002500003155", "exp_month": "12", "exp_year": "2040", "cvc": "123"}


def browser(double: Running, path: str, **form: str) -> httpx.Response:
    """Stripe.js sends its key in the form."""
    return double.http.post(path, data={"key": "pk_test_1", **form})


def confirm_in_browser(double: Running, intent: stripe.PaymentIntent, **form: str) -> httpx.Response:
    card = {f"payment_method_data[card][{name}]": value for name, value in CHALLENGED.items()}
    given = {"client_secret": str(intent.client_secret), "payment_method_data[type]": "card", **card, **form}
    return browser(double, f"/v1/payment_intents/{intent.id}/confirm", **given)


@pytest.mark.parametrize(("capture_method", "status"), [("manual", "requires_capture"), ("automatic", "succeeded")])
def test_a_passed_challenge_pays(
    pay: Any, api: stripe.StripeClient, double: Running, receiver: Receiver, capture_method: str, status: str
) -> None:
    intent = pay(capture_method=capture_method, metadata={"order": "1"})
    answer = confirm_in_browser(double, intent, return_url=RETURN_URL)
    shown = answer.json()
    assert (answer.status_code, shown["status"]) == (200, "requires_action")
    assert "metadata" not in shown and "latest_charge" not in shown
    redirect = shown["next_action"]["redirect_to_url"]
    assert redirect["return_url"] == RETURN_URL
    page = double.http.get(redirect["url"])
    assert page.text.count("<button") == 2
    back = double.http.post(redirect["url"], data={"outcome": "pass"})
    assert back.status_code == 303
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert (query["cart"], query["redirect_status"], query["payment_intent"]) == (["7"], ["succeeded"], [intent.id])
    assert query["payment_intent_client_secret"] == [intent.client_secret]
    assert api.v1.payment_intents.retrieve(intent.id).status == status
    receiver.wait_for_types("payment_intent.requires_action", "charge.succeeded")
    assert double.http.post(redirect["url"], data={"outcome": "pass"}).status_code == 404


def test_a_failed_challenge_asks_for_another_card(
    pay: Any, api: stripe.StripeClient, double: Running, receiver: Receiver
) -> None:
    intent = pay()
    url = confirm_in_browser(double, intent, return_url=RETURN_URL).json()["next_action"]["redirect_to_url"]["url"]
    back = double.http.post(url, data={"outcome": "fail"})
    assert "redirect_status=failed" in back.headers["location"]
    failed = api.v1.payment_intents.retrieve(intent.id)
    assert (failed.status, failed.payment_method, failed.latest_charge) == ("requires_payment_method", None, None)
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    receiver.wait_for_types("payment_intent.payment_failed")
    assert "charge.failed" not in receiver.types()


def test_without_a_return_url_the_script_shows_the_challenge(pay: Any, double: Running) -> None:
    shown = confirm_in_browser(double, pay()).json()
    action = shown["next_action"]
    assert (action["type"], action["use_stripe_sdk"]["type"]) == ("use_stripe_sdk", "three_d_secure_redirect")
    done = double.http.post(action["use_stripe_sdk"]["stripe_js"], data={"outcome": "pass"})
    assert done.status_code == 200
    secret = shown["client_secret"]
    seen = double.http.get(f"/v1/payment_intents/{shown['id']}", params={"key": "pk_test_1", "client_secret": secret})
    assert seen.json()["status"] == "succeeded"


def test_a_server_may_confirm_and_the_control_plane_may_pass(pay: Any, double: Running) -> None:
    intent = pay(payment_method="pm_card_authenticationRequired", confirm=True, return_url=RETURN_URL)
    assert intent.next_action.type == "redirect_to_url"
    passed = double.order("POST", f"payment_intents/{intent.id}/authenticate", {"outcome": "pass"})
    assert passed["status"] == "succeeded"


def test_the_issuer_may_decline_after_the_challenge(pay: Any, api: stripe.StripeClient, double: Running) -> None:
    card = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"
    intent = pay(payment_method=card, confirm=True)
    double.order("POST", f"payment_intents/{intent.id}/authenticate", {"outcome": "pass"})
    declined = api.v1.payment_intents.retrieve(intent.id)
    assert (declined.status, declined.last_payment_error.decline_code) == (
        "requires_payment_method",
        "insufficient_funds",
    )


@pytest.mark.parametrize("flag", ["off_session", "error_on_requires_action"])
def test_nobody_is_there_to_be_challenged(pay: Any, flag: str) -> None:
    with pytest.raises(stripe.CardError) as decline:
        pay(payment_method="pm_card_authenticationRequired", confirm=True, **{flag: True})
    assert decline.value.code == "authentication_required"


def test_a_canceled_intent_ends_its_challenge(pay: Any, api: stripe.StripeClient, double: Running) -> None:
    intent = pay(payment_method="pm_card_authenticationRequired", confirm=True, return_url=RETURN_URL)
    api.v1.payment_intents.cancel(intent.id)
    assert double.http.post(intent.next_action.redirect_to_url.url, data={"outcome": "pass"}).status_code == 404
    assert api.v1.payment_intents.retrieve(intent.id).status == "canceled"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"client_secret": "pi_x_secret_y"}, 400, "payment_intent_invalid_parameter"),
        ({"client_secret": ""}, 400, "payment_intent_invalid_parameter"),
        ({"key": "sk_test_wrong"}, 401, None),
    ],
)
def test_a_browser_needs_the_right_secret(
    pay: Any, double: Running, form: dict[str, str], status: int, code: str | None
) -> None:
    refused = confirm_in_browser(double, pay(), **form)
    assert (refused.status_code, refused.json()["error"].get("code")) == (status, code)


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/refunds", "/v1/payment_intents/pi_1/capture"])
def test_a_publishable_key_moves_no_money(double: Running, path: str) -> None:
    refused = browser(double, path, amount="1999", currency="gbp")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "secret_key_required")


def test_a_page_in_another_origin_may_call(double: Running) -> None:
    preflight = double.http.options("/v1/payment_methods")
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "*")
    made = browser(double, "/v1/payment_methods", type="card", **{f"card[{k}]": v for k, v in CHALLENGED.items()})
    assert made.json()["card"]["last4"] == "3155" and made.headers["access-control-allow-origin"] == "*"
