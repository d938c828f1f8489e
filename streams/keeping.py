"""How long finished orders and payments stay at hand: then they leave memory, and come back from the log if need be."""

from __future__ import annotations

import os
from collections.abc import Mapping

from schemas.topics import DAY_MS

ENDED_DAYS_SETTING, ENDED_DAYS_MAX = "BLOOMFIELD_ENDED_DAYS", 3_650
MINUTE_MS = 60_000


def kept_ms(environment: Mapping[str, str]) -> int:
    """How long a finished aggregate without news stays in memory, in milliseconds; 30 days unless chosen.

    It may be changed at any time: what is decided does not depend on it (ops/decisions/0013). Raises ValueError.
    """
    text = environment.get(ENDED_DAYS_SETTING, "30")
    if not text.isdecimal() or not 1 <= int(text) <= ENDED_DAYS_MAX:
        raise ValueError(f"{ENDED_DAYS_SETTING} is {text!r}: it must be a number of days from 1 to {ENDED_DAYS_MAX}")
    return int(text) * DAY_MS


KEPT_MS = kept_ms(os.environ)


def leaves_at(last_fact_at: int) -> int:
    """When a finished aggregate leaves, in UTC milliseconds.

    On a full minute, so that those of one minute leave in one transaction: what is noted of them is one record.
    """
    return -(-(last_fact_at + KEPT_MS) // MINUTE_MS) * MINUTE_MS
