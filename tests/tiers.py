"""Which tier a test belongs to, and which tests one process must run in turn.

`unit` needs no server. `broker` needs some of the run's servers (tests/conftest.py), `stack` a stack of processes of
ours as well, or one of its own; `proof` kills them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

TIERS = {
    "unit": "needs no server",
    "broker": "needs servers of the run: Kafka, the registry, PostgreSQL, Redis, the double of Stripe",
    "stack": "needs processes of ours, or a stack of its own",
    "proof": "kills what it started",
}
PROOFS = ("tests/chaos/",)
PROCESSES = (  # files whose tests start processes of their own
    "tests/stripe_double/",
    "tests/ops/test_cli.py",
    "tests/ops/test_owner.py",
    "tests/ops/test_rooms_new.py",
    "tests/ops/test_workspaces_of_tests.py",
    "tests/runtime/test_watchdog.py",
)
STACKS = {"stack", "whole_stack", "scenario_stack", "whole_shop", "workspace", "busy", "elsewhere"}  # fixtures
SERVERS = {"unstarted_stack"}
# What one process runs in turn, because it shares servers: the longest first, so that the rest fills its waits.
GROUPS = {
    "connectors": ("tests/connectors/",),
    "broker": (
        "tests/audit/test_on_kafka.py",
        "tests/audit/test_other_log.py",
        "tests/audit/test_postgres.py",
        "tests/audit/test_set_aside.py",
        "tests/contract/test_registry.py",
        "tests/ops/test_log.py",
        "tests/ops/test_relevance.py",
        "tests/ops/test_servers.py",
        "tests/runtime/test_compaction.py",
        "tests/runtime/test_epoch_on_kafka.py",
        "tests/runtime/test_feed.py",
        "tests/runtime/test_guards_on_kafka.py",
        "tests/runtime/test_loading.py",
        "tests/runtime/test_pins.py",
        "tests/runtime/test_recall_on_kafka.py",
        "tests/runtime/test_worker_faults.py",
    ),
    "e2e": ("tests/e2e/",),
    "scenarios": ("tests/scenarios/",),
}


def tier_of(item: pytest.Item) -> str:
    """The tier, by what the test asks for."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.nodeid.startswith(PROOFS):
        return "proof"
    if fixtures & STACKS or item.nodeid.startswith(PROCESSES):
        return "stack"
    return "broker" if fixtures & SERVERS else "unit"


def group_of(nodeid: str) -> str:
    """What one process runs in turn: a group that shares servers, or a file."""
    return next((name for name, paths in GROUPS.items() if nodeid.startswith(paths)), nodeid.partition("::")[0])


def arrange(items: list[pytest.Item]) -> None:
    """Mark every test with its tier; those that wait longest begin first."""
    for item in items:
        assert not SERVERS & set(getattr(item, "fixturenames", ())) or group_of(item.nodeid) in GROUPS, (
            f"{item.nodeid} uses the run's servers: add its file to a group in {__file__}"
        )
        item.add_marker(tier_of(item))
    items.sort(key=lambda item: _order(group_of(item.nodeid), tier_of(item)))


def _order(group: str, tier: str) -> int:
    return [*GROUPS].index(group) if group in GROUPS else len(GROUPS) + [*reversed(TIERS)].index(tier)


class Scheduler(LoadScopeScheduling):
    """Sends a group to one process. pytest-xdist's own groups change node ids, which pytest 9.2 no longer lets it."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


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
