"""The protocol itself: keys, headers, forms, errors, paging, expansion, events."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import stripe

from tests.doubles.stripe.context import API_VERSION
from tests.doubles.stripe.form import decode
from tests.stripe_double.conftest import SECRET_KEY, Running


def test_the_api_version_is_that_of_the_library() -> None:
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize(
    ("encoded", "params"),
    [
        (b"a=1&b=x%20y&c=", {"a": "1", "b": "x y", "c": ""}),
        (b"card[number]=4242&card[exp][y]=1", {"card": {"number": "4242", "exp": {"y": "1"}}}),
        (b"expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        (b"expand[0]=a&expand[1]=b&items[0][q]=1", {"expand": ["a", "b"], "items": [{"q": "1"}]}),
    ],
)
def test_bracketed_forms(encoded: bytes, params: dict[str, Any]) -> None:
    assert decode(encoded) == params


def test_bearer_and_basic_keys(double: Running) -> None:
    assert double.get("/v1/events").status_code == 200
    assert double.http.get("/v1/events", auth=httpx.BasicAuth(SECRET_KEY, "")).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_test_other"}, {"Authorization": "Basic !!"}])
def test_a_wrong_key(double: Running, headers: dict[str, str]) -> None:
    refused = double.http.get("/v1/events", headers=headers)
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "invalid_request_error")
    assert "WWW-Authenticate" in refused.headers and "sk_test_other" not in refused.text


def test_headers_of_an_answer(double: Running) -> None:
    answer = double.post("/v1/payment_intents", key="k-1", amount="1999", currency="gbp")
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["original-request"] == answer.headers["request-id"]
    assert (answer.headers["idempotency-key"], answer.headers["stripe-version"]) == ("k-1", API_VERSION)
    assert "idempotent-replayed" not in answer.headers
    old = double.http.get(
        "/v1/events", headers={"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Version": "2024-06-20"}
    )
    assert old.headers["stripe-version"] == "2024-06-20"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/payment_intents/pi_1"),
        ("POST", "/v1/payment_intents/pi_1/explode"),
        ("GET", "/v1/payment_intents/"),
        ("GET", "/"),
    ],
)
def test_an_unknown_path(double: Running, method: str, path: str) -> None:
    answer = double.http.request(method, path, headers={"Authorization": f"Bearer {SECRET_KEY}"})
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (404, "invalid_request_error")
    assert error["message"].startswith(f"Unrecognized request URL ({method}: {path})")


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"currency": "gbp"}, "parameter_missing", "amount"),
        ({"amount": "1999"}, "parameter_missing", "currency"),
        ({"amount": "19.99", "currency": "gbp"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5", "currency": "gbp"}, "parameter_invalid_integer", "amount"),
        ({"amount": "29", "currency": "gbp"}, "amount_too_small", "amount"),
        ({"amount": "100000000", "currency": "gbp"}, "amount_too_large", "amount"),
        ({"amount": "1999", "currency": "xxx"}, None, "currency"),
        ({"amount": "1999", "currency": "gbp", "capture_method": "soon"}, None, "capture_method"),
        ({"amount": "1999", "currency": "gbp", "payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"amount": "1999", "currency": "gbp", "customer": "cus_none"}, "resource_missing", "customer"),
        ({"amount": "1999", "currency": "gbp", "confirm": "yes"}, None, "confirm"),
        ({"amount": "1999", "currency": "gbp", "off_session": "true"}, None, "off_session"),
        ({"amount": "1999", "currency": "gbp", "metadata[k]": "x" * 501}, None, "metadata"),
        ({"amount": "1999", "currency": "gbp", "bogus": "1"}, "parameter_unknown", "bogus"),
        ({"amount": "1999", "currency": "gbp", "bogus[a][b]": "1"}, "parameter_unknown", "bogus[a][b]"),
        (
            {"amount": "1999", "currency": "gbp", "confirm": "true"},
            "payment_intent_unexpected_state",
            None,
        ),
    ],
)
def test_what_validation_refuses(double: Running, form: dict[str, str], code: str | None, param: str | None) -> None:
    answer = double.post("/v1/payment_intents", **form)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param)


def test_json_is_not_spoken(double: Running) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    assert double.http.post("/v1/payment_intents", json={"amount": 1999}, headers=headers).status_code == 400


@pytest.mark.parametrize("noun", ["payment_intents", "charges", "refunds", "disputes", "events", "customers"])
def test_a_missing_object(double: Running, noun: str) -> None:
    answer = double.get(f"/v1/{noun}/none_1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


def test_cursors_walk_through_every_object(pay: Any, api: stripe.StripeClient) -> None:
    made = [pay().id for _ in range(7)][::-1]
    walked = [i.id for i in api.v1.payment_intents.list(params={"limit": 3}).auto_paging_iter()]
    assert walked == made
    back = api.v1.payment_intents.list(params={"limit": 2, "ending_before": made[3]})
    assert ([i.id for i in back.data], back.has_more) == (made[1:3], True)
    recent = api.v1.payment_intents.list(params={"created": {"gte": 1, "lt": 2}})
    assert (recent.data, recent.has_more) == ([], False)


@pytest.mark.parametrize("query", [{"limit": "101"}, {"limit": "0"}, {"starting_after": "pi_none"}])
def test_a_wrong_page(double: Running, query: dict[str, str]) -> None:
    assert double.get("/v1/payment_intents", **query).status_code == 400


def test_expansion(paid: Any, api: stripe.StripeClient) -> None:
    intent = paid(expand=["latest_charge.balance_transaction", "payment_method"])
    assert intent.latest_charge.balance_transaction.amount == 1999
    assert intent.payment_method.card.last4 == "4242"
    listed = api.v1.payment_intents.list(params={"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.captured is True
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.v1.payment_intents.retrieve(intent.id, params={"expand": ["nothing"]})


def test_events_keep_the_object_as_it_was(held: Any, api: stripe.StripeClient) -> None:
    intent = held()
    api.v1.payment_intents.capture(intent.id, options={"idempotency_key": "capture-1"})
    events = api.v1.events.list(params={"types": ["payment_intent.*"]}).data
    assert [event.type for event in events] == [
        "payment_intent.succeeded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.created",
    ]
    assert [event.data.object["status"] for event in events] == [
        "succeeded",
        "requires_capture",
        "requires_confirmation",
    ]
    assert events[0].api_version == API_VERSION
    assert events[0].request is not None and events[0].request.idempotency_key == "capture-1"
    assert api.v1.events.retrieve(events[0].id).type == "payment_intent.succeeded"
    assert [e.type for e in api.v1.events.list(params={"type": "charge.captured"}).data] == ["charge.captured"]
