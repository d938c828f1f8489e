"""A stack: every server and process of one workspace, brought up in order, taken down to nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.servers import addresses as address_file
from ops.servers import ports as port_book
from ops.servers import processes as table
from ops.servers import switch
from ops.servers.addresses import Addresses
from ops.servers.compose import Compose
from ops.servers.errors import NotDownError, UnknownProcessError
from ops.servers.native import Native
from ops.servers.processes import Process
from ops.servers.runner import Runner
from ops.servers.secret_files import make_secrets
from ops.servers.status import StatusLine, row_of
from ops.servers.steps import say, step
from ops.servers.switch import Mode, address_of
from ops.servers.waiting import bring_up, wait_ready
from ops.servers.workspace import Workspace
from process.settings import Settings

UP_SECONDS_MAX = 240.0
PORTS_CLOSE_SECONDS_MAX = 5.0


class Stack:
    """Made without starting anything.

    `environment` adds to what our processes get; `foreign` are addresses of servers that somebody else runs (by default
    those that the shell gives); `owner` is the id of a process that the stack must not outlive.
    """

    def __init__(
        self,
        workspace: Workspace | None = None,
        *,
        workers: int = 2,
        edges: int = 1,
        environment: Mapping[str, str] | None = None,
        foreign: Mapping[str, str] | None = None,
        mode: Mode | None = None,
        owner: int | None = None,
    ) -> None:
        self.workspace = workspace or Workspace.of_checkout()
        self.workspace.make()
        make_secrets(self.workspace.secrets)
        own = address_file.read(self.addresses_path)
        self._foreign = switch.given(os.environ, own) if foreign is None else dict(foreign)
        self._native = Native(self.workspace, owner=owner)
        self.mode = mode or switch.choose(
            self._foreign, lambda: not self._native.running() and switch.docker_engine_answers()
        )
        self._extra = table.inherited() | dict(environment or {})
        self._workers, self._edges = workers, edges
        self._lay_out(port_book.assign(self.workspace, self._port_names, running=self._port_names))

    @property
    def addresses_path(self) -> Path:
        return self.workspace.run / "addresses.env"

    @property
    def addresses(self) -> Addresses:
        return Addresses.of(self.workspace, self.ports).but(self._foreign)

    def environment(self) -> dict[str, str]:
        """All BLOOMFIELD_* variables that a process or a test needs to reach this stack."""
        return self.addresses.variables() | self._extra

    def _for_clients(self) -> dict[str, str]:
        """What the file of addresses says. A setting of this run in it would be taken for one of every later run."""
        return {name: value for name, value in self.environment().items() if name in address_file.CLIENTS_NEED}

    def settings(self) -> Settings:
        return Settings.from_environment(self.environment())

    def up(self, only: str | Collection[str] | None = None, *, seconds_max: float = UP_SECONDS_MAX) -> None:
        """Bring up everything, the `"servers"`, or the processes named and what they need. What runs is left alone.

        Raises StackError when something does not become ready in time; the message ends with its last log lines.
        """
        with self.workspace.locked("up"):
            running = self.runner.running()
            settled = {name for name in self._port_names if table.port_owner(name) in running}
            self._lay_out(port_book.assign(self.workspace, self._port_names, running=settled))
            address_file.write(self.addresses_path, self._for_clients())
            chosen = [process for process in self.processes.values() if process.name in self._chosen(only)]
            if not chosen:
                say(f"nothing to start: {self.mode.value}")
                return
            if "kafka" in running:  # before anything that runs is replaced
                from ops.deploy import check

                check(self.settings())
            self.runner.prepare(self.processes.values(), chosen)
            ours = [one for one in chosen if not one.is_server]
            late = [one for one in chosen if one.name in table.LATE] if ours else []
            for one in late:  # nothing of ours needs it to start, and it takes longest
                self.runner.start(one.name)
            early = [one for one in chosen if one.is_server and one not in late]
            bring_up(self.runner, early, seconds_max=seconds_max)
            if ours:
                self.deploy()
            bring_up(self.runner, [*late, *ours], done={table.DEPLOY}, seconds_max=seconds_max)

    def serves(self, only: str | Collection[str] | None = None) -> bool:
        """Whether an edge is up after `up(only)`: one of its own, or somebody else's."""
        names = self._chosen(only) | self.runner.running()
        return "BLOOMFIELD_API" in self._foreign or any(name.startswith("edge-") for name in names)

    def deploy(self) -> None:
        """Migrations, schemas, topics: what must be there before a process of ours starts. May be done again."""
        from ops.deploy import deploy  # here, so that servers can be up before anything of ours can be imported

        with step("deploying migrations, schemas and topics"):
            deploy(self.settings())

    def down(self) -> None:
        """Stop everything, ours first; then prove that no process and no port is left. Raises NotDownError."""
        with self.workspace.locked("up"):
            running = self.runner.running()
            for wave in table.stop_waves(self.processes.values()):
                self.runner.stop([process for process in wave if process.name in running])
            self.runner.shutdown()
            self._native.shutdown()
            self._prove_ports_closed({name for name in self.ports if table.port_owner(name) in running})

    def status(self) -> list[StatusLine]:
        """One row per process of this stack, and per process that runs besides (a worker of a larger stack)."""
        names = [*self.processes, *sorted(self.runner.running() - set(self.processes) - {"watchdog"})]

        def look(name: str) -> StatusLine:
            ready = self.processes[name].ready if name in self.processes else (lambda: None)
            return row_of(self.runner, name, self.ports.get(name), ready)

        with ThreadPoolExecutor(max_workers=len(names) or 1) as pool:  # one that does not answer keeps no other waiting
            return list(pool.map(look, names))

    def pid(self, name: str) -> int | None:
        """The process as it is alive now; None when it is not."""
        return self.runner.pid(self._known(name).name)

    def state(self, name: str) -> str:
        """STARTING, RUNNING, BACKOFF (it crashed and is tried again), STOPPED; Docker's words where Docker runs it."""
        return self.runner.state(self._known(name).name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, as chaos would. The supervisor starts it again if it dies of it."""
        self.runner.kill(self._known(name).name, number)

    def restart(self, name: str, *, seconds_max: float = UP_SECONDS_MAX) -> None:
        """Stop it in order, start it again, and wait until it is ready."""
        self.runner.restart(self._known(name).name)
        self.wait_ready(name, seconds_max=seconds_max)

    def stop(self, name: str) -> None:
        """Stop it in order; it stays down until `up` or `restart`."""
        self.runner.stop([self._known(name)])

    def wait_ready(self, name: str, *, seconds_max: float = UP_SECONDS_MAX) -> None:
        """Wait until it is alive and its readiness check holds. Raises NotReadyError."""
        wait_ready(self.runner, self._known(name), seconds_max=seconds_max)

    def _lay_out(self, ports: port_book.Ports) -> None:
        """The table of processes for these ports, less what somebody else runs."""
        self.ports = ports
        self.runner: Runner = Compose(self.workspace, ports) if self.mode is Mode.COMPOSE else self._native
        rows: list[Process] = []
        if self.mode is not Mode.GIVEN:
            rows += [one for one in table.servers(self.workspace, ports) if address_of(one.name) not in self._foreign]
        if "BLOOMFIELD_API" not in self._foreign:
            rows += table.ours(self.environment(), ports, workers=self._workers, edges=self._edges)
        self.processes = {process.name: process for process in rows}

    @property
    def _port_names(self) -> list[str]:
        return table.port_names(workers=self._workers, edges=self._edges)

    def _known(self, name: str) -> Process:
        if name not in self.processes:
            raise UnknownProcessError(f"no process is called {name}; there are {', '.join(self.processes)}")
        return self.processes[name]

    def _chosen(self, only: str | Collection[str] | None) -> set[str]:
        """The names asked for, and everything they need. Ours need every server, and the deploy step between."""
        every_server = {name for name, process in self.processes.items() if process.is_server}
        if only is None:
            return set(self.processes)
        if only == "servers":
            return every_server
        asked = {self._known(name) for name in ([only] if isinstance(only, str) else only)}
        needed = {name for process in asked for name in process.after if name != table.DEPLOY}
        return (
            {process.name for process in asked}
            | needed
            | (every_server if any(not one.is_server for one in asked) else set())
        )

    def _prove_ports_closed(self, names: Collection[str]) -> None:
        deadline = time.monotonic() + PORTS_CLOSE_SECONDS_MAX
        while open_ports := [
            f"{self.ports[name]} ({name})" for name in names if not port_book.is_free(self.ports[name])
        ]:
            if time.monotonic() > deadline:
                raise NotDownError(f"ports still in use: {', '.join(sorted(open_ports))}")
            time.sleep(0.05)
