"""`bloomfield bench`: what it takes and which parts it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psutil
import typer

from ops.bench import edge, engine, flash, holds, latency, live, recovery, restart, search
from ops.bench.figures import Report
from ops.bench.harness import Harness, harness

app = typer.Typer()


class Section(StrEnum):
    """What can be measured by itself."""

    ENGINE = "engine"
    LATENCY = "latency"
    RECOVERY = "recovery"
    EDGE = "edge"
    FLASH = "flash"
    LIVE = "live"
    HOLDS = "holds"
    RESTART = "restart"
    SEARCH = "search"


def up_for_shoppers(where: Harness) -> None:
    """Everything, with a worker for each two cores: the other core is for what stands around it.

    A second worker on two cores decides no more; it only makes two transactions of one (ops/decisions/0009).
    """
    where.stack.up()
    workers = sorted(name for name in where.stack.processes if name.startswith("worker-"))
    kept = max(1, (psutil.cpu_count() or 1) // 2)
    for name in workers[kept:]:
        where.stack.stop(name)
    where.report.say(f"shoppers meet {min(kept, len(workers))} of {len(workers)} workers on {psutil.cpu_count()} cores")


@app.command()
def bench(
    only: Annotated[list[Section] | None, typer.Option(help="Measure only this part. Repeatable.")] = None,
    variants: Annotated[int, typer.Option(min=100, help="How many the shop has whose search is measured.")] = 10_000,
    place: Annotated[
        Path | None, typer.Option(help="Folder for the servers; it is kept, and they are left up.")
    ] = None,
) -> None:
    """Measure pace, latency, recovery and cost, on servers of its own: JSON lines on stdout, a table at the end."""
    report, wanted = Report(), set(only or Section)
    with harness(report, place) as where:
        if Section.HOLDS in wanted:
            holds.run(where)
        pace = engine.run(where) if Section.ENGINE in wanted else None
        if Section.LATENCY in wanted:
            latency.run(where, pace)
        if Section.RECOVERY in wanted:
            recovery.run(where)
        if wanted & {Section.EDGE, Section.FLASH, Section.LIVE, Section.RESTART, Section.SEARCH}:
            up_for_shoppers(where)
        if Section.EDGE in wanted:
            edge.run(where)
        if Section.FLASH in wanted:
            flash.run(where)
        if Section.LIVE in wanted:
            live.run(where)
        if Section.SEARCH in wanted:
            search.run(where, variants)
        if Section.RESTART in wanted:
            restart.run(where)
    report.progress.print(report.table())
