"""Stripe on its bad days: limits, errors, slowness, lost requests, lost responses, outage."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
import stripe

from tests.stripe_double.conftest import QUICK, SECRET_KEY, Running

NEW = {"amount": "1999", "currency": "gbp"}


def intents(double: Running) -> int:
    return int(double.http.get("/_double/health").json()["intents"])


def code_of(failure: stripe.StripeError) -> str | None:
    """The library sets `code` itself for some errors only."""
    assert failure.error is not None
    return failure.error.code


def test_beyond_the_rate_comes_429(double: Running, api: stripe.StripeClient, pay: Any) -> None:
    double.patch(api={"rate_limit": {"per_second": 0.001, "burst": 3}})
    for _ in range(3):
        pay()
    with pytest.raises(stripe.RateLimitError) as refusal:
        pay()
    assert code_of(refusal.value) == "rate_limit" and intents(double) == 3
    double.patch(api={"rate_limit": {"per_second": 0.0}})
    pay()


def test_a_locked_object(double: Running, pay: Any) -> None:
    double.override(api={"status": 429, "code": "lock_timeout"})
    with pytest.raises(stripe.RateLimitError) as refusal:
        pay()
    assert code_of(refusal.value) == "lock_timeout"


@pytest.mark.parametrize(("after", "made"), [(False, 0), (True, 1)])
def test_a_500_says_nothing_about_the_work(double: Running, after: bool, made: int) -> None:
    double.override(api={"status": 500, "after": after})
    failed = double.post("/v1/payment_intents", key="k", **NEW)
    assert (failed.status_code, failed.json()["error"]["type"]) == (500, "api_error")
    assert intents(double) == made
    assert double.post("/v1/payment_intents", key="k2", **NEW).status_code == 200


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_a_cut_connection_and_the_retry_under_its_key(double: Running, drop: str, made: int) -> None:
    double.override(api={"drop": drop}, operation="payment_intents.create")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        double.post("/v1/payment_intents", key="k", **NEW)
    assert intents(double) == made
    retried = double.post("/v1/payment_intents", key="k", **NEW)
    assert ("idempotent-replayed" in retried.headers) is (drop == "after")
    assert intents(double) == 1


def test_the_library_retries_over_a_lost_response(double: Running) -> None:
    double.override(api={"drop": "after"})
    retrying = stripe.StripeClient(SECRET_KEY, base_addresses={"api": double.base}, max_network_retries=2)
    made = retrying.v1.payment_intents.create(params={"amount": 1999, "currency": "gbp"})
    assert made.status == "requires_payment_method" and intents(double) == 1
    [duplicate] = double.order("GET", "requests")["duplicates"].values()
    assert duplicate["replays"] == 1


@pytest.mark.parametrize("setting", ["latency", "latency_after"])
def test_added_latency(double: Running, setting: str) -> None:
    double.patch(api={setting: {"probability": 1.0, "seconds": 0.2, "jitter_seconds": 0.05}})
    started = time.perf_counter()
    double.post("/v1/payment_intents", **NEW)
    assert time.perf_counter() - started >= 0.2


@pytest.mark.parametrize("outage", ["drop", "hang"])
def test_a_total_outage_leaves_only_the_control_plane(double: Running, outage: str) -> None:
    double.patch(api={"outage": outage})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout)):
        double.http.post("/v1/payment_intents", data=NEW, timeout=0.3)
    double.patch(api={"outage": ""})
    assert double.post("/v1/payment_intents", **NEW).status_code == 200


def test_an_outage_may_answer(double: Running, pay: Any) -> None:
    double.patch(api={"outage": "error"})
    with pytest.raises(stripe.APIError) as failure:
        pay()
    assert failure.value.http_status == 503


def test_an_order_hits_the_named_intent_only(pay: Any, api: stripe.StripeClient, double: Running) -> None:
    marked, other = pay(), pay()
    double.override(target=marked.id, operation="payment_intents.cancel", api={"status": 500})
    assert api.v1.payment_intents.cancel(other.id).status == "canceled"
    assert api.v1.payment_intents.retrieve(marked.id).status == "requires_payment_method"
    with pytest.raises(stripe.APIError):
        api.v1.payment_intents.cancel(marked.id)
    assert double.order("GET", "overrides") == []
    assert api.v1.payment_intents.cancel(marked.id).status == "canceled"


def test_draws_repeat_with_their_seed(double: Running) -> None:
    def drawn() -> list[int]:
        double.order("POST", "reset")
        double.patch(**QUICK)
        double.patch(seed=42, api={"error_500": {"probability": 0.5}})
        return [double.post("/v1/payment_intents", **NEW).status_code for _ in range(20)]

    first = drawn()
    assert set(first) == {200, 500} and first == drawn()


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PATCH", "settings", {"api": {"latencies": 1}}),
        ("PATCH", "settings", {"api": {"outage": "maybe"}}),
        ("PATCH", "settings", {"api": {"latency": {"seconds": "much"}}}),
        ("POST", "overrides", {"api": {"latency": 1}}),
        ("POST", "overrides", {"target": "next"}),
        ("POST", "overrides", {"api": {"status": 500}, "when": "now"}),
    ],
)
def test_a_misspelt_order_is_refused(double: Running, method: str, path: str, content: Any) -> None:
    assert double.http.request(method, f"/_double/{path}", json=content).status_code == 400


def test_the_state_tells_all_money(held: Any, paid: Any, double: Running) -> None:
    intent = held(metadata={"order": "o-1"})
    paid()
    state = double.order("GET", "state")
    assert state["totals"]["sums"] == {
        "authorised": 3998,
        "held": 1999,
        "captured": 1999,
        "released": 0,
        "refunded": 0,
        "refund_pending": 0,
        "disputed": 0,
        "withdrawn": 0,
        "dispute_fees": 0,
    }
    assert state["totals"]["intents"][intent.id]["metadata"] == {"order": "o-1"}
    assert state["payment_intents"][intent.id]["status"] == "requires_capture"
    assert len(state["charges"]) == 2
    assert double.http.get("/_double/nothing").status_code == 404
