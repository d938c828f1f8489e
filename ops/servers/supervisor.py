"""supervisord for one workspace: its settings, its start, and a line to it over a unix socket that only we can open."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from ops.servers.errors import StackError
from ops.servers.processes import Process
from ops.servers.ready import log_tail
from ops.servers.runner import Ends
from ops.servers.workspace import CHECKOUT, Workspace

LOG_BYTES_MAX = "20MB"
LOGS_KEPT = 2
RETRIES = 1_000_000  # unlimited: each retry waits one second longer than the one before

WANTED = ("STARTING", "RUNNING", "BACKOFF")  # states of a process that is up, or that is being tried again

LATELY_SECONDS = 120.0
ENDED = re.compile(
    r"(?P<at>[\d-]+ [\d:]+),\d+ \w+ exited: (?P<name>\S+) \((?P<how>.*)\)$"
)  # not: "stopped: …", as asked

WATCHDOG = "watchdog"
MARK = "BLOOMFIELD_WORKSPACE"  # in the environment of supervisord, and so of everything it starts


def write_config(workspace: Workspace, processes: Iterable[Process], *, owner: int | None) -> dict[str, list[str]]:
    """Returns what differs from the settings written before, by process: names of variables.

    `owner` is a process that the stack must not outlive: a killed test run leaves no servers behind.
    """
    sections = [_daemon(workspace)]
    changed = {}
    for process in processes:
        script = workspace.run / f"{process.name}.sh"
        text = _script(workspace, process)
        changed[process.name] = _other_variables(script.read_text() if script.exists() else "", text)
        script.write_text(text)
        sections.append(_program(workspace, script, process.stop_signal, process.stop_seconds))
    if owner is not None:
        script = workspace.run / f"{WATCHDOG}.sh"
        script.write_text(_watchdog(workspace, owner))
        sections.append(_program(workspace, script, "TERM", 2))
    (workspace.run / "supervisord.conf").write_text("\n".join(sections))
    return changed


def _other_variables(before: str, now: str) -> list[str]:
    """Which exports of two scripts differ."""
    differing = set(before.splitlines()) ^ set(now.splitlines())
    return sorted({found[1] for line in differing if (found := re.match(r"export (\w+)=", line))})


def start(workspace: Workspace) -> None:
    """Returns when supervisord listens: it opens its socket before it leaves the foreground."""
    command = [sys.executable, "-m", "ops.servers.supervisord", "-c", str(workspace.run / "supervisord.conf")]
    environment = {**os.environ, MARK: str(workspace.root)}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StackError(
            f"supervisord did not start:\n{done.stdout}{done.stderr}\n{log_tail(workspace.logs / 'supervisord.log')}"
        )


@contextmanager
def line(workspace: Workspace) -> Iterator[Any]:
    """supervisord's own commands; see `supervisor.rpcinterface`."""
    transport = SupervisorTransport(serverurl=f"unix://{workspace.control}")
    try:
        yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor
    finally:
        transport.close()


def answers(workspace: Workspace) -> bool:
    try:
        with line(workspace) as control:
            control.getState()
    except (OSError, xmlrpc.client.Error):
        return False
    return True


def reload(workspace: Workspace) -> list[str]:
    """Make known what the settings file says now: new processes are added, those no longer named are stopped.

    Those that ran with another command or environment are started again; returns their names.
    """
    with line(workspace) as control:
        [[added, changed, removed]] = control.reloadConfig()
        rows = control.getAllProcessInfo()
        ran = sorted(row["name"] for row in rows if row["name"] in changed and row["statename"] in WANTED)
        _stop(control, {*removed, *changed})
        for name in (*removed, *changed):
            control.removeProcessGroup(name)
        for name in (*added, *changed):
            control.addProcessGroup(name)
        for name in ran:
            control.startProcess(name, False)
    return ran


def ends(workspace: Workspace, name: str, *, now: float) -> Ends:
    """How often a process ended by itself since this supervisord began. Only its log tells."""
    found: list[tuple[float, str]] = []
    try:
        lines = (workspace.logs / "supervisord.log").read_text(errors="replace").splitlines()
    except OSError:
        return Ends()
    for each in lines:
        if " supervisord started with pid " in each:
            found = []
        elif (match := ENDED.match(each)) and match["name"] == name:
            found.append((time.mktime(time.strptime(match["at"], "%Y-%m-%d %H:%M:%S")), match["how"]))
    if not found:
        return Ends()
    lately = sum(1 for at, _ in found if at > now - LATELY_SECONDS)
    at, how = found[-1]
    return Ends(total=len(found), lately=lately, last=f"{how}, {max(0, now - at):.0f} s ago")


