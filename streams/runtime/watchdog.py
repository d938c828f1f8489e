"""Ends the process when it was stopped for longer than its session, when it no longer gets on, or without a broker.

A worker that slept through its session (SIGSTOP, a paused machine) has been replaced; its commits are
refused, but Faust may hang afterwards. A supervisor starts a new process, which is always safe.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog

LOG = structlog.get_logger()

CHECK_SECONDS = 0.5
KAFKA_PORT = 9092  # where none is named, as the clients have it
BROKER_SECONDS = 1.0  # between two looks at the brokers
BROKER_LOOKS = 2  # in a row, before none counts as there
EXIT_STATUS = 75  # EX_TEMPFAIL of sysexits.h: try again


def exit_now(reason: str, **facts: object) -> None:
    """Log why, and end this process without any clean-up: an open transaction is never committed that way."""
    LOG.critical("worker_exits", reason=reason, **facts)
    os._exit(EXIT_STATUS)


class Watchdog:
    """A thread of its own, because a hanging event loop could not watch itself."""

    def __init__(
        self, *, pause_seconds_max: float, silence_seconds_max: float, progress_at: Callable[[], float]
    ) -> None:
        self._pause_max, self._silence_max, self._progress_at = pause_seconds_max, silence_seconds_max, progress_at

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        last = time.monotonic()
        while True:
            time.sleep(CHECK_SECONDS)
            now = time.monotonic()
            if now - last > self._pause_max:
                exit_now("the process was stopped for longer than its session", seconds=round(now - last, 1))
            if now - self._progress_at() > self._silence_max:
                exit_now("no progress", seconds=round(now - self._progress_at(), 1))
            last = now


class BrokerWatch:
    """Ends the process as soon as every broker refuses connections.

    A transaction may never come back from a broker that died meanwhile (librdkafka issue 5456). To start anew while the
    broker does saves the time of the start; and what is there then waits for it (`transactional_producers`).
    """

    def __init__(self, brokers: str) -> None:
        found = [urlsplit(f"//{each.strip()}") for each in brokers.split(",")]  # IPv6 addresses stand in brackets
        self.addresses = [(each.hostname or "", each.port or KAFKA_PORT) for each in found]

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="broker-watch", daemon=True).start()

    def _watch(self) -> None:
        missed = 0
        while missed < BROKER_LOOKS:
            time.sleep(BROKER_SECONDS)
            missed = 0 if any(map(_listens, self.addresses)) else missed + 1
        exit_now("no broker takes connections")


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=BROKER_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True  # slow, or in the way: nothing that a new process would mend
    return True
