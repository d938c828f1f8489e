"""Opaque cursors: where a page ended. Clients hand them back unread; what is in them may change."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from api.errors import Problem


def encode(*place: str | int) -> str:
    """The cursor of a place in an ordered list."""
    return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The place that a cursor stands for. Raises Problem for what is no cursor of this list."""
    try:
        place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(place, list) and tuple(type(part) for part in place) == kinds and all(map(_plausible, place)):
            return tuple(place)
    except ValueError:
        pass
    raise refused()


def _plausible(part: str | int) -> bool:
    return 0 <= part < 2**53 if isinstance(part, int) else part.isascii() and part.isprintable() and len(part) <= 64


def refused() -> Problem:
    """Not a cursor that this list gave away."""
    return Problem(
        "validation_failed",
        "after: this is no cursor of this list. Send `next` of the page before, unchanged.",
        errors=[{"in": "query", "field": "after", "reason": "no cursor of this list", "rule": "cursor"}],
    )
