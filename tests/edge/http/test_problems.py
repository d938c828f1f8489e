"""What a caller is told when something is wrong."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from api.http.docs import problems
from api.http.fields import Id, Line
from api.http.problems import KINDS, MEDIA_TYPE, Problem, validation_problem
from api.inventory.requests import Reference


def test_a_problem_is_a_document_with_a_stable_code() -> None:
    response = Problem("cart_changed", "Read it again.", current_total=1).response("/v1/checkouts")
    assert response.status_code == 409
    assert response.headers["content-type"] == MEDIA_TYPE
    assert orjson.loads(bytes(response.body)) == {
        "type": "urn:bloomfield:problem:cart_changed",
        "title": "The cart or its total changed",
        "status": 409,
        "code": "cart_changed",
        "detail": "Read it again.",
        "instance": "/v1/checkouts",
        "current_total": 1,
    }


def test_the_first_field_stands_in_the_detail_and_all_of_them_in_errors() -> None:
    problem = validation_problem(
        [
            {"loc": ("body", "shipping_address", "postcode"), "msg": "Value error, no postcode", "type": "value_error"},
            {"loc": ("body", "colour"), "msg": "Extra inputs are not permitted", "type": "extra_forbidden"},
        ]
    )
    assert problem.code == "validation_failed"
    assert problem.detail.startswith("shipping_address.postcode: no postcode.")
    assert [(error["field"], error["rule"]) for error in problem.members["errors"]] == [
        ("shipping_address.postcode", "value_error"),
        ("colour", "extra_forbidden"),
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"loc": ("body", 7), "msg": "JSON decode error", "type": "json_invalid"}, "json_malformed"),
        ({"loc": ("header", "Idempotency-Key"), "msg": "missing", "type": "missing"}, "idempotency_key_missing"),
        ({"loc": ("header", "Cart-Secret"), "msg": "too long", "type": "string_too_long"}, "header_malformed"),
        ({"loc": ("body",), "msg": "Field required", "type": "missing"}, "validation_failed"),
    ],
)
def test_what_is_wrong_decides_the_code(error: dict[str, object], code: str) -> None:
    assert validation_problem([error]).code == code


@pytest.mark.parametrize(
    ("shape", "value", "words"),
    [
        (Id, "two words", "this is not the shape of an id of ours: 1 to 64 of A-Z a-z 0-9"),
        (Line, "Ada\nLovelace", "it has U+000A"),
        (Reference, "DN\x00", "it has U+0000"),
    ],
)
def test_a_shape_is_told_in_words_and_not_as_a_pattern(shape: Any, value: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(shape).validate_python(value)
    [error] = refused.value.errors()
    [told] = validation_problem([error | {"loc": ("body", "field")}]).members["errors"]
    assert told["reason"].startswith(words)


def test_every_documented_problem_has_an_example_under_its_status() -> None:
    documented = problems(*KINDS)
    for code, kind in KINDS.items():
        example = documented[kind.status]["content"][MEDIA_TYPE]["examples"][code]["value"]
        assert (example["code"], example["status"]) == (code, kind.status)


def test_an_instance_is_a_reference_whatever_the_path_was() -> None:
    assert Problem("internal", "x").document("/v1/a b\0<é")["instance"] == "/v1/a%20b%00%3C%C3%A9"
