"""Idempotency keys: how they are written, and what counts as the same request."""

from __future__ import annotations

import pytest

from api.errors import Problem
from api.idempotency import fingerprint, parse_key
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
    one = fingerprint("/v1/orders/1/cancel", Cancellation.model_validate_json('{"reason":"late"}'))
    assert one == fingerprint("/v1/orders/1/cancel", Cancellation.model_validate_json('{ "reason" : "late" }'))
    assert one != fingerprint("/v1/orders/2/cancel", Cancellation(reason="late"))
    assert one != fingerprint("/v1/orders/1/cancel", Cancellation())
    assert one != fingerprint("/v1/orders/1/cancel", None)
