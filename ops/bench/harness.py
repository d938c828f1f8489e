"""Where a benchmark runs: servers of its own, fresh topics for each run, processes that end with it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.kafka.registry import load_codec
from ops import topics
from ops.bench.figures import Report
from ops.bench.machine import Window
from ops.servers import ports
from ops.servers.own import own_stack
from ops.servers.stack import Stack
from ops.servers.supervisor import MARK
from ops.servers.workspace import CHECKOUT
from process.settings import Settings
from schemas.codec import Codec

READY_SECONDS_MAX = 90.0
END_SECONDS_MAX = 20.0
# All shoppers come from one address here, and the double of Stripe has no limit of its own.
UNLIMITED = {"BLOOMFIELD_RATE_PER_MINUTE": "0", "BLOOMFIELD_STRIPE_RATE": "1000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that the benchmark started itself, because it must start at a moment of its choosing."""

    process: subprocess.Popen[bytes]
    metrics_port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_ready(self, seconds_max: float = READY_SECONDS_MAX) -> None:
        """Raises TimeoutError, with the end of its log, when it does not become ready."""
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self._get("/readyz"):
                    return
            time.sleep(0.02)
        raise TimeoutError(f"{self.log.stem} is not ready:\n{self.log.read_text()[-2000:]}")

    def metrics(self) -> dict[str, float]:
        """Every sample of its /metrics, labels and all."""
        lines = re.findall(r"^([^# ]\S*) (\S+)$", self._get("/metrics").decode(), re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def logged(self, event: str) -> list[dict[str, object]]:
        """What it said under this name in its log."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == event]

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=5) as answer:
            return bytes(answer.read())


class Harness:
    """A stack and the report that its figures go to."""

    def __init__(self, stack: Stack, report: Report) -> None:
        self.stack, self.report = stack, report
        self._codec: Codec | None = None
        self._children: list[Child] = []

    @property
    def codec(self) -> Codec:
        if self._codec is None:
            self._codec = load_codec(self.stack.settings())
        return self._codec

    def window(self) -> Window:
        return Window(self.stack.workspace)

    def fresh_topics(self) -> Settings:
        """Settings with topics that nobody has used yet."""
        settings = replace(self.stack.settings(), topic_prefix=f"bench-{uuid.uuid4().hex[:6]}.")
        topics.create(settings)
        return settings

    def start(self, settings: Settings, module: str, *arguments: str) -> Child:
        """Start `python -m module`; it is ended with the harness at the latest."""
        name = f"{settings.topic_prefix}{module}-{len(self._children)}"
        log = self.stack.workspace.logs / f"{name}.log"
        port = ports.assign(self.stack.workspace, [port_name := f"bench-{len(self._children)}"])[port_name]
        environment = (
            dict(os.environ)
            | self.stack.environment()
            | {
                MARK: str(self.stack.workspace.root),  # so that taking the stack down finds it, whatever happens here
                "BLOOMFIELD_TOPIC_PREFIX": settings.topic_prefix,
                "BLOOMFIELD_METRICS_PORT": str(port),
            }
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        child = Child(process=process, metrics_port=port, log=log)
        self._children.append(child)
        return child

    def worker(self, settings: Settings, *, slot: int = 0, rooms: str = "inventory") -> Child:
        """A deciding worker, as the stack would start it."""
        return self.start(settings, "streams.worker", "--slot", str(slot), "--rooms", rooms)

    def end_children(self) -> None:
        for child in self._children:
            child.end()


@contextmanager
def running(child: Child) -> Iterator[Child]:
    """End a process when the part of the bench is over."""
    try:
        yield child
    finally:
        child.end()


@contextmanager
def harness(report: Report, folder: Path | None) -> Iterator[Harness]:
    """Servers in a folder of their own, taken down and removed afterwards; a folder given by the caller is kept up."""
    with own_stack("bench", UNLIMITED, folder=folder, keep=folder is not None) as stack:
        made = Harness(stack, report)
        try:
            stack.up("servers")
            stack.deploy()
            yield made
        finally:
            made.end_children()
