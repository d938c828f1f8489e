"""Optional: every accepted request is also shown to stripe-mock, which knows Stripe's published OpenAPI description.

It keeps the double from accepting what Stripe would refuse. Only its verdict on the request counts;
its answers are made up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from tests.doubles.stripe.http_client import HttpClient

WAITING_MAX = 1_000
MISMATCHES_KEPT_MAX = 200


class Contract:
    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.checked = 0
        self.skipped = 0
        self.unreachable = 0
        self.mismatches: deque[dict[str, Any]] = deque(maxlen=MISMATCHES_KEPT_MAX)
        self._client = HttpClient()
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, method: str, target: str, body: bytes, status: int) -> None:
        """In the background. Refusals of ours prove nothing: the mock knows neither states nor keys."""
        if not self.url or status not in (200, 402):
            return
        if len(self._tasks) >= WAITING_MAX:
            self.skipped += 1
            return
        task = asyncio.create_task(self._check(method, target, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def report(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "checked": self.checked,
            "waiting": len(self._tasks),
            "skipped": self.skipped,
            "unreachable": self.unreachable,
            "mismatches": list(self.mismatches),
        }

    async def _check(self, method: str, target: str, body: bytes) -> None:
        headers = {"Authorization": "Bearer sk_test_123", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            status, answer = await self._client.post(self.url + target, headers, body, seconds_max=5.0, method=method)
        except (OSError, EOFError, ValueError):
            self.unreachable += 1
            return
        self.checked += 1
        if status >= 400:
            verdict = answer.decode("utf-8", "replace")[:2_000]
            self.mismatches.append({"method": method, "target": target, "status": status, "verdict": verdict})
