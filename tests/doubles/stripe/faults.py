"""Draws what goes wrong with one call, from the settings and the orders of the control plane."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    latency_seconds: float = 0.0
    latency_after_seconds: float = 0.0
    status: int = 0
    code: str = ""
    after: bool = False  # The failure is told after the work was done.
    drop: str = ""  # "", "before" or "after"


def draw(api: Settings, order: dict[str, Any], dice: random.Random) -> Fault:
    """An order beats the settings: a test that orders one fault gets that fault alone."""
    if order:
        return Fault(**order)
    drop = "before" if _falls(api["drop_before"], dice) else "after" if _falls(api["drop_after"], dice) else ""
    failing = _falls(api["error_500"], dice)
    return Fault(
        latency_seconds=_seconds(api["latency"], dice),
        latency_after_seconds=_seconds(api["latency_after"], dice),
        status=500 if failing else 0,
        after=api["error_500"]["after"],
        drop=drop,
    )


def _falls(setting: Settings, dice: random.Random) -> bool:
    probability: float = setting["probability"]
    return probability > 0 and dice.random() < probability


def _seconds(setting: Settings, dice: random.Random) -> float:
    if not _falls(setting, dice):
        return 0.0
    seconds: float = setting["seconds"] + dice.random() * setting["jitter_seconds"]
    return seconds


class TokenBucket:
    """docs.stripe.com/rate-limits: so many requests a second; 429 beyond. The burst defaults to one second's worth."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._filled_at = 0.0

    def admits(self, limit: Settings) -> bool:
        rate = limit["per_second"]
        if rate <= 0:
            self._filled_at = 0.0
            return True
        now, size = time.monotonic(), max(1.0, limit["burst"] or rate)
        if self._filled_at == 0.0:
            self._tokens, self._filled_at = size, now
        self._tokens = min(size, self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
