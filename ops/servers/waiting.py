"""Bring processes up in the order of what they need, waiting for facts and never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Collection

from ops.servers.errors import NotReadyError
from ops.servers.processes import Process
from ops.servers.runner import Runner
from ops.servers.steps import say

PAUSE_SECONDS_MIN = 0.02
PAUSE_SECONDS_MAX = 0.25
CRASHING_SECONDS_MAX = 6.0  # supervisord has tried three times by then
CRASHED = ("BACKOFF", "FATAL", "EXITED", "RESTARTING")


def bring_up(runner: Runner, processes: Collection[Process], *, done: Collection[str] = (), seconds_max: float) -> None:
    """Start each process as soon as what it needs is ready. What is not among `processes` counts as ready if `done`."""
    began = time.monotonic()
    present = {process.name for process in processes} | set(done)
    ready = set(done)
    waiting = {process.name: _Wait(runner, process, began + seconds_max) for process in processes}
    pause = PAUSE_SECONDS_MIN
    while waiting:
        settled = [name for name, wait in waiting.items() if wait.advance(ready, present)]
        for name in settled:
            ready.add(name)
            del waiting[name]
            say(f"[green]✓[/green] {name} is ready  [dim]{time.monotonic() - began:.1f} s[/dim]")
        if waiting:
            pause = PAUSE_SECONDS_MIN if settled else min(pause * 1.5, PAUSE_SECONDS_MAX)
            time.sleep(pause)


def wait_ready(runner: Runner, process: Process, *, seconds_max: float) -> None:
    """Wait for one process that somebody else has started."""
    wait = _Wait(runner, process, time.monotonic() + seconds_max, started=True)
    pause = PAUSE_SECONDS_MIN
    while not wait.advance(process.after, ()):
        time.sleep(pause)
        pause = min(pause * 1.5, PAUSE_SECONDS_MAX)


HALTED = "halted"  # what /readyz of a worker or a connector begins with then


class _Wait:
    """One process on its way from unborn to ready."""

    def __init__(self, runner: Runner, process: Process, deadline: float, *, started: bool = False) -> None:
        self._runner = runner
        self._process = process
        self._deadline = deadline
        self._started = started
        self._crashing_since: float | None = None
        self._seen: str = "not started yet"

    def advance(self, ready: Collection[str], present: Collection[str]) -> bool:
        """One look: start it when it may start; True once it is ready. Raises NotReadyError when it is too late."""
        process = self._process
        if not self._started and all(name in ready or name not in present for name in process.after):
            self._runner.start(process.name)
            self._started = True
        if self._started:
            seen = process.ready()
            if seen is None and self._runner.pid(process.name) is not None:
                process.after_ready()
                return True
            self._seen = seen or "something answers, but this process is not alive"
        self._give_up_if_hopeless(time.monotonic())
        return False

    def _give_up_if_hopeless(self, now: float) -> None:
        state = self._runner.state(self._process.name) if self._started else ""
        if state in CRASHED:
            self._crashing_since = self._crashing_since or now
        elif state == "RUNNING":  # between two crashes it is STARTING for a moment, which proves nothing
            self._crashing_since = None
        if self._crashing_since is not None and now - self._crashing_since > CRASHING_SECONDS_MAX:
            raise NotReadyError(self._message("keeps crashing"))
        if HALTED in self._seen:  # nobody but a person ends that
            raise NotReadyError(self._message("is halted"))
        if now > self._deadline:
            raise NotReadyError(self._message("did not become ready in time"))

    def _message(self, what: str) -> str:
        return f"{self._process.name} {what}; last seen: {self._seen}\n{self._runner.log_tail(self._process.name)}"