def _stop(control: Any, names: set[str]) -> None:
    """All at once, for each may take its time. That ends: supervisord kills what does not heed its stop signal."""
    for name in names:
        control.stopProcessGroup(name, False)
    while any(row["name"] in names and row["pid"] for row in control.getAllProcessInfo()):
        time.sleep(0.05)


def _daemon(workspace: Workspace) -> str:
    """The rpcinterface section is what makes supervisord answer at all."""
    return (
        _section("unix_http_server", {"file": workspace.control, "chmod": "0600"})
        + _section(
            "supervisord",
            {
                "logfile": workspace.logs / "supervisord.log",
                "logfile_maxbytes": LOG_BYTES_MAX,
                "logfile_backups": LOGS_KEPT,
                "pidfile": workspace.run / "supervisord.pid",
                **({"user": "root"} if os.getuid() == 0 else {}),
                "identifier": f"bloomfield-{workspace.key}",
                "childlogdir": workspace.logs,
            },
        )
        + _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        )
    )


def _program(workspace: Workspace, script: Path, stop_signal: str, stop_seconds: int) -> str:
    """Each program is started by name when what it needs is ready, and from then on whenever it ends.

    The digest tells supervisord, on a reload, that a program is not the one it started.
    """
    name = script.stem
    return _section(
        f"program:{name}",
        {
            "command": f"/bin/sh {shlex.quote(str(script))}",
            "directory": CHECKOUT,
            "environment": f'BLOOMFIELD_SCRIPT="{hashlib.sha256(script.read_bytes()).hexdigest()[:10]}"',
            "autostart": "false",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": RETRIES,
            "stopsignal": stop_signal,
            "stopwaitsecs": stop_seconds,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": workspace.logs / f"{name}.log",
            "stdout_logfile_maxbytes": LOG_BYTES_MAX,
            "stdout_logfile_backups": LOGS_KEPT,
        },
    )


def _section(title: str, options: dict[str, object]) -> str:
    lines = (f"{name} = {str(value).replace('%', '%%')}\n" for name, value in options.items())
    return f"[{title}]\n{''.join(lines)}\n"


def _script(workspace: Workspace, process: Process) -> str:
    """The pid file is written by the process itself, so it is right after every restart."""
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in process.environment.items())
    return f"{_own_pid(workspace, process.name)}{exports}exec {shlex.join(process.command())}\n"


def _watchdog(workspace: Workspace, owner: int) -> str:
    """Its parent is supervisord, and SIGTERM makes that stop everything.

    A process is its id and the moment it began, the 22nd word of /proc/<id>/stat: ids are given out again. What carries
    the mark and is no child of supervisord's was started beside the stack, by a test, and is ended before it.
    """
    began = Path(f"/proc/{owner}/stat").read_text().rpartition(")")[2].split()[19]
    words = f"read -r line 2>/dev/null </proc/{owner}/stat && set -- ${{line##*)}}"
    wait = f'while {words} && [ "${{20}}" = {began} ]; do sleep 1; done'
    mark = shlex.quote(f"{MARK}={workspace.root}")
    beside = (
        f"for found in $(grep -lszxF {mark} /proc/[0-9]*/environ); do\n"
        "  found=${found#/proc/}; id=${found%/environ}\n"
        '  read -r line 2>/dev/null </proc/$id/stat && set -- ${line##*)} && [ "$2" != $PPID ] || continue\n'
        '  [ $id = $PPID ] || [ $id = $$ ] || kill -TERM "$id"\n'
        "done"
    )
    return f"{_own_pid(workspace, WATCHDOG)}{wait}\n{beside}\nkill -TERM $PPID\nexec sleep 60\n"


def _own_pid(workspace: Workspace, name: str) -> str:
    file = shlex.quote(str(workspace.run / f"{name}.pid"))
    return f"echo $$ > {file}.new && mv {file}.new {file}\n"
