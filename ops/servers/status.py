"""One row per process, for people and for tests."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import psutil

from ops.servers.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: str
    state: str
    port: int | None
    pid: int | None
    uptime_seconds: float | None
    memory_bytes: int | None  # its own share and its children's: pages shared by many are counted once


def row_of(runner: Runner, name: str, port: int | None) -> Row:
    pid = runner.pid(name)
    uptime, memory = None, None
    if pid is not None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            uptime = time.time() - process.create_time()
            memory = sum(_memory_bytes(one) for one in (process, *process.children(recursive=True)))
    return Row(name=name, state=runner.state(name), port=port, pid=pid, uptime_seconds=uptime, memory_bytes=memory)


def _memory_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
