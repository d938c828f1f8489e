"""Responses: written once, and made of what has fields of the same names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from api.http.responses import Amount, Body, DateTime, moment, pounds, respond


class Line(Body):
    sku: str
    gross: Amount


class Bill(Body):
    id: str
    total: Annotated[Amount | None, Meta(description="Null: not yet.")]
    at: DateTime
    lines: list[Line]
    first: Line | None


@dataclass(frozen=True)
class Row:
    total_minor: int | None
    at: int | datetime
    lines: list[Any]
    first: Any = None


@pytest.mark.parametrize("at", [1_800_000_000_123, datetime(2027, 1, 15, 8, 0, 0, 123_000, tzinfo=UTC)])
def test_a_body_is_made_of_a_row_by_the_names_of_its_fields(at: int | datetime) -> None:
    line = {"sku": "VASE", "gross_minor": 5, "never": "shown"}
    bill = Bill.of(Row(total_minor=5, at=at, lines=[line], first=line), id="b")
    shown = Line(sku="VASE", gross=pounds(5))
    assert bill == Bill(id="b", total=pounds(5), at="2027-01-15T08:00:00.123Z", lines=[shown], first=shown)
    assert Bill.of(Row(None, at, []), id="b") == Bill(id="b", total=None, at=moment(at), lines=[], first=None)


def test_what_a_row_does_not_have_is_no_response() -> None:
    with pytest.raises(AttributeError):
        Bill.of(object(), id="b")


def test_the_json_is_what_the_schema_says() -> None:
    response = respond(Line(sku="VASE", gross=pounds(5)), 201, {"location": "/x"})
    assert bytes(response.body) == b'{"sku":"VASE","gross":{"amount_minor":5,"currency":"GBP"}}'
    assert (response.status_code, response.headers["location"], "etag" in response.headers) == (201, "/x", False)
    schema = msgspec.json.schema_components([Line])[1]["Line"]
    assert (schema["required"], schema["additionalProperties"]) == (["sku", "gross"], False)
