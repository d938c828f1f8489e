"""How the edge behaves: bounds and budgets, some of which the environment may change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

REPLY_BUDGET_MS = 800  # HLD: p95 below 300 ms at peak; beyond this the caller gets 202 and a place to look
RATE_PER_MINUTE = 500  # HLD: requests per minute and address


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    slot: int  # which of the edge processes this is; names its partition of the replies
    reply_budget_seconds: float = REPLY_BUDGET_MS / 1000
    view_wait_seconds: float = 1.0  # how long a GET waits for the position that it was given
    rate_per_minute: int = RATE_PER_MINUTE  # 0: no limit

    @staticmethod
    def from_environment(slot: int, environment: Mapping[str, str] = os.environ) -> Options:
        """Read BLOOMFIELD_REPLY_BUDGET_MS and BLOOMFIELD_RATE_PER_MINUTE (0 switches the limit off)."""
        return Options(
            slot=slot,
            reply_budget_seconds=int(environment.get("BLOOMFIELD_REPLY_BUDGET_MS", REPLY_BUDGET_MS)) / 1000,
            rate_per_minute=int(environment.get("BLOOMFIELD_RATE_PER_MINUTE", RATE_PER_MINUTE)),
        )
