"""What the machine did meanwhile: without it, a figure from a shared machine says nothing."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Self

import psutil

from ops.servers.native import owned
from ops.servers.stack import Stack
from ops.servers.workspace import Workspace

CALIBRATION_STEPS = 50_000
CALIBRATION_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """`busy_share` is of all cores; `others_share` is the part of it that was no process of this benchmark.

    `calibration_ms` is the CPU time of one fixed piece of Python: where neighbours share the hardware, the same work
    costs more of it, and so does everything else that was measured.
    """

    seconds: float
    load_average: float
    busy_share: float
    others_share: float
    calibration_ms: float

    def as_dict(self) -> dict[str, float]:
        return {
            "seconds": round(self.seconds, 1),
            "load": round(self.load_average, 2),
            "busy": round(self.busy_share, 3),
            "others": round(self.others_share, 3),
            "calibration_ms": round(self.calibration_ms, 2),
            "cores": psutil.cpu_count() or 1,
        }


class Window:
    """`with Window(workspace) as window: ...` and then `window.conditions`."""

    conditions: Conditions

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._calibrations: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="calibration", daemon=True)

    def __enter__(self) -> Self:
        self._family = cpu_by_pid(self._workspace)
        self._busy = _busy_seconds()
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self._began
        capacity = seconds * (psutil.cpu_count() or 1)
        busy = (_busy_seconds() - self._busy) / capacity
        family = cpu_by_pid(self._workspace)
        ours = sum(cpu - self._family.get(pid, 0.0) for pid, cpu in family.items()) / capacity
        self._over.set()
        self._thread.join()
        self.conditions = Conditions(
            seconds=seconds,
            load_average=os.getloadavg()[0],
            busy_share=min(busy, 1.0),
            others_share=min(max(busy - ours, 0.0), 1.0),
            calibration_ms=median(self._calibrations),
        )

    def _measure(self) -> None:
        while True:
            self._calibrations.append(calibration_ms())
            if self._over.wait(CALIBRATION_SECONDS):
                return


def calibration_ms() -> float:
    """CPU milliseconds of a piece of work that is always the same."""
    began, total = time.thread_time(), 0
    for number in range(CALIBRATION_STEPS):
        total += number * number
    return (time.thread_time() - began) * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process has used so far."""

    cpu_seconds: float
    memory_bytes: int


def usage_by_name(stack: Stack) -> dict[str, Usage]:
    """Every process of a stack, with its children; the benchmark itself, without, is `client`."""
    names = {name: pid for name in stack.processes if (pid := stack.pid(name)) is not None}
    return {name: usage(pid) for name, pid in names.items()} | {"client": usage(os.getpid(), children=False)}


def usage(pid: int, *, children: bool = True) -> Usage:
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        tree = [process, *(process.children(recursive=True) if children else ())]
        return Usage(cpu_seconds=sum(map(cpu_seconds, tree)), memory_bytes=sum(map(_memory_bytes, tree)))
    return Usage(cpu_seconds=0.0, memory_bytes=0)


def cpu_by_pid(workspace: Workspace) -> dict[int, float]:
    """CPU seconds of every process of the benchmark: itself, its servers, what it started beside them."""
    family: Iterable[psutil.Process] = [psutil.Process(), *owned(workspace)]
    return {process.pid: cpu_seconds(process) for process in family}


def cpu_seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _memory_bytes(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_full_info().pss)  # pages that several processes share are counted once
    return 0


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
