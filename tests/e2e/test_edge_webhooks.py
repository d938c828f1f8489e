"""Stripe's webhooks through the edge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest
from stripe import WebhookSignature

from connectors.postgres.connection import dsn
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge, problem
from tests.waiting import eventually

Database = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def database(stack: Stack, edge: Edge) -> Iterator[Database]:
    with psycopg.connect(dsn(stack.settings()), autocommit=True) as connection:
        yield connection


def event(kind: str = "payment_intent.processing", **metadata: str) -> dict[str, Any]:
    about = {"id": "pi_1", "object": "payment_intent", "status": "processing", "metadata": metadata}
    return {"id": f"evt_{uuid4().hex}", "type": kind, "created": int(time.time()), "data": {"object": about}}


def deliver(
    edge: Edge, stack: Stack, raw: bytes, *, signed: bytes | None = None, seconds_ago: int = 0
) -> httpx.Response:
    secret, at = stack.settings().secret("stripe_webhook"), int(time.time()) - seconds_ago
    header = WebhookSignature.generate_signature_header((signed or raw).decode(), secret, at)
    return edge.guest().post("/v1/webhooks/stripe", content=raw, headers={"Stripe-Signature": header})


def status_of(database: Database, said: dict[str, Any]) -> str | None:
    row = database.execute("SELECT status FROM stripe_inbox WHERE stripe_event_id = %s", (said["id"],)).fetchone()
    return None if row is None else str(row[0])


def test_an_event_of_ours_is_on_the_log_before_it_is_answered(edge: Edge, stack: Stack, database: Database) -> None:
    said = event(payment_id=str(uuid4()))
    raw = orjson.dumps(said)
    answers = [deliver(edge, stack, raw) for _ in range(3)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"status": "published"})] * 3
    assert status_of(database, said) == "published"


@pytest.mark.parametrize("said", [event(), event("customer.created", payment_id="p"), event("invented.later")])
def test_an_event_that_is_none_of_ours_is_kept(
    edge: Edge, stack: Stack, database: Database, said: dict[str, Any]
) -> None:
    assert deliver(edge, stack, orjson.dumps(said)).json() == {"status": "kept"}
    assert status_of(database, said) == "kept"


def test_what_stripe_did_not_sign_leaves_no_trace(edge: Edge, stack: Stack, database: Database) -> None:
    said = event(payment_id=str(uuid4()))
    raw = orjson.dumps(said)
    assert problem(deliver(edge, stack, raw, signed=raw + b" ")) == (400, "signature_invalid")
    assert problem(deliver(edge, stack, raw, seconds_ago=400)) == (400, "signature_invalid")
    assert problem(edge.guest().post("/v1/webhooks/stripe", content=raw)) == (400, "signature_invalid")
    assert status_of(database, said) is None


def test_an_event_that_was_stored_and_not_published_is_swept_up(edge: Edge, database: Database) -> None:
    said = event(payment_id=str(uuid4()))
    database.execute(
        "INSERT INTO stripe_inbox (stripe_event_id, type, body, signature, received_at)"
        " VALUES (%s, %s, %s, '', now() - interval '1 minute')",
        (said["id"], said["type"], orjson.dumps(said)),
    )
    eventually(lambda: status_of(database, said) == "published")


@pytest.mark.parametrize("metadata", ["p-1", ["p-1"], {"payment_id": {"of": "what"}}])
def test_an_event_of_unexpected_shape_is_stored_and_an_alarm(
    edge: Edge, stack: Stack, database: Database, metadata: object
) -> None:
    said = event("payment_intent.succeeded")
    said["data"]["object"]["metadata"] = metadata
    answer = deliver(edge, stack, orjson.dumps(said))
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    assert status_of(database, said) == "failed"
    assert 'stripe_webhooks_set_aside_total{reason="not_understood"}' in edge.guest().get("/metrics").text


def test_what_postgresql_cannot_keep_is_refused_clearly(edge: Edge, stack: Stack) -> None:
    for changed in ({"id": "evt_\0"}, {"type": "\0"}):
        refused = deliver(edge, stack, orjson.dumps(event() | changed))
        assert problem(refused) == (400, "signature_invalid")
        assert "zero byte" in refused.json()["detail"]


def test_a_large_event_is_taken_in_and_one_without_bounds_is_not(edge: Edge, stack: Stack) -> None:
    large, larger = event(note="n" * 900_000), event(note="n" * 1_100_000)
    assert deliver(edge, stack, orjson.dumps(large)).json() == {"status": "kept"}
    refused = deliver(edge, stack, orjson.dumps(larger))
    assert problem(refused) == (413, "body_too_large")
    assert "1048576" in refused.json()["detail"]
