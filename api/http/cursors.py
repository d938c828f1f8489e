"""Opaque cursors: where a page ended. Clients hand them back unread; what is in them may change."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import orjson

from api.http.problems import Problem

R = TypeVar("R")


def encode(*position: str | int) -> str:
    """The cursor of a position in an ordered list."""
    return urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def page(
    rows: Sequence[R], limit: int, position: Callable[[R], tuple[str | int, ...]]
) -> tuple[Sequence[R], str | None]:
    """Of rows that were looked for up to one more than the limit: a page of them, and the cursor of the next."""
    return rows[:limit], encode(*position(rows[limit - 1])) if len(rows) > limit else None


async def page_of_ids(
    after: str | None, limit: int, look: Callable[[str, int], Awaitable[Sequence[R]]], id_of: Callable[[R], str]
) -> tuple[Sequence[R], str | None]:
    """A page of rows in the order of their ids, and the cursor of the next. Raises Problem for a cursor of no such."""
    [begun] = decode(after, str) if after else ("",)
    return page(await look(str(begun), limit + 1), limit, lambda row: (id_of(row),))


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The position that a cursor stands for. Raises Problem for what is no cursor of this list."""
    try:
        position = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (
            isinstance(position, list)
            and tuple(type(part) for part in position) == kinds
            and all(map(_plausible, position))
        ):
            return tuple(position)
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
