"""How many stock decisions one worker makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ops.bench.figures import at_least
from ops.bench.harness import Harness, running
from ops.bench.machine import Conditions
from ops.bench.sampler import Pace, Sampler
from ops.bench.stock import SKUS, deliveries, holds_and_commits, send_all

PART = "engine"
ROUNDS = 3
COMMANDS = 40_000
DECISIONS_SECONDS_MAX = 180.0
CONTAINS = "event, note to the checkout room, row and command id, in one transaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process that decided all the commands that were waiting for it."""

    worker: Pace  # and its CPU time
    broker_cpu_micros: float
    conditions: Conditions
    facts: dict[str, float]


def run(harness: Harness) -> float:
    """The round counts in which others used the least of the machine; the facts show every round. Returns its pace."""
    runs: list[Run] = []
    for number in range(ROUNDS):
        runs.append(one_run(harness))
        pace = runs[-1].worker
        harness.report.say(f"round {number + 1}: {pace.per_second:.0f}/s, {pace.cpu_micros:.0f} µs CPU each")
    best = min(runs, key=lambda each: each.conditions.others_share)
    rounds = [round(each.worker.per_second) for each in runs]
    facts = {
        "others": [round(each.conditions.others_share, 2) for each in runs],
        "calibration_ms": [round(each.conditions.calibration_ms, 2) for each in runs],
        "contains": CONTAINS,
        **best.facts,
    }
    cpu = [round(each.worker.cpu_micros) for each in runs]
    broker = [round(each.broker_cpu_micros) for each in runs]
    add, pace = partial(harness.report.add, PART, best.conditions), best.worker
    add("stock decisions", pace.per_second, "/s", at_least(8_000), rounds=rounds, **facts)
    add("CPU per decision", pace.cpu_micros, "µs", rounds=cpu, broker_us=broker)
    return best.worker.per_second


def one_run(harness: Harness, commands: int = COMMANDS) -> Run:
    """Preload the commands, start the process, and measure from the first event seen to the last."""
    settings = harness.fresh_topics()
    send_all(settings, deliveries(harness.codec))
    send_all(settings, holds_and_commits(harness.codec, commands))
    with running(harness.worker(settings)) as child:
        broker = harness.stack.pid("kafka")
        with harness.window() as window, Sampler(settings, [child.pid, broker or child.pid]) as sampler:
            offsets = sampler.wait(commands + SKUS, seconds_max=DECISIONS_SECONDS_MAX)
        worker, kafka = sampler.pace(offsets, 0), sampler.pace(offsets, 1)
        facts = transactions({}, child.metrics())
    return Run(worker=worker, broker_cpu_micros=kafka.cpu_micros, conditions=window.conditions, facts=facts)


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
