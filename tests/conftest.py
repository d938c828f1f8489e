"""Real servers for the tests that ask for them: one set per run, in its own workspace, started when first asked for.

Where a Docker engine answers they are test containers, elsewhere the native launcher's; the fixtures are the same.
A test keeps apart from others by `topic_prefix`, by ids of its own, and by databases or keys it makes itself.
What needs no server runs in other processes meanwhile (tests/tiers.py).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter

from ops.servers.stack import Stack
from ops.servers.supervisor import MARK
from ops.servers.switch import docker_engine_answers
from ops.servers.workspace import Workspace
from tests import tiers, unchanged, workspaces
from tests.containers import server_containers
from tests.workspaces import new_workspace


def pytest_configure(config: pytest.Config) -> None:
    for tier, meaning in tiers.TIERS.items():
        config.addinivalue_line("markers", f"{tier}: {meaning}")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:], left_out = unchanged.split(config, items)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    tiers.arrange(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> tiers.Scheduler:
    return tiers.Scheduler(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # once a run, and not in each of its processes
        workspaces.remove_abandoned()


@pytest.hookimpl(trylast=True)  # when the fixtures of the session have ended
def pytest_sessionfinish(exitstatus: int) -> None:
    workspaces.end_of_run(passed=exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = [each for kind in ("passed", "failed", "") for each in terminalreporter.stats.get(kind, ())]
    reports = [each for each in reports if isinstance(each, pytest.TestReport)]
    terminalreporter.section("time by tier")
    for line in tiers.summary(reports):
        terminalreporter.line(line)
    unchanged.note(terminalreporter.config, reports)
    for folder in workspaces.failed_ones() if terminalreporter.stats.get("failed") else ():
        terminalreporter.line(f"logs and data of a failed run, kept for an hour: {folder}")


@pytest.fixture(scope="session")
def unstarted_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The run's stack, with nothing started yet. The fixtures below start what a test asks for."""
    workspace = new_workspace()
    with ExitStack() as containers:
        foreign = containers.enter_context(server_containers(workspace)) if docker_engine_answers() else {}
        stack = Stack(workspace, foreign=foreign, owner=os.getpid())
        containers.enter_context(_marked(workspace))
        yield stack
        stack.down()
    if not request.session.testsfailed:
        workspace.remove()


@contextmanager
def _marked(workspace: Workspace) -> Iterator[None]:
    """What tests start by themselves belongs to the run's stack: it ends with it, also when the run is killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, str(workspace.root))
        yield


@pytest.fixture(scope="session")
def stack(unstarted_stack: Stack) -> Stack:
    """All servers are up; workers, edge and connectors when the test calls `stack.up()`."""
    unstarted_stack.up("servers")
    return unstarted_stack


@pytest.fixture(scope="session")
def kafka(unstarted_stack: Stack) -> str:
    """Bootstrap servers of a broker that is up."""
    _up(unstarted_stack, "kafka")
    return unstarted_stack.addresses.kafka


@pytest.fixture(scope="session")
def registry(unstarted_stack: Stack) -> str:
    """Base URL of a schema registry that is up (and of its PostgreSQL, which is up too)."""
    _up(unstarted_stack, "registry")
    return unstarted_stack.addresses.registry


@pytest.fixture(scope="session")
def postgres(unstarted_stack: Stack) -> str:
    """DSN with password of a database that is up; no migration has run."""
    _up(unstarted_stack, "postgres")
    password = unstarted_stack.settings().secret("postgres")
    return unstarted_stack.addresses.postgres.replace("@", f":{password}@", 1)


@pytest.fixture(scope="session")
def redis(unstarted_stack: Stack) -> str:
    """URL of a Redis that is up."""
    _up(unstarted_stack, "redis")
    return unstarted_stack.addresses.redis


@pytest.fixture(scope="session")
def opensearch(unstarted_stack: Stack) -> str:
    """Base URL of an OpenSearch that is up."""
    _up(unstarted_stack, "opensearch")
    return unstarted_stack.addresses.opensearch


@pytest.fixture(scope="session")
def stripe(unstarted_stack: Stack) -> str:
    """Base URL of the payment provider's double."""
    _up(unstarted_stack, "stripe-double")
    return unstarted_stack.addresses.stripe


@pytest.fixture(scope="session")
def s3(unstarted_stack: Stack) -> str:
    """Address of an object store that is up; its bucket is there once `deploy` or `Bucket.ensure` has run."""
    _up(unstarted_stack, "s3")
    return unstarted_stack.addresses.s3


@pytest.fixture
def topic_prefix() -> str:
    """Topics of one test alone, on the broker that all share."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture(scope="module")
def module_topic_prefix() -> str:
    """Topics of one file of tests alone."""
    return f"m{secrets.token_hex(4)}."


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A workspace for a test that starts a stack of its own; the test takes the stack down."""
    workspace = new_workspace()
    yield workspace
    workspace.remove()


def _up(stack: Stack, name: str) -> None:
    """Containers are up already: then the table has no such process."""
    if name in stack.processes:
        stack.up([name])
