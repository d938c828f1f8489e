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
from collections.abc import Callable, Mapping
from pathlib import Path

from ops.servers import kafka, registry
from ops.servers.datastores import postgres_bin
from ops.servers.errors import InstallError
from ops.servers.place import Place, locked
from ops.servers.steps import step

MAVEN_SECONDS_MAX = 900
APT_SECONDS_MAX = 600

# program -> Debian package, and how to see that it is there
SYSTEM_PACKAGES: Mapping[str, tuple[str, Callable[[], bool]]] = {
    "mvn": ("maven", lambda: shutil.which("mvn") is not None),
    "postgres": ("postgresql", lambda: postgres_bin("postgres") is not None),
    "redis-server": ("redis-server", lambda: shutil.which("redis-server") is not None),
}


def kafka_home(place: Place) -> Path:
    return _home(place, "kafka", kafka.POM)


def registry_home(place: Place) -> Path:
    return _home(place, "registry", registry.POM)


def install(place: Place, names: set[str]) -> None:
    """Whatever the named servers need and is not there yet. Two runs at once take turns."""
    place.opt.mkdir(parents=True, exist_ok=True)
    with locked(place.opt / "install.lock"):
        jvm = [
            ("kafka", kafka_home(place), kafka.POM, "copy-dependencies"),
            ("registry", registry_home(place), registry.POM, "unpack-dependencies"),
        ]
        wanted = [one for one in jvm if one[0] in names and not one[1].exists()]
        programs = [*(["mvn"] if wanted else []), *(name for name in _PROGRAM_OF if name in names)]
        _system_packages([_PROGRAM_OF.get(name, name) for name in programs])
        for name, home, pom, goal in wanted:
            with step(f"installing {name} from Maven Central, once"):
                _maven(home, pom, goal)


_PROGRAM_OF = {"postgres": "postgres", "redis": "redis-server"}


def _home(place: Place, name: str, pom: Path) -> Path:
    return place.opt / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:10]}"


def _maven(home: Path, pom: Path, goal: str) -> None:
    """Maven works on a copy of the pom, in a folder beside the target, and checks every file's checksum (-C)."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{home.name}.") as temporary:
        work = Path(temporary)
        shutil.copy(pom, work / "pom.xml")
        command = ["mvn", "-B", "-q", "-C", f"dependency:{goal}", f"-DoutputDirectory={work / 'home'}"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=MAVEN_SECONDS_MAX, check=False)
        if done.returncode or not any((work / "home").rglob("*.jar")):
            raise InstallError(f"`{' '.join(command)}` with {pom} failed:\n{_last_lines(done)}")
        (work / "home").rename(home)


def _system_packages(programs: list[str]) -> None:
    missing = [SYSTEM_PACKAGES[name][0] for name in programs if not SYSTEM_PACKAGES[name][1]()]
    if not missing:
        return
    install_line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise InstallError(f"not installed: {', '.join(missing)}. Type: sudo {install_line}")
    with step(f"installing {', '.join(missing)} with apt-get, once"):
        _apt("apt-get update -q")
        _apt(install_line)


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
