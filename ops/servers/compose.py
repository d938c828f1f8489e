"""The same processes as services of docker-compose.yml, where a Docker engine answers."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable

from ops.servers import registry, s3
from ops.servers.addresses import write
from ops.servers.errors import NotDownError, StackError
from ops.servers.ports import Ports
from ops.servers.processes import Process
from ops.servers.runner import Ends
from ops.servers.steps import step
from ops.servers.workspace import CHECKOUT, Workspace

COMPOSE_SECONDS_MAX = 900  # pulls and builds on the first run


class Compose:
    """Every workspace is a project of its own, so that two checkouts on one engine do not meet."""

    def __init__(self, workspace: Workspace, ports: Ports) -> None:
        self._workspace = workspace
        self._ports = ports
        self._environment = os.environ | variables(workspace, ports)

    def prepare(self, known: Iterable[Process], chosen: Iterable[Process]) -> None:
        registry.prepare(self._workspace)  # its password file is mounted as a secret
        s3.prepare(self._workspace)  # and so are the keys of this one
        write(
            self._workspace.run / "compose.env", variables(self._workspace, self._ports)
        )  # for people who type it by hand
        with step("building and pulling images, once"):
            self._compose("pull", "--ignore-buildable", "--policy", "missing")
            self._compose("build")

    def start(self, name: str) -> None:
        self._compose("up", "--detach", "--no-deps", "--no-recreate", name)

    def stop(self, processes: Iterable[Process]) -> None:
        names = [process.name for process in processes]
        if names:  # without a name Docker would stop everything
            self._compose("stop", *names)

    def restart(self, name: str) -> None:
        self._compose("restart", name)

    def kill(self, name: str, number: signal.Signals) -> None:
        """Docker takes a kill for a request and starts nothing again by itself; and its init cannot pass on SIGSTOP."""
        match number:
            case signal.SIGSTOP:
                self._compose("pause", name)
            case signal.SIGCONT:
                self._compose("unpause", name)
            case _:
                self._compose("kill", "--signal", number.name, name)
                self._compose("start", name)

    def pid(self, name: str) -> int | None:
        container = self._compose("ps", "--quiet", name).strip()
        if not container:
            return None
        return int(self._docker("inspect", "--format", "{{.State.Pid}}", container)) or None

    def state(self, name: str) -> str:
        return self._compose("ps", "--all", "--format", "{{.State}}", name).strip().upper() or "STOPPED"

    def ends(self, name: str) -> Ends:
        container = self._compose("ps", "--all", "--quiet", name).strip()
        if not container:
            return Ends()
        return Ends(total=int(self._docker("inspect", "--format", "{{.RestartCount}}", container)))

    def log_tail(self, name: str) -> str:
        return self._compose("logs", "--no-color", "--tail", "15", name)

    def running(self) -> set[str]:
        return set(self._compose("ps", "--services", "--status", "running").split())

    def run_in(self, name: str, *command: str) -> int:
        """A command inside a container, with this terminal."""
        line = ["docker", "compose", "exec", name, *command]
        return subprocess.run(line, cwd=CHECKOUT, env=self._environment, check=False).returncode

    def shutdown(self) -> None:
        self._compose("down", "--remove-orphans")
        left = self._compose("ps", "--all", "--quiet").split()
        if left:
            raise NotDownError(f"containers still there: {', '.join(left)}")

    def _compose(self, *arguments: str) -> str:
        return self._docker("compose", *arguments)

    def _docker(self, *arguments: str) -> str:
        done = subprocess.run(
            ["docker", *arguments],
            cwd=CHECKOUT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMPOSE_SECONDS_MAX,
            check=False,
        )
        if done.returncode:
            raise StackError(f"`docker {' '.join(arguments)}` failed:\n{done.stderr[-2000:]}")
        return done.stdout


def variables(workspace: Workspace, ports: Ports) -> dict[str, str]:
    """What docker-compose.yml wants to know of one: its name, its ports, its secrets and who may read them."""
    published = {f"BLOOMFIELD_PORT_{name.replace('-', '_').upper()}": str(port) for name, port in ports.items()}
    here = {"BLOOMFIELD_SECRETS_FOLDER": str(workspace.secrets), "BLOOMFIELD_USER": f"{os.getuid()}:{os.getgid()}"}
    return published | here | {"COMPOSE_PROJECT_NAME": f"bloomfield-{workspace.key}"}
