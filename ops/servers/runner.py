"""What a stack asks of whoever runs its processes: supervisord on this machine, or Docker Compose."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ops.servers.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How often a process ended though nobody had asked it to, and was started again."""

    total: int = 0
    lately: int = 0  # within the last minutes
    last: str = ""  # how, and when


class Runner(Protocol):
    def prepare(self, known: Iterable[Process], chosen: Iterable[Process]) -> None:
        """Make all these processes known, and those chosen startable. What runs and has not changed is left alone."""

    def start(self, name: str) -> None:
        """Start one process if it does not run; return without waiting for it."""

    def stop(self, processes: Iterable[Process]) -> None:
        """Stop these processes, all at once, and return when they have ended."""

    def restart(self, name: str) -> None:
        """Stop one process in order, and start it again."""

    def kill(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one process, as chaos would."""

    def pid(self, name: str) -> int | None:
        """The process as it is alive now; None when it is not."""

    def state(self, name: str) -> str:
        """In the runner's own word; STARTING, RUNNING, BACKOFF, STOPPED and the like."""

    def ends(self, name: str) -> Ends:
        """How often it ended by itself since the runner began."""

    def log_tail(self, name: str) -> str:
        """Its last words, for an error message."""

    def running(self) -> set[str]:
        """Names of the processes that are alive now."""

    def shutdown(self) -> None:
        """Leave nothing alive, whatever its state. Raises NotDownError."""
