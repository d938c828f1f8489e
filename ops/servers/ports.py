"""Loopback ports of a workspace: chosen once, remembered in run/ports.json, never shared with another workspace.

A book of all workspaces of this user, in the temporary folder, keeps two stacks that start together from choosing
the same port: testing whether a port is free says nothing about who will take it in the next second.
"""

from __future__ import annotations

import json
import os
import random
import socket
import tempfile
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

from ops.servers.errors import StackError
from ops.servers.steps import say
from ops.servers.workspace import Workspace, locked

# Below the range from which the kernel takes the local end of outgoing connections.
PORTS = range(20_000, 32_000)
OF_ITS_OWN = {"opensearch": range(9_200, 9_300)}  # what starts it natively knows no port beyond
TRIES_MAX = 1_000

Ports = Mapping[str, int]


def remembered(workspace: Workspace) -> dict[str, int]:
    return _read(workspace.run / "ports.json")


def assign(workspace: Workspace, names: Collection[str], *, running: Collection[str] = ()) -> Ports:
    """The port of each name. One that a stranger has taken is chosen anew; those `running` are ours and stay."""
    book_path = Path(tempfile.gettempdir()) / f"bloomfield-ports-{os.getuid()}.json"
    with locked(book_path.with_suffix(".lock")):
        book = {root: ports for root, ports in _read(book_path).items() if (Path(root) / "run/ports.json").exists()}
        mine = remembered(workspace)
        others = {port for root, ports in book.items() if root != str(workspace.root) for port in ports}
        for name in names:
            if name in running and name in mine:
                continue
            if name in mine and is_free(mine[name]):
                continue
            chosen = _choose(OF_ITS_OWN.get(name, PORTS), {*others, *mine.values()})
            if name in mine:
                say(f"port {mine[name]} of {name} was taken by another program: {name} moves to {chosen}")
            mine[name] = chosen
        (workspace.run / "ports.json").write_text(json.dumps(mine, indent=1, sort_keys=True))
        book[str(workspace.root)] = sorted(mine.values())
        book_path.write_text(json.dumps(book))
    return mine


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _choose(ports: range, taken: Collection[int]) -> int:
    for _ in range(TRIES_MAX):
        port = random.choice(ports)  # noqa: S311 - a port is no secret
        if port not in taken and is_free(port):
            return port
    raise StackError(f"no free port between {ports.start} and {ports.stop}: stop some servers of this machine")


def _read(path: Path) -> dict:  # type: ignore[type-arg]
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
