"""The whole stack, and its edge as clients see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api.auth import issue
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge


@pytest.fixture(scope="session")
def whole_stack(stack: Stack) -> Stack:
    """Workers, connectors and the edge as well."""
    stack.up()
    return stack


@pytest.fixture
def edge(whole_stack: Stack) -> Iterator[Edge]:
    """The edge, with workers and connectors behind it."""
    token = issue(whole_stack.settings().secret("staff_signing"), name="ada", role="staff", minutes=120)
    with ExitStack() as clients:
        yield Edge(whole_stack.addresses.api, token, clients)
