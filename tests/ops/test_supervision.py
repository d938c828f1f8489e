"""What the launcher promises, tried on real processes. Redis stands for all: it starts in a tenth of a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from ops.servers import ports as port_book
from ops.servers.errors import NotReadyError, UnknownProcessError
from ops.servers.native import owned
from ops.servers.stack import Stack
from ops.servers.switch import Mode
from ops.servers.workspace import CHECKOUT, Workspace
from tests.waiting import eventually
from tests.workspaces import new_workspace


def native(workspace: Workspace) -> Stack:
    return Stack(workspace, foreign={}, mode=Mode.NATIVE, owner=os.getpid())


@pytest.fixture
def light(workspace: Workspace) -> Iterator[Stack]:
    stack = native(workspace)
    stack.up(["redis"])
    yield stack
    stack.down()


def test_a_killed_process_comes_back_with_a_new_pid_in_its_pid_file(light: Stack) -> None:
    before = light.pid("redis")
    light.kill("redis", signal.SIGKILL)
    after = eventually(lambda: (pid := light.pid("redis")) != before and pid)
    light.wait_ready("redis")
    assert int((light.workspace.run / "redis.pid").read_text()) == after
    assert psutil.Process(after).name().startswith("redis-server")


def test_a_restart_is_another_process_and_is_ready(light: Stack) -> None:
    before = light.pid("redis")
    light.restart("redis")
    assert light.pid("redis") not in (before, None)


def test_a_stopped_process_stays_down_until_it_is_wanted_again(light: Stack) -> None:
    light.stop("redis")
    assert light.pid("redis") is None
    assert light.state("redis") == "STOPPED"
    light.up(["redis"])
    assert light.pid("redis") is not None


def test_up_leaves_alone_what_runs(light: Stack) -> None:
    before = light.pid("redis")
    native(light.workspace).up(["redis"])
    assert light.pid("redis") == before


def test_down_leaves_no_process_and_no_port(light: Stack) -> None:
    light.up(["postgres"])
    assert owned(light.workspace)
    light.down()
    assert owned(light.workspace) == []
    assert all(port_book.is_free(port) for port in light.ports.values())
    light.down()  # again: nothing to do


def test_a_process_that_was_stopped_works_no_more_when_that_is_said(light: Stack) -> None:
    pid = light.pid("redis")
    light.kill("redis", signal.SIGSTOP)
    assert psutil.Process(pid).status() == psutil.STATUS_STOPPED
    light.kill("redis", signal.SIGCONT)
    light.wait_ready("redis")


def test_down_finds_what_a_killed_supervisor_left_behind(light: Stack) -> None:
    supervisord = psutil.Process(int((light.workspace.run / "supervisord.pid").read_text()))
    supervisord.kill()
    supervisord.wait(60)
    assert light.pid("redis") is not None, "the supervisor's children live on"
    light.down()
    assert owned(light.workspace) == []


def test_up_after_a_killed_supervisor_starts_afresh(light: Stack) -> None:
    before = light.pid("redis")
    supervisord = psutil.Process(int((light.workspace.run / "supervisord.pid").read_text()))
    supervisord.kill()
    supervisord.wait(60)
    light.up(["redis"])
    assert light.pid("redis") not in (before, None)
    assert len([one for one in owned(light.workspace) if one.name().startswith("redis-server")]) == 1


def test_two_stacks_at_once_do_not_meet(light: Stack) -> None:
    other = native(new_workspace())
    try:
        other.up(["redis"])
        assert other.pid("redis") != light.pid("redis")
        assert not set(other.ports.values()) & set(light.ports.values())
    finally:
        other.down()
    assert light.pid("redis") is not None, "taking one down leaves the other alone"
    other.workspace.remove()


def test_a_killed_test_run_leaves_no_servers(workspace: Workspace) -> None:
    code = (
        "import os, sys; from pathlib import Path; from ops.servers.workspace import Workspace; "
        "from ops.servers.stack import Stack; from ops.servers.switch import Mode; "
        "stack = Stack(Workspace(root=Path(sys.argv[1])), foreign={}, mode=Mode.NATIVE, owner=os.getpid()); "
        "stack.up(['redis']); os.kill(os.getpid(), 9)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(workspace.root)], cwd=CHECKOUT, check=False, capture_output=True
    )
    assert run.returncode == -signal.SIGKILL
    assert owned(workspace), "its servers are still there for a moment"
    eventually(lambda: not owned(workspace))


def test_a_process_that_cannot_start_is_reported_with_its_last_words(workspace: Workspace) -> None:
    stack = native(workspace)
    log = workspace.data / "redis" / "appendonlydir"
    log.mkdir(parents=True)
    (log / "appendonly.aof.manifest").write_text("this is no manifest")
    with pytest.raises(NotReadyError, match=r"redis keeps crashing(.|\n)*AOF manifest"):
        stack.up(["redis"])
    stack.down()


def test_an_unknown_name_is_refused_with_those_known(workspace: Workspace) -> None:
    with pytest.raises(UnknownProcessError, match="postgres, redis, kafka, registry"):
        native(workspace).pid("kafak")
