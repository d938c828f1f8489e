"""Idempotency keys: how they are written, and what counts as the same request."""

from __future__ import annotations

import pytest

from api.errors import Problem
from api.idempotency import Seals, fingerprint, parse_key, require_unguessable
from api.orders import Cancellation


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("8e03978e-40d5", "8e03978e-40d5"),
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ('  "a b" ', "a b"),
        (r'"say \"hi\" \\"', r'say "hi" \ '.strip()),
        ("k" * 255, "k" * 255),
    ],
)
def test_a_key_is_bare_or_a_quoted_string(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "idempotency_key_missing"),
        ('""', "idempotency_key_missing"),
        ("k" * 256, "header_malformed"),
        ('"half', "header_malformed"),
        ("é", "header_malformed"),
    ],
)
def test_what_is_no_key_is_refused(header: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_key(header)
    assert refused.value.code == code


def test_the_same_request_is_the_same_path_and_the_same_meaning() -> None:
    path = "/v1/orders/1/cancel"
    one = fingerprint(path, "web", Cancellation.model_validate_json('{"reason":"late"}'))
    assert one == fingerprint(path, "web", Cancellation.model_validate_json('{ "reason" : "late" }'))
    assert one != fingerprint("/v1/orders/2/cancel", "web", Cancellation(reason="late"))
    assert one != fingerprint(path, "ios", Cancellation(reason="late"))
    assert one != fingerprint(path, "web", Cancellation())
    assert one != fingerprint(path, "web", None)


@pytest.mark.parametrize("key", ["1", "cart-1", "k" * 36, "ab" * 20, "1764110000123456789", "0" * 32])
def test_a_key_that_somebody_else_may_have_too_is_refused_where_the_answer_is_a_secret(key: str) -> None:
    with pytest.raises(Problem) as refused:
        require_unguessable(key)
    assert (refused.value.code, refused.value.kind.status) == ("idempotency_key_weak", 422)


@pytest.mark.parametrize("key", ["8e03978e-40d5-43dd-bc93-6894a57f9324", '"9f86d081884c7d65"', "Zm9vYmFyYmF6cXV4MTIz"])
def test_a_random_key_is_taken(key: str) -> None:
    require_unguessable(key)


def test_what_redis_keeps_shows_no_secret_and_opens_for_the_same_command_alone() -> None:
    seals, answer = Seals("a" * 32), b'{"secret": "s3cr3t"}'
    kept = seals.seal("command-1", answer)
    assert "s3cr3t" not in kept
    assert kept != seals.seal("command-1", answer)
    assert seals.open("command-1", kept) == answer
    for other, name, text in (
        (seals, "command-2", kept),
        (Seals("b" * 32), "command-1", kept),
        (seals, "command-1", answer.decode()),
        (seals, "command-1", "AAAA"),
        (seals, "command-1", ""),
    ):
        assert other.open(name, text) is None
