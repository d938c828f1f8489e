"""supervisord for one place: its settings, its start, and a line to it over a unix socket that only we can open."""

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
from ops.servers.place import CHECKOUT, Place
from ops.servers.processes import Process
from ops.servers.ready import log_tail
from ops.servers.runner import Ends

LOG_BYTES_MAX = "20MB"
LOGS_KEPT = 2
RETRIES = 1_000_000  # unlimited: each retry waits one second longer than the one before

WANTED = ("STARTING", "RUNNING", "BACKOFF")  # states of a process that is up, or that is being tried again

LATELY_SECONDS = 120.0
ENDED = re.compile(
    r"(?P<at>[\d-]+ [\d:]+),\d+ \w+ exited: (?P<name>\S+) \((?P<how>.*)\)$"
)  # not: "stopped: …", as asked

WATCHDOG = "watchdog"
MARK = "BLOOMFIELD_PLACE"  # in the environment of supervisord, and so of everything it starts


def write_config(place: Place, processes: Iterable[Process], *, guardian: int | None) -> None:
    """`guardian` is a process that the stack must not outlive: a killed test run leaves no servers behind."""
    sections = [_daemon(place)]
    for process in processes:
        script = place.run / f"{process.name}.sh"
        script.write_text(_script(place, process))
        sections.append(_program(place, script, process.stop_signal, process.stop_seconds))
    if guardian is not None:
        script = place.run / f"{WATCHDOG}.sh"
        script.write_text(_watchdog(place, guardian))
        sections.append(_program(place, script, "TERM", 2))
    (place.run / "supervisord.conf").write_text("\n".join(sections))


def start(place: Place) -> None:
    """Returns when supervisord listens: it opens its socket before it leaves the foreground."""
    command = [sys.executable, "-m", "ops.servers.supervisord", "-c", str(place.run / "supervisord.conf")]
    environment = {**os.environ, MARK: str(place.root)}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StackError(
            f"supervisord did not start:\n{done.stdout}{done.stderr}\n{log_tail(place.logs / 'supervisord.log')}"
        )


@contextmanager
def line(place: Place) -> Iterator[Any]:
    """supervisord's own commands; see `supervisor.rpcinterface`."""
    transport = SupervisorTransport(serverurl=f"unix://{place.control}")
    try:
        yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor
    finally:
        transport.close()


def answers(place: Place) -> bool:
    try:
        with line(place) as control:
            control.getState()
    except (OSError, xmlrpc.client.Error):
        return False
    return True


def reload(place: Place) -> list[str]:
    """Make known what the settings file says now: new processes are added, those no longer named are stopped.

    Those that ran with another command or environment are started again; answers their names.
    """
    with line(place) as control:
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


def ends(place: Place, name: str, *, now: float) -> Ends:
    """How often a process ended by itself since this supervisord began. Only its log tells."""
    found: list[tuple[float, str]] = []
    try:
        lines = (place.logs / "supervisord.log").read_text(errors="replace").splitlines()
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


def _daemon(place: Place) -> str:
    """The rpcinterface section is what makes supervisord answer at all."""
    return (
        _section("unix_http_server", {"file": place.control, "chmod": "0600"})
        + _section(
            "supervisord",
            {
                "logfile": place.logs / "supervisord.log",
                "logfile_maxbytes": LOG_BYTES_MAX,
                "logfile_backups": LOGS_KEPT,
                "pidfile": place.run / "supervisord.pid",
                **({"user": "root"} if os.getuid() == 0 else {}),
                "identifier": f"bloomfield-{place.key}",
                "childlogdir": place.logs,
            },
        )
        + _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        )
    )


def _program(place: Place, script: Path, stop_signal: str, stop_seconds: int) -> str:
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
            "stdout_logfile": place.logs / f"{name}.log",
            "stdout_logfile_maxbytes": LOG_BYTES_MAX,
            "stdout_logfile_backups": LOGS_KEPT,
        },
    )


def _section(title: str, options: dict[str, object]) -> str:
    lines = (f"{name} = {str(value).replace('%', '%%')}\n" for name, value in options.items())
    return f"[{title}]\n{''.join(lines)}\n"


def _script(place: Place, process: Process) -> str:
    """The pid file is written by the process itself, so it is right after every restart."""
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in process.environment.items())
    return f"{_own_pid(place, process.name)}{exports}exec {shlex.join(process.command())}\n"


def _watchdog(place: Place, guardian: int) -> str:
    """Its parent is supervisord, and SIGTERM makes that stop everything.

    A process is its id and the moment it began, the 22nd word of /proc/<id>/stat: ids are given out again.
    """
    began = Path(f"/proc/{guardian}/stat").read_text().rpartition(")")[2].split()[19]
    words = f"read -r line 2>/dev/null </proc/{guardian}/stat && set -- ${{line##*)}}"
    wait = f'while {words} && [ "${{20}}" = {began} ]; do sleep 1; done'
    return f"{_own_pid(place, WATCHDOG)}{wait}\nkill -TERM $PPID\nexec sleep 60\n"


def _own_pid(place: Place, name: str) -> str:
    file = shlex.quote(str(place.run / f"{name}.pid"))
    return f"echo $$ > {file}.new && mv {file}.new {file}\n"
