"""`bloomfield status` tells whether the stack serves, not merely whether its processes are alive."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ops import cli
from ops.servers.stack import Stack
from ops.servers.status import LOOPING
from ops.servers.switch import Mode
from ops.servers.workspace import Workspace
from tests.waiting import eventually


@pytest.fixture
def redis_alone(workspace: Workspace) -> Iterator[Stack]:
    """A stack of one process."""
    stack = Stack(workspace, foreign={}, mode=Mode.NATIVE, owner=os.getpid())
    stack.up(["redis"])
    stack.processes = {"redis": stack.processes["redis"]}
    yield stack
    stack.down()


def asked(stack: Stack) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["status"], obj=stack)
    return result.exit_code, result.output


def test_a_process_that_serves_is_ready(redis_alone: Stack) -> None:
    code, text = asked(redis_alone)
    assert code == 0
    assert " ready " in text
    assert "not ready" not in text


def test_a_process_that_is_alive_and_cannot_serve_says_why_and_fails_the_command(redis_alone: Stack) -> None:
    reason = "GET http://127.0.0.1:1/readyz: 503 inventory/0: AdjustStock on inventory/GARB@warehouse: OverflowError"
    redis_alone.processes["redis"] = replace(redis_alone.processes["redis"], ready=lambda: reason)
    code, text = asked(redis_alone)
    assert code == 1
    assert "not ready" in text
    assert f"redis is not ready: {reason}\n" in text


def test_a_process_that_keeps_crashing_is_told_from_one_that_was_restarted(redis_alone: Stack) -> None:
    redis_alone.restart("redis")
    assert asked(redis_alone)[0] == 0, "as asked"
    for _ in range(LOOPING):
        before = redis_alone.pid("redis")
        redis_alone.kill("redis", signal.SIGKILL)
        eventually(lambda before=before: redis_alone.pid("redis") not in (before, None))
        redis_alone.wait_ready("redis")
    [row] = redis_alone.status()
    assert (row.ends.total, row.ends.lately) == (LOOPING, LOOPING)
    code, text = asked(redis_alone)
    assert code == 1
    assert "crashing" in text
    assert f"redis keeps ending by itself: {LOOPING} times, last terminated by SIGKILL" in text


def test_a_stack_that_is_down_is_not_ready(redis_alone: Stack) -> None:
    redis_alone.stop("redis")
    code, text = asked(redis_alone)
    assert code == 1
    assert "stopped" in text


def test_one_process_can_be_stopped_alone(redis_alone: Stack) -> None:
    result = CliRunner().invoke(cli.app, ["down", "--only", "redis"], obj=redis_alone)
    assert (result.exit_code, redis_alone.pid("redis")) == (0, None)
    assert redis_alone.runner.ends("redis").total == 0, "as asked"


def test_down_can_forget_all_data_and_the_next_start_is_anew(redis_alone: Stack) -> None:
    refused = CliRunner().invoke(cli.app, ["down", "--forget", "--only", "redis"], obj=redis_alone)
    assert refused.exit_code == 1 and redis_alone.pid("redis") is not None
    result = CliRunner().invoke(cli.app, ["down", "--forget"], obj=redis_alone)
    assert (result.exit_code, redis_alone.pid("redis")) == (0, None)
    assert [*redis_alone.workspace.data.iterdir(), *redis_alone.workspace.logs.iterdir()] == []
    redis_alone.up(["redis"])
    assert redis_alone.pid("redis") is not None


def test_data_that_cannot_be_deleted_is_not_called_forgotten(redis_alone: Stack) -> None:
    redis_alone.down()
    shutil.rmtree(redis_alone.workspace.logs)
    redis_alone.workspace.logs.write_text("no folder")  # root may delete whatever else could be made up here
    result = CliRunner().invoke(cli.app, ["down", "--forget"], obj=redis_alone)
    assert result.exit_code == 1 and "not all data is deleted" in str(result.exception)
    assert str(redis_alone.workspace.logs) in str(result.exception)
    redis_alone.workspace.logs.unlink()
