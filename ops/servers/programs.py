"""The programs of the system that are run here: what each is called, and which Debian package brings it.

A program is looked up when it is about to be run, never before: until then it may still be installed. No other module
of the servers looks anything up on the machine.
"""

from __future__ import annotations

import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from ops.servers.errors import InstallError


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    package: str
    kept_in: str = ""  # where Debian keeps it off the path: `<kept_in>/<major version>/bin/<name>`


MAVEN = Program(name="mvn", package="maven")
POSTGRES = Program(name="postgres", package="postgresql", kept_in="usr/lib/postgresql")
INITDB = Program(name="initdb", package="postgresql", kept_in="usr/lib/postgresql")
REDIS = Program(name="redis-server", package="redis-server")
SETPRIV = Program(name="setpriv", package="util-linux")
CURL = Program(name="curl", package="curl")
DOCKER = Program(name="docker", package="docker.io")
APT_GET = Program(name="apt-get", package="apt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where programs are looked for. `path` is written as in PATH; None is the environment's own."""

    root: Path = Path("/")
    path: str | None = None

    def has(self, program: Program) -> bool:
        return self._find(program) is not None

    def program(self, program: Program) -> str:
        """Its full path as of now; the newest, where several versions are kept. Raises InstallError."""
        found = self._find(program)
        if found is None:
            raise InstallError(f"{program.name} is not installed. Type: sudo {install_line([program])}")
        return found

    def _find(self, program: Program) -> str | None:
        if program.kept_in:
            kept = (self.root / program.kept_in).glob(f"*/bin/{program.name}")
            versions = {int(path.parts[-3]): path for path in kept if path.parts[-3].isdecimal()}
            if versions:
                return str(versions[max(versions)])
        return shutil.which(program.name, path=self.path)


HERE = Machine()


def install_line(programs: list[Program]) -> str:
    packages = dict.fromkeys(program.package for program in programs)
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def account(name: str, *, of: Program) -> pwd.struct_passwd:
    """The user whom the package of a program makes. Raises InstallError."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise InstallError(
            f"{of.name} is there, but no user called {name}, whom Debian's package {of.package} makes. "
            f"Type: sudo {install_line([of])}"
        ) from None
