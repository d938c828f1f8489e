"""The short forms of `bloomfield chaos` and `bloomfield race`, on one stack of their own, and then the whole audit.

Scenarios 1, 2, 5 and 15: as many sold as there were, everybody answered, holds returned, no charge without an order.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from ops import chaos, race
from ops.proof import audit_shop
from ops.servers.stack import Stack
from tests.workspaces import new_workspace


@pytest.fixture(scope="module")
def busy(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Everything, two workers, short holds, no rate limit."""
    workspace = new_workspace()
    own = {"BLOOMFIELD_HOLD_SECONDS": str(race.HOLD_SECONDS), "BLOOMFIELD_RATE_PER_MINUTE": "0"}
    stack = Stack(workspace, workers=2, foreign={}, environment=own, owner=os.getpid())
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
    if not request.session.testsfailed:
        workspace.remove()


def test_shoppers_race_while_workers_sinks_and_the_edge_are_killed(busy: Stack) -> None:
    result = asyncio.run(race.race(busy, shoppers=300, units=100, uses=30, kills=8, seed=11))
    assert result.unanswered == []
    assert result.bought[race.LAST_UNITS] <= 100
    assert result.shelves[race.LAST_UNITS] == 100 - result.bought[race.LAST_UNITS], "every hold has returned"
    assert 0 < result.used <= 30
    assert result.kills == 8
    verdict = audit_shop(busy)
    assert verdict.ok, verdict.witnesses


def test_stock_commands_survive_kills_stops_and_broker_restarts(busy: Stack) -> None:
    tally, verdict = chaos.inject_faults(busy, commands=8_000, kills=5, seconds=40, seed=7)
    assert verdict.ok, verdict.witnesses
    assert (tally["lost"], tally["duplicated"], tally["oversold"]) == (0, 0, 0)
    assert tally["commands"] > tally["distinct"] >= 8_000, "some were sent twice on purpose"
    assert tally["kills"] == 5
    assert not [line for line in exits(busy) if "no progress" in line], "no call waited until the watchdog ended it"


def exits(stack: Stack) -> list[str]:
    """What the workers said when they ended by themselves."""
    logs = stack.workspace.logs.glob("worker-*.log*")
    return [line for log in logs for line in log.read_text().splitlines() if "worker_exits" in line]


def test_a_backlog_is_written_in_the_order_in_which_it_was_decided(busy: Stack) -> None:
    """Two producers take turns: unless one waits for the other's records, an older row overwrites a newer one."""
    tally, verdict = chaos.inject_faults(busy, commands=15_000, kills=0, seconds=3, seed=8)
    assert verdict.ok, verdict.witnesses
    assert (tally["lost"], tally["duplicated"], tally["oversold"]) == (0, 0, 0)
