"""Times as a person in the shop says them: London's, over the change of clocks; and back from UTC milliseconds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

LONDON = ZoneInfo("Europe/London")
_SAID = (
    "A date, or a date and time: London's, unless it names its offset. A date alone is the {} of that day there, "
    "{} on the day the clocks change, too."
)


_NONE = "this is no date or time; write 2026-03-30, 2026-03-30T12:00 or 2026-03-30T12:00:00Z"


def _parsed(text: Any) -> date | datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError(_NONE)
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-30") else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_NONE) from None


def _begins(text: Any) -> int | None:
    found = _parsed(text)
    if found is None or isinstance(found, datetime):
        return _millis(found)
    return _millis(datetime.combine(found, time()))


def _ends(text: Any) -> int | None:
    found = _parsed(text)
    if found is None or isinstance(found, datetime):
        return _millis(found)
    return _millis(datetime.combine(found + timedelta(days=1), time()))


def _millis(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    placed = moment if moment.tzinfo is not None else moment.replace(tzinfo=LONDON)
    return round(placed.timestamp() * 1000)


_TEXT = {"json_schema_input_type": str | None}
Begins = Annotated[
    int | None,
    BeforeValidator(_begins, **_TEXT),
    Field(description=f"{_SAID.format('beginning', 'at 00:00')} Null: at once.", examples=["2026-03-16"]),
]
Ends = Annotated[
    int | None,
    BeforeValidator(_ends, **_TEXT),
    Field(description=f"{_SAID.format('end', '23:59:59')} Null: it stays.", examples=["2026-03-30"]),
]


def in_london(at: int, now: int) -> str:
    """A moment for people, given the present one: `12:00`, or `30 March 2026, 12:00` when it is another day."""
    moment, today = (datetime.fromtimestamp(each / 1000, LONDON) for each in (at, now))
    clock = f"{moment:%H:%M}"
    return clock if moment.date() == today.date() else f"{moment.day} {moment:%B %Y}, {clock}"
