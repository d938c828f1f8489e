"""A stack of the scenarios' own, so that the audit sees nothing but them; its second edge grants short holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ops.servers.ports import Ports
from ops.servers.stack import Stack
from tests.scenarios.shop import WholeShop
from tests.workspaces import new_workspace

HOLD_SECONDS_SHORT = "12"


class TwoEdges(Stack):
    """The second edge is in a hurry."""

    def _lay_out(self, ports: Ports) -> None:
        super()._lay_out(ports)
        one = self.processes["edge-1"]
        hurried = {**one.environment, "BLOOMFIELD_HOLD_SECONDS": HOLD_SECONDS_SHORT}
        self.processes["edge-1"] = replace(one, environment=hurried)


@pytest.fixture(scope="package")
def scenario_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Everything, two workers, two edges, no rate limit."""
    place = new_workspace()
    own = {"BLOOMFIELD_RATE_PER_MINUTE": "0"}
    stack = TwoEdges(place, workers=2, edges=2, environment=own, foreign={}, owner=os.getpid())
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
    if not request.session.testsfailed:
        place.remove()


@pytest.fixture
def whole_shop(scenario_stack: Stack) -> WholeShop:
    """The stack as shoppers, staff, Stripe and auditors have it."""
    return WholeShop(scenario_stack)
