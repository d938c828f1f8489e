"""What the tests' own stacks leave behind: nothing of a run that passed, and of a killed one until the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from ops.servers.supervisor import MARK
from ops.servers.workspace import CHECKOUT
from tests import workspaces

MAKES = """
import sys
from pathlib import Path
from tests import workspaces

print(workspaces.new_workspace(Path(sys.argv[1])).root, flush=True)
input()
workspaces.end_of_run(passed=sys.argv[2] == "passed")
"""


def run(parent: Path, result: str = "passed") -> tuple[subprocess.Popen[str], Path]:
    """Another run, that waits to be told to end, and its folder."""
    line = [sys.executable, "-c", MAKES, str(parent), result]
    made = subprocess.Popen(line, cwd=CHECKOUT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert made.stdout is not None
    return made, Path(made.stdout.readline().strip())


def test_what_a_run_that_is_alive_has_made_stays_and_what_a_killed_one_left_goes(tmp_path: Path) -> None:
    (alive, its), (killed, left) = run(tmp_path), run(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    workspaces.remove_abandoned(tmp_path)
    assert (its.exists(), left.exists()) == (True, False)
    alive.communicate("\n")
    assert not its.exists(), "a run that passed leaves nothing"


def test_what_a_failed_run_left_is_kept_for_a_while(tmp_path: Path) -> None:
    failed, left = run(tmp_path, "failed")
    failed.communicate("\n")
    workspaces.remove_abandoned(tmp_path)
    assert workspaces.failed_ones(tmp_path) == [left]
    then = time.time() - workspaces.FAILED_KEPT_SECONDS - 1
    os.utime(left / workspaces.FAILED, (then, then))
    workspaces.remove_abandoned(tmp_path)
    assert not left.exists()


def test_nothing_is_removed_under_a_process_that_still_ends(tmp_path: Path) -> None:
    killed, left = run(tmp_path)
    server = subprocess.Popen(["sleep", "600"], env={**os.environ, MARK: str(left)})
    killed.kill()
    killed.communicate()
    workspaces.remove_abandoned(tmp_path)
    assert left.exists()
    server.kill()
    psutil.wait_procs([server], timeout=60)
    workspaces.remove_abandoned(tmp_path)
    assert not left.exists()


def test_a_folder_of_a_run_that_took_no_lock_goes_with_its_process(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    for pid in (gone.pid, os.getpid()):
        (tmp_path / f"test-{pid}-abcdef").mkdir()
    workspaces.remove_abandoned(tmp_path)
    assert [each.name for each in tmp_path.glob("test-*")] == [f"test-{os.getpid()}-abcdef"]
