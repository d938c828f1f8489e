"""`python -m ops.bench.scaling_run FOLDER`: workers on the partitions there are, with the servers of that folder."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from ops.bench.figures import Report
from ops.bench.harness import Harness, running
from ops.bench.sampler import Sampler
from ops.bench.stock import SKUS, deliveries, holds_and_commits, send_all
from ops.servers.stack import Stack
from ops.servers.workspace import Workspace
from schemas.topics import PARTITIONS

WORKER_COUNTS = (1, 2, 4)
COMMANDS = 40_000
DECISIONS_SECONDS_MAX = 180.0


def main() -> None:
    """A line of JSON for each number of workers."""
    harness = Harness(Stack(Workspace(root=Path(sys.argv[1]), throwaway=True), foreign={}), Report())
    try:
        for workers in WORKER_COUNTS:
            if workers <= min(PARTITIONS, psutil.cpu_count() or 1):
                sys.stdout.write(json.dumps(_paced(harness, workers)) + "\n")
    finally:
        harness.end_children()


def _paced(harness: Harness, workers: int) -> dict[str, Any]:
    """All workers share the partitions first; then all commands come at once."""
    settings = harness.fresh_topics()
    commands = list(holds_and_commits(harness.codec, COMMANDS))
    with ExitStack() as ends:
        children = [ends.enter_context(running(harness.worker(settings, slot=slot))) for slot in range(workers)]
        for child in children:
            child.wait_ready()
        sampler = ends.enter_context(Sampler(settings, [child.pid for child in children]))
        send_all(settings, deliveries(harness.codec))
        sampler.wait(SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        window = ends.enter_context(harness.window())
        send_all(settings, commands)
        offsets = sampler.wait(COMMANDS + SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        paces = [sampler.pace(offsets, number, after=SKUS) for number in range(workers)]
    return {
        "workers": workers,
        "per_second": paces[0].per_second,
        "cpu_micros": sum(each.cpu_micros for each in paces),
        "conditions": asdict(window.conditions),
    }


if __name__ == "__main__":
    main()
