"""One worker and two, on the partitions there are: what a second worker adds on this machine."""

from __future__ import annotations

from contextlib import ExitStack

import psutil

from ops.bench.figures import Figure
from ops.bench.machine import Conditions
from ops.bench.stage import Stage, running
from ops.bench.stock import SKUS, deliveries, holds_and_commits, send_all
from ops.bench.watch import Pace, Watch
from schemas.topics import PARTITIONS

PART = "scaling"
COMMANDS = 40_000
DECISIONS_SECONDS_MAX = 180.0


def run(stage: Stage) -> None:
    """More workers than partitions would stand idle, so the count of partitions is where it ends."""
    paces: dict[int, tuple[Pace, Conditions]] = {count: _paced(stage, count) for count in range(1, PARTITIONS + 1)}
    alone = paces[1][0].per_second
    for count, (pace, conditions) in paces.items():
        figure = Figure(
            part=PART,
            name=f"stock decisions, {count} worker{'s' if count > 1 else ''}",
            value=pace.per_second,
            unit="/s",
            conditions=conditions,
            facts={
                "times_one": round(pace.per_second / alone, 2),
                "partitions": PARTITIONS,
                "cpu_us_per_decision": round(pace.cpu_micros),
                "cores": psutil.cpu_count(),
            },
        )
        stage.report.add(figure)


def _paced(stage: Stage, workers: int) -> tuple[Pace, Conditions]:
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
    return Pace(
        decisions=paces[0].decisions, seconds=paces[0].seconds, cpu_seconds=sum(each.cpu_seconds for each in paces)
    ), window.conditions
