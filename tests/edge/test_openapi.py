"""The contract: every path, with every way in which it can go wrong."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.app import build_app
from api.checkout.requests import NewCheckout
from api.http.docs_page import example, page
from api.http.options import Options
from api.http.problems import KINDS, MEDIA_TYPE
from api.orders.requests import Move
from process.settings import Settings
from schemas.orders.messages import AdvanceOrder
from schemas.orders.rules import MOVES

NOWHERE = Settings(
    kafka="", registry="", postgres="", redis="", api="", stripe="", s3="", s3_public="", secrets=Path(),
    topic_prefix="", hold_seconds=1,
)  # fmt: skip
ONCE = {"idempotency_key_missing", "idempotency_key_reused", "request_in_flight"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_app(NOWHERE, Options(slot=0)).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def codes(operation: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for response in operation["responses"].values():
        found |= set(response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}))
    return found


def test_it_is_openapi_3_1_with_one_problem_schema(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == list(KINDS)
    assert "HTTPValidationError" not in str(document["paths"])


def test_every_operation_names_its_problems_and_shows_its_answer(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert {"validation_failed", "rate_limited", "internal"} <= codes(operation), (method, path)
        shown = {media for one in operation["responses"].values() for media in one.get("content", {})}
        assert shown & {"application/json", "text/event-stream"}, path
        assert operation["summary"], path


def test_what_creates_or_charges_needs_a_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method != "post" or path == "/v1/webhooks/stripe":
            continue
        keys = [one for one in operation["parameters"] if one["name"] == "Idempotency-Key"]
        assert keys, path
        assert keys[0]["required"], path
        assert codes(operation) >= ONCE, path
        assert "202" in operation["responses"], path


def test_admin_paths_are_for_staff_and_no_others_are(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        assert ("token_missing" in codes(operation)) == path.startswith("/v1/admin/"), path
        assert ("security" in operation) == path.startswith("/v1/admin/"), path


def test_every_problem_is_documented_somewhere(document: dict[str, Any]) -> None:
    documented = set().union(*(codes(operation) for _, _, operation in operations(document)))
    assert set(KINDS) - documented <= {"not_found", "method_not_allowed"}  # of paths that do not exist


def test_there_is_a_page_to_read_that_loads_nothing(document: dict[str, Any]) -> None:
    html = page(document)
    for path, method, operation in operations(document):
        assert f"<code>{method.upper()} {path}</code></h2>" in html
        assert escape(operation["summary"]) in html
    assert not re.search("<script|<link|<img|style=| src=|https?://", html)
    assert "sw1y4jh".upper() in html.replace(" ", ""), "bodies are shown by example"


def test_the_examples_of_the_page_are_bodies_that_are_taken(document: dict[str, Any]) -> None:
    body = example({"$ref": "#/components/schemas/NewCheckout"}, document)
    assert NewCheckout.model_validate(body).shipping_address.city == "London"


def test_answers_name_the_headers_that_clients_rely_on(document: dict[str, Any]) -> None:
    def headers(method: str, path: str, status: int) -> set[str]:
        return set(document["paths"][path][method]["responses"][str(status)]["headers"])

    made = {"ETag", "Location", "Bloomfield-Position", "Idempotent-Replayed", "X-Request-Id"}
    assert headers("post", "/v1/carts", 201) == made
    assert "Retry-After" in headers("get", "/v1/orders/{order_id}", 503) & headers("post", "/v1/checkouts", 202)
    assert "WWW-Authenticate" in headers("get", "/v1/admin/orders", 401)
    assert "Bloomfield-Position" not in headers("get", "/v1/stock/{sku}", 200)


def test_amounts_that_are_shown_have_no_bound_and_those_that_are_sent_have(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "maximum" in schemas["Money"]["properties"]["amount_minor"]
    assert "maximum" not in schemas["Amount"]["properties"]["amount_minor"]


def test_staff_are_offered_only_the_statuses_that_an_order_can_be_advanced_to(document: dict[str, Any]) -> None:
    offered = document["components"]["schemas"]["Move"]["properties"]["status"]["enum"]
    reachable = {to.value for moves in MOVES.values() for to, by in moves.items() if by is AdvanceOrder}
    assert set(offered) == reachable
    assert not set(offered) & {"pending", "confirmed", "refunded", "cancelled"}
    query = document["paths"]["/v1/admin/orders"]["get"]["parameters"]
    [status] = [one for one in query if one["name"] == "status"]
    assert "cancelled" in str(status), "they can be listed by any status"


def test_a_status_that_nobody_can_advance_to_is_left_for_the_order_to_refuse() -> None:
    for status in ("pending", "refunded", "cancelled"):
        assert Move.model_validate({"status": status}).status == status
    with pytest.raises(ValidationError):
        Move.model_validate({"status": "unknown"})
