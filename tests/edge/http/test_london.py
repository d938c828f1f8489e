"""What a person calls a day is London's, over the change of clocks (scenario 38)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from api.http.fields import StrictModel
from api.http.london import Begins, Ends, in_london
from api.http.responses import moment


class Window(StrictModel):
    valid_from: Begins = None
    valid_until: Ends = None


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("said", "begins", "ends"),
    [
        ("2026-01-30", "2026-01-30T00:00:00.000Z", "2026-01-31T00:00:00.000Z"),
        ("2026-03-29", "2026-03-29T00:00:00.000Z", "2026-03-29T23:00:00.000Z"),  # 23 hours: the clocks go forward
        ("2026-03-30", "2026-03-29T23:00:00.000Z", "2026-03-30T23:00:00.000Z"),
        ("2026-10-25", "2026-10-24T23:00:00.000Z", "2026-10-26T00:00:00.000Z"),  # 25 hours: they go back
        ("2026-07-01T12:00", "2026-07-01T11:00:00.000Z", "2026-07-01T11:00:00.000Z"),
        ("2026-01-01T12:00:00", "2026-01-01T12:00:00.000Z", "2026-01-01T12:00:00.000Z"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00.000Z", "2026-07-01T12:00:00.000Z"),
        ("2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00.000Z", "2026-07-01T10:00:00.000Z"),
    ],
)
def test_a_day_ends_with_its_last_second_in_london(said: str, begins: str, ends: str) -> None:
    window = Window.model_validate({"valid_from": said, "valid_until": said})
    assert window.valid_from is not None
    assert window.valid_until is not None
    assert (moment(window.valid_from), moment(window.valid_until)) == (begins, ends)


@pytest.mark.parametrize("said", ["tomorrow", "2026-02-30", 1_700_000_000, "30/03/2026", True])
def test_what_is_no_time_is_refused_with_how_to_write_one(said: object) -> None:
    with pytest.raises(ValidationError, match="2026-03-30T12:00"):
        Window.model_validate({"valid_until": said})


def test_a_moment_is_told_as_short_as_it_can_be() -> None:
    assert in_london(at("2026-07-01T11:00+00:00"), at("2026-07-01T22:30+00:00")) == "12:00"
    assert in_london(at("2026-07-01T11:00+00:00"), at("2026-07-01T23:30+00:00")) == "1 July 2026, 12:00"
    assert datetime.fromtimestamp(at("2026-07-01T11:00+00:00") / 1000, UTC).hour == 11
