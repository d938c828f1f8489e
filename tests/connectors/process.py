"""A connector as a real process: started, asked, killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import orjson

from ops.servers.processes import CONNECTORS
from ops.servers.workspace import CHECKOUT
from process.settings import Settings
from tests.waiting import eventually


class Connector:
    """One process and the file of its log."""

    def __init__(self, name: str, settings: Settings, folder: Path, **options: object) -> None:
        self.port = _free_port()
        self._log = folder / f"{name}-{self.port}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *CONNECTORS[name]],
                cwd=CHECKOUT,
                env={**os.environ, **environment(settings), **{key: str(value) for key, value in options.items()}}
                | {"BLOOMFIELD_METRICS_PORT": str(self.port)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self) -> Connector:
        """Wait until it says that it can serve."""
        eventually(lambda: self._alive() and self.ready()[0] == 200)
        return self

    def ready(self) -> tuple[int, str]:
        """Status and text of /readyz."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name: str) -> float:
        """The sum over a metric's labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def end(self) -> None:
        """Whatever state it is in."""
        if self.process.poll() is None:
            self.kill()

    def log(self) -> list[dict[str, object]]:
        """Its log, line by line; every line is JSON."""
        return [orjson.loads(line) for line in self._log.read_bytes().splitlines()]

    def _alive(self) -> bool:
        assert self.process.poll() is None, f"it ended: {self._log.read_text()[-3000:]}"
        return True


def environment(settings: Settings) -> Mapping[str, str]:
    """Settings as environment variables; what a test has none of is at a port where nobody listens."""
    names = ("kafka", "registry", "postgres", "redis", "opensearch", "api", "stripe", "s3", "secrets")
    given = {f"BLOOMFIELD_{name.upper()}": str(getattr(settings, name)) or "http://127.0.0.1:1" for name in names}
    return given | {"BLOOMFIELD_TOPIC_PREFIX": settings.topic_prefix}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
