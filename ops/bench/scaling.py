"""One worker and more, on one partition and more: what each adds on this machine.

How many partitions there are is read when a process starts (schemas/topics.py), so each count is measured in a process
of its own (scaling_run.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil

from ops.bench.figures import Figure
from ops.bench.harness import Harness
from ops.bench.machine import Conditions
from ops.servers.workspace import CHECKOUT, Workspace
from schemas.topics import PARTITIONS_SETTING

PART = "scaling"
PARTITION_COUNTS = (1, 2, 4)


def run(harness: Harness) -> None:
    """Workers up to the number of cores and partitions: one more of either would stand idle."""
    alone = 0.0
    for partitions in PARTITION_COUNTS:
        for measured in _measured(harness.stack.workspace, partitions):
            workers, pace = measured["workers"], measured["per_second"]
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
                conditions=Conditions(**measured["conditions"]),
                facts={
                    "times_one_on_one": round(pace / alone, 2),
                    "cpu_us_per_decision": round(measured["cpu_micros"]),
                    "cores": psutil.cpu_count(),
                },
            )
            harness.report.add(figure)


def _measured(workspace: Workspace, partitions: int) -> Iterator[dict[str, Any]]:
    environment = dict(os.environ) | {PARTITIONS_SETTING: str(partitions)}
    command = [sys.executable, "-m", "ops.bench.scaling_run", str(workspace.root)]
    measured = subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    yield from map(json.loads, measured.stdout.splitlines())
