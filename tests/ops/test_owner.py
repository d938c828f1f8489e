"""The script that ends a stack when the process is gone that it must not outlive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil

from ops.servers import supervisor
from ops.servers.workspace import Workspace


def test_a_stack_ends_with_its_owner_and_is_not_fooled_by_another_process_of_the_same_id(tmp_path: Path) -> None:
    """Ids are given out again: stacks of test runs that were killed stayed up for an hour."""
    workspace = Workspace(root=tmp_path)
    workspace.make()
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    script = supervisor._watchdog(workspace, owner.pid).replace("kill -TERM $PPID", "exit 0")
    watching = subprocess.Popen(["/bin/sh", "-c", script])
    another = re.sub(r"\] *; do|= \d+ \]", lambda found: found[0].replace("= ", "= 9"), script)
    assert subprocess.run(["/bin/sh", "-c", another], timeout=60, check=False).returncode == 0
    assert watching.poll() is None
    marked = {**os.environ, supervisor.MARK: str(workspace.root)}
    alone = subprocess.run(
        ["/bin/sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], env=marked, capture_output=True, text=True, check=True
    )
    stray = psutil.Process(int(alone.stdout))
    owner.communicate(b"\n")
    assert watching.wait(60) == 0
    psutil.wait_procs([stray], timeout=60)
    assert not stray.is_running(), "what a test started beside the stack ends with it, too"
