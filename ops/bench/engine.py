"""How many stock decisions one worker makes, beside two loops that make the same decisions without its engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops.bench.figures import Figure, Goal, Report, at_least
from ops.bench.harness import Child, Harness, running
from ops.bench.machine import Conditions
from ops.bench.sampler import Pace, Sampler
from ops.bench.stock import SKUS, deliveries, holds_and_commits, send_all
from process.settings import Settings

PART = "engine"
ROUNDS = 3
BLOOMFIELD, BARE, FAUST = "Bloomfield", "bare loop", "stock Faust"
COMMANDS = {BLOOMFIELD: 40_000, BARE: 40_000, FAUST: 6_000}
MODULES = {BARE: "ops.bench.bare_loop", FAUST: "ops.bench.stock_faust"}
DECISIONS_SECONDS_MAX = 180.0
CONTAINS = {
    BLOOMFIELD: "event, note to the checkout room, row and command id, in one transaction",
    BARE: "event, note to the checkout room and row, in one transaction; repetitions would be decided again",
    FAUST: "event, note to the checkout room and row, at least once; repetitions would be decided again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process that decided all the commands that were waiting for it."""

    worker: Pace  # and its CPU time
    broker_cpu_micros: float
    conditions: Conditions
    facts: dict[str, float]


def run(harness: Harness) -> float:
    """Round by round, so that whatever else the machine does meets all three. Returns the pace of one worker.

    Of each the round counts in which others used the least of the machine; the facts show every round.
    """
    runs: dict[str, list[Run]] = {name: [] for name in COMMANDS}
    for number in range(ROUNDS):
        for name in COMMANDS:
            found = one_run(harness, name)
            runs[name].append(found)
            pace = found.worker
            harness.report.say(f"round {number + 1}: {name} {pace.per_second:.0f}/s, {pace.cpu_micros:.0f} µs CPU each")
    _report(harness.report, runs)
    return quietest(runs[BLOOMFIELD]).worker.per_second


def quietest(runs: list[Run]) -> Run:
    """The run that the machine's other work disturbed least."""
    return min(runs, key=lambda each: each.conditions.others_share)


def one_run(harness: Harness, name: str = BLOOMFIELD, commands: int | None = None) -> Run:
    """Preload the commands, start the process, and measure from the first event seen to the last."""
    settings, count = harness.fresh_topics(), commands or COMMANDS[name]
    send_all(settings, deliveries(harness.codec))
    send_all(settings, holds_and_commits(harness.codec, count))
    with running(_start(harness, settings, name)) as child:
        broker = harness.stack.pid("kafka")
        with harness.window() as window, Sampler(settings, [child.pid, broker or child.pid]) as sampler:
            offsets = sampler.wait(count + SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        worker, kafka = sampler.pace(offsets, 0), sampler.pace(offsets, 1)
        facts = transactions({}, child.metrics()) if name == BLOOMFIELD else {}
    return Run(worker=worker, broker_cpu_micros=kafka.cpu_micros, conditions=window.conditions, facts=facts)


def _start(harness: Harness, settings: Settings, name: str) -> Child:
    return harness.worker(settings) if name == BLOOMFIELD else harness.start(settings, MODULES[name])


def transactions(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """From a worker's metrics: how its commands were batched, and what a commit took."""

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    count = max(grown("bloomfield_commit_seconds_count"), 1.0)
    return {
        "transactions": count,
        "commands_per_transaction": round(grown("bloomfield_batch_commands_sum") / count, 1),
        "commit_ms_mean": round(grown("bloomfield_commit_seconds_sum") / count * 1000, 1),
    }


def _report(report: Report, runs: Mapping[str, list[Run]]) -> None:
    best = {name: quietest(found) for name, found in runs.items()}
    pace = {name: each.worker.per_second for name, each in best.items()}
    cpu = {name: each.worker.cpu_micros for name, each in best.items()}

    def add(name: str, figure: str, value: float, unit: str, goal: Goal | None, facts: Mapping[str, object]) -> None:
        conditions = best[name].conditions
        report.add(
            Figure(part=PART, name=figure, value=value, unit=unit, goal=goal, conditions=conditions, facts=facts)
        )

    for name, found in runs.items():
        facts: dict[str, object] = {
            "rounds": [round(each.worker.per_second) for each in found],
            "others": [round(each.conditions.others_share, 2) for each in found],
            "calibration_ms": [round(each.conditions.calibration_ms, 2) for each in found],
            **best[name].facts,
            "contains": CONTAINS[name],
        }
        add(name, f"stock decisions, {name}", pace[name], "/s", at_least(8_000) if name == BLOOMFIELD else None, facts)
        rounds = {
            "rounds": [round(each.worker.cpu_micros) for each in found],
            "broker_us": [round(each.broker_cpu_micros) for each in found],
        }
        add(name, f"CPU per decision, {name}", cpu[name], "µs", None, rounds)
    for name, goal in ((FAUST, at_least(6)), (BARE, None)):
        add(name, f"pace, times that of {name}", pace[BLOOMFIELD] / pace[name], "x", goal, {})
        add(name, f"decisions per CPU second, times those of {name}", cpu[name] / cpu[BLOOMFIELD], "x", goal, {})
