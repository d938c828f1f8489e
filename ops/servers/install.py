"""Bring the servers onto this machine: JVM servers from Maven Central, the others from the system's packages.

A pom beside each server's module says what it is made of. It is unpacked into `var/opt/<name>-<digest of the pom>`:
a changed pom is another folder, and a folder that exists is complete, because it got its name last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from ops.servers import kafka, registry, s3
from ops.servers.errors import InstallError
from ops.servers.programs import APT_GET, HERE, MAVEN, Machine, Program, install_line
from ops.servers.steps import step
from ops.servers.workspace import Workspace, locked

MAVEN_SECONDS_MAX = 900
APT_SECONDS_MAX = 600


def kafka_home(workspace: Workspace) -> Path:
    return _home(workspace, "kafka", kafka.POM)


def registry_home(workspace: Workspace) -> Path:
    return _home(workspace, "registry", registry.POM)


def s3_home(workspace: Workspace) -> Path:
    return _home(workspace, "s3", s3.POM)


def install(
    workspace: Workspace, names: Collection[str], programs: Collection[Program] = (), machine: Machine = HERE
) -> None:
    """The JVM servers among `names`, and programs of the system: whatever is not there yet. Two runs take turns.

    Raises InstallError, which says what to type.
    """
    workspace.opt.mkdir(parents=True, exist_ok=True)
    with locked(workspace.opt / "install.lock"):
        jvm = [
            ("kafka", kafka_home(workspace), kafka.POM, "copy-dependencies"),
            ("registry", registry_home(workspace), registry.POM, "unpack-dependencies"),
            ("s3", s3_home(workspace), s3.POM, "copy-dependencies"),
        ]
        wanted = [one for one in jvm if one[0] in names and not one[1].exists()]
        system_packages([*([MAVEN] if wanted else []), *programs], machine)
        for name, home, pom, goal in wanted:
            with step(f"installing {name} from Maven Central, once"):
                _maven(machine.program(MAVEN), home, pom, goal)


def _home(workspace: Workspace, name: str, pom: Path) -> Path:
    return workspace.opt / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:10]}"


def _maven(mvn: str, home: Path, pom: Path, goal: str) -> None:
    """Maven works on a copy of the pom, in a folder beside the target, and checks every file's checksum (-C)."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{home.name}.") as temporary:
        work = Path(temporary)
        shutil.copy(pom, work / "pom.xml")
        command = [mvn, "-B", "-q", "-C", f"dependency:{goal}", f"-DoutputDirectory={work / 'home'}"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=MAVEN_SECONDS_MAX, check=False)
        if done.returncode or not any((work / "home").rglob("*.jar")):
            raise InstallError(f"`{' '.join(command)}` with {pom} failed:\n{_last_lines(done)}")
        (work / "home").rename(home)


def system_packages(programs: Collection[Program], machine: Machine = HERE) -> None:
    """Install what is missing, where we may; all of it is there afterwards. Raises InstallError."""
    missing = [program for program in programs if not machine.has(program)]
    if not missing:
        return
    names = ", ".join(dict.fromkeys(program.package for program in missing))
    if os.getuid() != 0 or not machine.has(APT_GET):
        raise InstallError(f"not installed: {names}. Type: sudo {install_line(missing)}")
    with step(f"installing {names} with apt-get, once"):
        _apt("apt-get update -q")
        _apt(install_line(missing))
    for program in missing:
        machine.program(program)  # a package may be made otherwise some day: then this says so


def _apt(line: str) -> None:
    """RUNLEVEL=1 keeps the packages from starting servers of their own: ours run under this stack's supervisor."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    done = subprocess.run(
        line.split(), env=environment, capture_output=True, text=True, timeout=APT_SECONDS_MAX, check=False
    )
    if done.returncode:
        raise InstallError(f"`{line}` failed:\n{_last_lines(done)}")


def _last_lines(done: subprocess.CompletedProcess[str]) -> str:
    return "\n".join((done.stdout + done.stderr).splitlines()[-20:])
