"""Wait for a fact, never for time to pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 180.0  # how long a fact may take on a busy machine: an end of hope, not a measure
PAUSE_SECONDS_MIN = 0.01
PAUSE_SECONDS_MAX = 0.5


def eventually(check: Callable[[], T], *, seconds_max: float = PATIENCE_SECONDS) -> T:
    """Call `check` until it answers something true, and answer that. An AssertionError inside means: not yet.

    The error says what was last seen: what `check` answered, or what its assertion said.
    """
    seen: object = None
    for pause in _pauses(seconds_max):
        try:
            answer = check()
            if answer:
                return answer
            seen = repr(answer)
        except AssertionError as error:
            seen = error
        time.sleep(pause)
    raise AssertionError(f"not so within {seconds_max} s; last seen: {seen}")


async def async_eventually(check: Callable[[], Awaitable[T]], *, seconds_max: float = PATIENCE_SECONDS) -> T:
    """The same for a coroutine function."""
    seen: object = None
    for pause in _pauses(seconds_max):
        try:
            answer = await check()
            if answer:
                return answer
            seen = repr(answer)
        except AssertionError as error:
            seen = error
        await asyncio.sleep(pause)
    raise AssertionError(f"not so within {seconds_max} s; last seen: {seen}")


def _pauses(seconds_max: float) -> Iterator[float]:
    """Growing pauses until the time is up; one last look is taken at the very end."""
    deadline = time.monotonic() + seconds_max
    pause = PAUSE_SECONDS_MIN
    while (left := deadline - time.monotonic()) > 0:
        yield min(pause, left)
        pause = min(pause * 1.5, PAUSE_SECONDS_MAX)
    yield 0
