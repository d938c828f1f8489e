"""One key, one effect: replays, conflicts, clashes, and what is never stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.stripe_double.conftest import SECRET_KEY, Running

NEW = {"amount": "1999", "currency": "gbp"}


def test_the_same_call_is_answered_from_the_record(double: Running) -> None:
    first = double.post("/v1/payment_intents", key="k", **NEW)
    second = double.post("/v1/payment_intents", key="k", **NEW)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"] != second.headers["request-id"]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(double.get("/v1/payment_intents").json()["data"]) == 1
    log = double.order("GET", "requests")
    assert log["duplicates"] == {"k": {"calls": 2, "replays": 1, "path": "/v1/payment_intents"}}
    assert log["counts"]["payment_intents.create"] == 2
    assert [entry["replayed"] for entry in log["requests"] if entry["idempotency_key"] == "k"] == [False, True]


def test_the_order_of_fields_does_not_matter(double: Running) -> None:
    double.post("/v1/payment_intents", key="k", amount="1999", currency="gbp")
    again = double.post("/v1/payment_intents", key="k", currency="gbp", amount="1999")
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "form"), [("/v1/payment_intents", {**NEW, "amount": "2000"}), ("/v1/refunds", {"payment_intent": "pi_1"})]
)
def test_another_call_under_the_same_key(double: Running, path: str, form: dict[str, str]) -> None:
    double.post("/v1/payment_intents", key="k", **NEW)
    clash = double.post(path, key="k", **form)
    assert (clash.status_code, clash.json()["error"]["type"]) == (400, "idempotency_error")


def test_the_library_knows_the_conflict(pay: Any, api: stripe.StripeClient) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "k"}
    api.v1.payment_intents.create(params={"amount": 700, "currency": "gbp"}, options=options)
    with pytest.raises(stripe.IdempotencyError):
        api.v1.payment_intents.create(params={"amount": 701, "currency": "gbp"}, options=options)


def test_two_at_once_make_one(double: Running) -> None:
    double.patch(api={"latency": {"probability": 1.0, "seconds": 0.3}})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: double.post("/v1/payment_intents", key="k", **NEW), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [clash] = [answer for answer in answers if answer.status_code == 409]
    assert clash.json()["error"]["code"] == "idempotency_key_in_use"
    assert double.post("/v1/payment_intents", key="k", **NEW).headers["idempotent-replayed"] == "true"
    assert len(double.get("/v1/payment_intents").json()["data"]) == 1


def test_a_decline_is_stored(double: Running) -> None:
    declined = {**NEW, "payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    first, second = (double.post("/v1/payment_intents", key="k", **declined) for _ in range(2))
    assert (first.status_code, second.status_code) == (402, 402)
    assert second.headers["idempotent-replayed"] == "true" and first.content == second.content
    assert double.order("GET", "requests")["counts"]["payment_intents.create"] == 2
    assert len(double.get("/v1/charges").json()["data"]) == 1


def test_a_refused_refund_is_stored(paid: Any, double: Running) -> None:
    form = {"payment_intent": paid().id, "amount": "5000"}
    refused, again = (double.post("/v1/refunds", key="k", **form) for _ in range(2))
    assert refused.status_code == again.status_code == 400
    assert again.headers["idempotent-replayed"] == "true"


def test_a_failed_validation_is_not_stored(double: Running) -> None:
    assert double.post("/v1/payment_intents", key="k", amount="x", currency="gbp").status_code == 400
    assert double.post("/v1/payment_intents", key="k", **NEW).status_code == 200


def test_a_429_is_not_stored(double: Running) -> None:
    double.override(api={"status": 429})
    assert double.post("/v1/payment_intents", key="k", **NEW).status_code == 429
    assert double.post("/v1/payment_intents", key="k", **NEW).status_code == 200


def test_a_500_is_stored(double: Running) -> None:
    double.override(api={"status": 500})
    first, second = (double.post("/v1/payment_intents", key="k", **NEW) for _ in range(2))
    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["idempotent-replayed"] == "true"
    assert double.get("/v1/payment_intents").json()["data"] == []


def test_a_key_has_255_characters_at_most(double: Running) -> None:
    assert double.post("/v1/payment_intents", key="k" * 255, **NEW).status_code == 200
    assert double.post("/v1/payment_intents", key="k" * 256, **NEW).status_code == 400


def test_reads_take_no_key(double: Running) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "k"}
    assert double.http.get("/v1/events", headers=headers).status_code == 200
    assert double.post("/v1/payment_intents", key="k", **NEW).status_code == 200
