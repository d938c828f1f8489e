"""What a connector process tells the outside: whether it can serve, and why not."""

from __future__ import annotations

import threading

from prometheus_client import Gauge

READY = Gauge("connector_ready", "1 while the process can serve.")


class Health:
    """Why the process cannot serve, or None; read by /readyz from another thread."""

    def __init__(self, reason: str = "starting") -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, str] = {"process": reason}

    def unready(self, reason: str, *, part: str = "process") -> None:
        """A part of the process cannot serve."""
        with self._lock:
            self._reasons[part] = reason
            READY.set(0)

    def ready(self, *, part: str = "process") -> None:
        """A part of the process can serve again."""
        with self._lock:
            self._reasons.pop(part, None)
            READY.set(not self._reasons)

    def reason(self) -> str | None:
        """All that is wrong, or None."""
        with self._lock:
            return "; ".join(self._reasons.values()) or None
