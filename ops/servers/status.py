"""One row per process, for people and for tests."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import psutil

from ops.servers.ready import Check
from ops.servers.runner import Ends, Runner

LOOPING = 3  # so many ends within the last minutes are no accident


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLine:
    name: str
    state: str
    unready: str | None  # what its readiness check saw instead of a process that can serve
    ends: Ends
    port: int | None
    pid: int | None
    uptime_seconds: float | None
    memory_bytes: int | None  # its own share and its children's: pages shared by many are counted once

    @property
    def trouble(self) -> str | None:
        """Why this process cannot be relied on; None when it can."""
        if self.ends.lately >= LOOPING:
            now = self.unready or "ready at the moment"
            return f"keeps ending by itself: {self.ends.total} times, last {self.ends.last}; {now}"
        if self.pid is None:
            return f"does not run: {self.state.lower()}"
        return f"is not ready: {self.unready}" if self.unready else None


def row_of(runner: Runner, name: str, port: int | None, ready: Check) -> StatusLine:
    """Look at one process. Takes as long as its readiness check."""
    pid = runner.pid(name)
    uptime, memory = None, None
    if pid is not None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            uptime = time.time() - process.create_time()
            memory = sum(_memory_bytes(one) for one in (process, *process.children(recursive=True)))
    return StatusLine(
        name=name,
        state=runner.state(name),
        unready=ready() if pid is not None else "not alive",
        ends=runner.ends(name),
        port=port,
        pid=pid,
        uptime_seconds=uptime,
        memory_bytes=memory,
    )


def _memory_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
