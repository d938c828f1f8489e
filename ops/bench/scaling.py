"""One worker and more, on one partition and more: what each adds on this machine.

How many partitions there are is read when a process starts (schemas/topics.py), so each count is measured in a process
of its own: `python -m ops.bench.scaling FOLDER`, on the servers that run in that folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from ops.bench.figures import Figure, Report
from ops.bench.machine import Conditions
from ops.bench.stage import Stage, running
from ops.bench.stock import SKUS, deliveries, holds_and_commits, send_all
from ops.bench.watch import Watch
from ops.servers.place import CHECKOUT, Place
from ops.servers.stack import Stack
from schemas.topics import PARTITIONS, PARTITIONS_SETTING

PART = "scaling"
PARTITION_COUNTS = (1, 2, 4)
WORKERS_MAX = 4
COMMANDS = 40_000
DECISIONS_SECONDS_MAX = 180.0


def run(stage: Stage) -> None:
    """Workers up to the number of cores and partitions: one more of either would stand idle."""
    alone = 0.0
    for partitions in PARTITION_COUNTS:
        for told in _measured(stage.stack.place, partitions):
            workers, pace = told["workers"], told["per_second"]
            alone = alone or pace
            many = (
                f"{workers} worker{'s' if workers > 1 else ''}",
                f"{partitions} partition{'s' if partitions > 1 else ''}",
            )
            figure = Figure(
                part=PART,
                name=f"stock decisions, {' on '.join(many)}",
                value=pace,
                unit="/s",
                conditions=Conditions(**told["conditions"]),
                facts={
                    "times_one_on_one": round(pace / alone, 2),
                    "cpu_us_per_decision": round(told["cpu_micros"]),
                    "cores": psutil.cpu_count(),
                },
            )
            stage.report.add(figure)


def _measured(place: Place, partitions: int) -> Iterator[dict[str, Any]]:
    environment = dict(os.environ) | {PARTITIONS_SETTING: str(partitions)}
    command = [sys.executable, "-m", "ops.bench.scaling", str(place.root)]
    told = subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    yield from map(json.loads, told.stdout.splitlines())


def main() -> None:
    """A line of JSON for each number of workers."""
    stage = Stage(Stack(Place(root=Path(sys.argv[1]), throwaway=True), foreign={}), Report())
    try:
        for workers in range(1, min(PARTITIONS, WORKERS_MAX, max(2, psutil.cpu_count() or 1)) + 1):
            if workers in (1, 2, WORKERS_MAX):
                sys.stdout.write(json.dumps(_paced(stage, workers)) + "\n")
    finally:
        stage.end_children()


def _paced(stage: Stage, workers: int) -> dict[str, Any]:
    """All workers share the partitions first; then all commands come at once."""
    settings = stage.fresh_topics()
    wishes = list(holds_and_commits(stage.codec, COMMANDS))
    with ExitStack() as ends:
        children = [ends.enter_context(running(stage.worker(settings, slot=slot))) for slot in range(workers)]
        for child in children:
            child.wait_ready()
        watch = ends.enter_context(Watch(settings, [child.pid for child in children]))
        send_all(settings, deliveries(stage.codec))
        watch.wait(SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        window = ends.enter_context(stage.window())
        send_all(settings, wishes)
        offsets = watch.wait(COMMANDS + SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        paces = [watch.pace(offsets, number, after=SKUS) for number in range(workers)]
    return {
        "workers": workers,
        "per_second": paces[0].per_second,
        "cpu_micros": sum(each.cpu_micros for each in paces),
        "conditions": asdict(window.conditions),
    }


if __name__ == "__main__":
    main()
