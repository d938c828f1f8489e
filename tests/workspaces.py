"""Folders of the tests' own stacks, `var/test-…`: held by a lock of the process that made them.

The kernel lets go of the lock however that process ends, so that the next run can tell what a killed one left behind
from what belongs to a run that is alive. What a failed run leaves is kept for a while, for a look.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ops.servers.native import owned
from ops.servers.workspace import CHECKOUT, Workspace, locked

FAILED_KEPT_SECONDS = 3600
HELD, FAILED = "held", "failed"  # files in the folder: locked while its process lives; made when its run failed

_made: list[Workspace] = []  # by this process


def new_workspace(parent: Path = CHECKOUT / "var") -> Workspace:
    """Deleted after the test, or kept for a look when the run failed."""
    workspace = Workspace(root=parent / f"test-{os.getpid()}-{secrets.token_hex(3)}", throwaway=True)
    with _one_at_a_time(parent):
        workspace.root.mkdir(parents=True)
        held = os.open(workspace.root / HELD, os.O_CREAT | os.O_WRONLY)
        fcntl.flock(held, fcntl.LOCK_EX)  # until the process ends
    _made.append(workspace)
    return workspace


def end_of_run(*, passed: bool) -> None:
    """What this process made and nobody removed: it goes if the run passed, and is kept if not."""
    left = [workspace for workspace in _made if workspace.root.exists()]
    for workspace in left:
        if passed and not owned(workspace):
            workspace.remove()
        else:
            (workspace.root / FAILED).touch()


def failed_ones(parent: Path = CHECKOUT / "var") -> list[Path]:
    """What is kept of failed runs."""
    return sorted(file.parent for file in parent.glob(f"test-*/{FAILED}"))


def remove_abandoned(parent: Path = CHECKOUT / "var") -> None:
    """Remove what runs left that are no more: killed ones at once, failed ones after a while."""
    with _one_at_a_time(parent):
        for root in parent.glob("test-*"):
            workspace = Workspace(root=root)
            if not (_is_held(root) or _is_fresh_failure(root) or owned(workspace)):
                workspace.remove()


@contextmanager
def _one_at_a_time(parent: Path) -> Iterator[None]:
    """Between the making of a folder and the taking of its lock nobody may look."""
    parent.mkdir(parents=True, exist_ok=True)
    with locked(parent / "tests.lock"):
        yield


def _is_held(root: Path) -> bool:
    try:
        with (root / HELD).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # removed this moment, or made by a run that took no lock
        return psutil.pid_exists(int(root.name.split("-")[1]))
    return False


def _is_fresh_failure(root: Path) -> bool:
    try:
        return time.time() - (root / FAILED).stat().st_mtime < FAILED_KEPT_SECONDS
    except FileNotFoundError:
        return False
