"""What the machine did meanwhile: without it, a figure from a shared machine says nothing."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import psutil

from ops.servers.native import owned
from ops.servers.place import Place
from ops.servers.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """`busy_share` is of all cores; `others_share` is the part of it that was no process of this benchmark."""

    seconds: float
    load_average: float
    busy_share: float
    others_share: float

    def as_dict(self) -> dict[str, float]:
        return {
            "seconds": round(self.seconds, 1),
            "load": round(self.load_average, 2),
            "busy": round(self.busy_share, 3),
            "others": round(self.others_share, 3),
            "cores": psutil.cpu_count() or 1,
        }


class Window:
    """`with Window(place) as window: ...` and then `window.conditions`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.conditions = Conditions(seconds=0, load_average=0, busy_share=0, others_share=0)

    def __enter__(self) -> Self:
        self._family = cpu_by_pid(self._place)
        self._busy = _busy_seconds()
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self._began
        capacity = seconds * (psutil.cpu_count() or 1)
        busy = (_busy_seconds() - self._busy) / capacity
        family = cpu_by_pid(self._place)
        ours = sum(cpu - self._family.get(pid, 0.0) for pid, cpu in family.items()) / capacity
        self.conditions = Conditions(
            seconds=seconds,
            load_average=os.getloadavg()[0],
            busy_share=min(busy, 1.0),
            others_share=min(max(busy - ours, 0.0), 1.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process and its children have used so far."""

    cpu_seconds: float
    memory_bytes: int


def usage_by_name(stack: Stack) -> dict[str, Usage]:
    """Every process of a stack, children included; the benchmark itself is `client`."""
    names = {name: pid for name in stack.processes if (pid := stack.pid(name)) is not None}
    return {name: usage(pid) for name, pid in names.items()} | {"client": usage(os.getpid())}


def usage(pid: int) -> Usage:
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        return Usage(cpu_seconds=sum(map(cpu_seconds, tree)), memory_bytes=sum(map(_memory_bytes, tree)))
    return Usage(cpu_seconds=0.0, memory_bytes=0)


def cpu_by_pid(place: Place) -> dict[int, float]:
    """CPU seconds of every process of the benchmark: itself, its servers, what it started beside them."""
    family: Iterable[psutil.Process] = [psutil.Process(), *owned(place)]
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
