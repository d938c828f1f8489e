"""The whole stack, and its edge as clients see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from api.http.auth import issue
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge
from tests.waiting import eventually


@pytest.fixture(scope="session")
def whole_stack(stack: Stack) -> Stack:
    """Workers, connectors and the edge as well."""
    stack.up()

    def decides() -> bool:
        made = (
            httpx.post(f"{stack.addresses.api}/v1/carts", headers={"Idempotency-Key": str(uuid.uuid4())})
            for _ in range(8)
        )
        return all(answer.status_code == 201 for answer in made)

    eventually(decides)  # the first assignment has settled: answers come within the edge's budget
    return stack


@pytest.fixture
def edge(whole_stack: Stack) -> Iterator[Edge]:
    """The edge, with workers and connectors behind it."""
    token = issue(whole_stack.settings().secret("staff_signing"), name="ada", role="staff", minutes=120)
    with ExitStack() as clients:
        yield Edge(whole_stack.addresses.api, token, clients)
