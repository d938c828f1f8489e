"""How long it takes from a command to its event, as a read-committed reader sees it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ops.bench.engine import one_run, transactions
from ops.bench.figures import Goal, at_most, percentile
from ops.bench.harness import Child, Harness, running
from ops.bench.machine import Conditions
from ops.bench.pacing import Stream
from ops.bench.stock import deliveries, holds_and_commits, send_all
from process.settings import Settings

PART = "latency"
WARM_UP_SECONDS = 2.0
SETTLE_SECONDS = 20.0
PROBE_COMMANDS = 20_000
SPELLS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A rate of commands, and how long its events may take."""

    name: str
    rate: float
    seconds: float
    goals: dict[float, Goal | None]


STEADY = Load(name="200/s", rate=200, seconds=10, goals={0.5: at_most(30), 0.99: at_most(80)})


def half_of(decisions_per_second: float) -> Load:
    return Load(
        name="half of the pace of one worker",
        rate=decisions_per_second / 2,
        seconds=6,
        goals={0.5: None, 0.99: at_most(200)},
    )


def run(harness: Harness, decisions_per_second: float | None) -> None:
    """At a steady 200/s, and at half of what one worker can do (found out first, unless the caller knows)."""
    if decisions_per_second is None:
        decisions_per_second = one_run(harness, commands=PROBE_COMMANDS).worker.per_second
    settings = harness.fresh_topics()
    with running(harness.worker(settings)) as worker:
        worker.wait_ready()
        send_all(settings, deliveries(harness.codec))
        for load in (STEADY, half_of(decisions_per_second)):
            _at_rate(harness, worker, settings, load)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One stretch of commands at a rate."""

    millis: list[float]
    conditions: Conditions
    facts: dict[str, float]


def _at_rate(harness: Harness, worker: Child, settings: Settings, load: Load) -> None:
    """Several spells; the one counts in which others used the least of the machine."""
    spells = [_spell(harness, worker, settings, load) for _ in range(SPELLS)]
    best = min(spells, key=lambda each: each.conditions.others_share)
    others = [round(each.conditions.others_share, 2) for each in spells]
    for share, goal in load.goals.items():
        rounds = [round(percentile(each.millis, share), 1) for each in spells]
        name, value = f"command to event, p{share * 100:g}, {load.name}", percentile(best.millis, share)
        harness.report.add(PART, best.conditions, name, value, "ms", goal, **best.facts, spells=rounds, others=others)


def _spell(harness: Harness, worker: Child, settings: Settings, load: Load) -> Spell:
    # Encoded before, so that the sender keeps to its times.
    commands = list(holds_and_commits(harness.codec, int(load.rate * (WARM_UP_SECONDS + load.seconds) * 1.2)))
    before = worker.metrics()
    with Stream(settings, iter(commands), load.rate) as stream:
        time.sleep(WARM_UP_SECONDS)
        with harness.window() as window:
            began = time.monotonic()
            time.sleep(load.seconds)
        stream.drain(SETTLE_SECONDS)
    millis = [each.millis for each in stream.seen if began <= each.sent_at < began + load.seconds]
    facts = {
        "per_second": round(len(millis) / load.seconds),
        "unanswered": stream.unanswered,
        **transactions(before, worker.metrics()),
    }
    return Spell(millis=millis, conditions=window.conditions, facts=facts)
