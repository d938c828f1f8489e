"""Servers of its own, for whoever kills them or measures them: those that are in use are never touched."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ops.servers.stack import Stack
from ops.servers.workspace import CHECKOUT, Workspace


@contextmanager
def own_workspace(purpose: str, *, folder: Path | None = None, keep: bool = False) -> Iterator[Workspace]:
    """A folder `var/PURPOSE-…`, or the one given; removed afterwards, unless it is kept to be looked at."""
    root = folder.resolve() if folder else CHECKOUT / "var" / f"{purpose}-{uuid.uuid4().hex[:6]}"
    workspace = Workspace(root=root, throwaway=True)
    try:
        yield workspace
    finally:
        if keep:
            print(f"kept: {workspace.root}", file=sys.stderr)
        else:
            workspace.remove()


@contextmanager
def own_stack(
    purpose: str, environment: Mapping[str, str] | None = None, *, folder: Path | None = None, keep: bool = False
) -> Iterator[Stack]:
    """A stack of two workers, not started; taken down and removed afterwards, unless it is kept up to be looked at."""
    with own_workspace(purpose, folder=folder, keep=keep) as workspace:
        owner = None if keep else os.getpid()  # killed from outside, it leaves nothing running
        stack = Stack(workspace, workers=2, foreign={}, environment=environment, owner=owner)
        try:
            yield stack
        finally:
            if not keep:
                stack.down()
