"""Processes on this machine, under a supervisord of this workspace."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import xmlrpc.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from ops.servers import supervisor
from ops.servers.errors import NotDownError, StackError
from ops.servers.install import install
from ops.servers.processes import Process
from ops.servers.programs import HERE, Machine
from ops.servers.ready import log_tail
from ops.servers.runner import Ends
from ops.servers.steps import say
from ops.servers.workspace import Workspace

TERMINATE_SECONDS_MAX = 10.0
KILL_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 60.0
ALREADY_STARTED = 60  # supervisord's fault code


class Native:
    def __init__(self, workspace: Workspace, *, owner: int | None = None, machine: Machine = HERE) -> None:
        self._workspace = workspace
        self._owner = owner
        self._machine = machine

    def prepare(self, known: Iterable[Process], chosen: Iterable[Process]) -> None:
        known, chosen, running = list(known), list(chosen), self.running()
        fresh = [process for process in chosen if process.name not in running]
        install(
            self._workspace,
            {process.name for process in fresh},
            [program for process in fresh for program in process.programs],
            self._machine,
        )
        with ThreadPoolExecutor(max_workers=4) as pool:  # initdb and Kafka's format side by side
            for done in [pool.submit(process.prepare) for process in fresh]:
                done.result()
        wanted = running | {process.name for process in chosen}
        startable = [process for process in known if process.name in wanted or self._is_installed(process)]
        changed = supervisor.write_config(self._workspace, startable, owner=self._owner)
        if supervisor.answers(self._workspace):
            reasons: dict[str, list[str]] = {}
            for name in supervisor.reload(self._workspace):
                reasons.setdefault(", ".join(changed[name]) or "the command", []).append(name)
            for why, names in reasons.items():
                say(f"started again, for {why} changed: {', '.join(names)}")
            return
        sweep(self._workspace)  # orphans of a supervisor that was killed would hold the ports
        supervisor.start(self._workspace)
        if self._owner is not None:
            self.start(supervisor.WATCHDOG)

    def _is_installed(self, process: Process) -> bool:
        """What is not asked for need not be there: it is made known once it is."""
        return all(self._machine.has(program) for program in process.programs)

    def start(self, name: str) -> None:
        try:
            with supervisor.line(self._workspace) as control:
                control.startProcess(name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != ALREADY_STARTED:
                raise StackError(f"{name} cannot be started: {fault.faultString}") from fault

    def stop(self, processes: Iterable[Process]) -> None:
        processes = list(processes)
        alive = [psutil.Process(pid) for process in processes if (pid := self.pid(process.name))]
        with supervisor.line(self._workspace) as control:
            for process in processes:
                with contextlib.suppress(OSError, xmlrpc.client.Fault):  # not running, or no supervisor any more
                    control.stopProcess(process.name, False)
        seconds_max = max((process.stop_seconds for process in processes), default=0) + 2
        _wait_gone(alive, seconds_max=seconds_max)
        deadline = time.monotonic() + 1  # until supervisord has seen it too
        while time.monotonic() < deadline and any(self.state(process.name) == "STOPPING" for process in processes):
            time.sleep(0.02)

    def restart(self, name: str) -> None:
        with contextlib.suppress(xmlrpc.client.Fault), supervisor.line(self._workspace) as control:
            control.stopProcess(name, True)
        self.start(name)

    def kill(self, name: str, number: signal.Signals) -> None:
        pid = self.pid(name)
        if pid is None:
            raise StackError(f"{name} is not running, so it cannot be sent {number.name}. See `bloomfield status`.")
        os.kill(pid, number)
        if number is signal.SIGSTOP:
            _wait_stopped(psutil.Process(pid), seconds_max=STOP_SECONDS_MAX)

    def pid(self, name: str) -> int | None:
        try:
            pid = int((self._workspace.run / f"{name}.pid").read_text())
            return pid if _is_alive(psutil.Process(pid)) else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def state(self, name: str) -> str:
        try:
            with supervisor.line(self._workspace) as control:
                return str(control.getProcessInfo(name)["statename"])
        except (OSError, xmlrpc.client.Error):
            return "STOPPED"

    def ends(self, name: str) -> Ends:
        return supervisor.ends(self._workspace, name, now=time.time())

    def log_tail(self, name: str) -> str:
        return log_tail(self._workspace.logs / f"{name}.log")

    def running(self) -> set[str]:
        try:
            with supervisor.line(self._workspace) as control:
                rows = control.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return set()
        return {row["name"] for row in rows if row["pid"]}

    def shutdown(self) -> None:
        if supervisor.answers(self._workspace):
            with supervisor.line(self._workspace) as control:
                daemon = psutil.Process(control.getPID())
                control.shutdown()
            _wait_gone([daemon], seconds_max=TERMINATE_SECONDS_MAX)
        sweep(self._workspace)
        for file in self._workspace.run.glob("*.pid"):
            file.unlink()


def sweep(workspace: Workspace) -> None:
    """End every process of this workspace, each by its own id; raises NotDownError when one will not go."""
    for end, seconds_max in (
        (psutil.Process.terminate, TERMINATE_SECONDS_MAX),
        (psutil.Process.kill, KILL_SECONDS_MAX),
    ):
        left = owned(workspace)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                end(process)
        _wait_gone(left, seconds_max=seconds_max)
    left = owned(workspace)
    if left:
        raise NotDownError(f"still alive: {', '.join(f'{process.name()} ({process.pid})' for process in left)}")


def owned(workspace: Workspace) -> list[psutil.Process]:
    """Processes of this workspace: marked in their environment, or at work in one of its data folders.

    PostgreSQL and Redis write their titles over their environment, so those are known by the folder.
    """
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in spared and _is_of(process, workspace)]


def _is_of(process: psutil.Process, workspace: Workspace) -> bool:
    try:
        if process.environ().get(supervisor.MARK) == str(workspace.root):
            return True
        folder = Path(process.cwd())
        at_work = folder.is_relative_to(workspace.data) or folder == workspace.postgres_data
        return at_work and process.name().startswith(("postgres", "redis-server"))
    except (psutil.Error, OSError):
        return False


def _is_alive(process: psutil.Process) -> bool:
    """A zombie is dead; how soon it is reaped is its parent's affair, and some take seconds."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_stopped(process: psutil.Process, *, seconds_max: float) -> None:
    """On a busy machine a process works on until the kernel has run the one of its threads that takes the signal."""
    deadline = time.monotonic() + seconds_max
    while process.status() != psutil.STATUS_STOPPED:
        if time.monotonic() > deadline:
            raise StackError(f"process {process.pid} does not stop: it is {process.status()}")
        time.sleep(0.01)


def _wait_gone(processes: list[psutil.Process], *, seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while any(_is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
