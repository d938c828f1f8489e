"""Which tier a test belongs to, and which tests one process must run in turn.

`unit` needs no server. `broker` needs some of the run's servers (tests/conftest.py), `stack` a stack of processes of
ours as well, or one of its own; `proof` kills them. All tests that use the run's servers are one group, which one
process runs: the others run while it waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest

TIERS = {
    "unit": "needs no server",
    "broker": "needs servers of the run: Kafka, the registry, PostgreSQL, Redis, the double of Stripe",
    "stack": "needs processes of ours, or a stack of its own",
    "proof": "kills what it started",
}
PROOFS = ("tests/chaos/",)
STACKS = {"stack", "whole_stack", "scenario_stack", "world", "place", "busy", "elsewhere"}  # fixtures
SERVERS = {"unstarted_stack"}
SHARED = "the run's servers"
FIRST = ("scenarios", SHARED)  # the longest groups; the rest fills their waits


def tier_of(item: pytest.Item) -> str:
    """The tier, by what the test asks for."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.nodeid.startswith(PROOFS):
        return "proof"
    if fixtures & STACKS:
        return "stack"
    return "broker" if fixtures & SERVERS else "unit"


def group_of(item: pytest.Item) -> str:
    """What one process runs in turn: whoever shares servers or fixtures of a file."""
    if "unstarted_stack" in getattr(item, "fixturenames", ()):
        return SHARED
    folder, _, file = item.nodeid.partition("::")[0].rpartition("/")
    return "scenarios" if folder.endswith("scenarios") and tier_of(item) == "stack" else f"{folder}/{file}"


def arrange(items: list[pytest.Item]) -> None:
    """Mark every test with its tier and its group; those that wait longest begin first."""
    for item in items:
        item.add_marker(tier_of(item))
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: _place(group_of(item), tier_of(item)))


def _place(group: str, tier: str) -> int:
    return FIRST.index(group) if group in FIRST else len(FIRST) + [*reversed(TIERS)].index(tier)


def summary(reports: Iterable[pytest.TestReport]) -> list[str]:
    """How long each tier took, in seconds of its processes, and the ten slowest tests."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for report in reports:
        tier = next((tier for tier in TIERS if tier in report.keywords), "")
        seconds[tier] += report.duration
        tests[report.nodeid] += report.duration
        counts[tier] += report.when == "call"
    slowest = sorted(tests.items(), key=lambda each: -each[1])[:10]
    return [
        *(f"{tier:7} {counts[tier]:5} tests {seconds[tier]:7.1f} s  {TIERS[tier]}" for tier in TIERS if counts[tier]),
        "the ten slowest:",
        *(f"{took:7.1f} s  {name}" for name, took in slowest),
    ]
