"""A workspace: the one folder that holds everything a stack writes.

The default is `<checkout>/var`; every test run has its own below it. Nothing of a stack lives elsewhere, with two
exceptions that the operating system forces on us: a control socket whose path would be too long, and PostgreSQL's
files when its user may not enter the checkout.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SOCKET_PATH_BYTES_MAX = 90  # Linux allows 107; supervisord binds a longer, temporary name first
POSTGRES_HOME = Path("/var/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    root: Path
    throwaway: bool = False  # a test's workspace: losing it in a power cut is no loss, so nothing is flushed to disk

    @staticmethod
    def of_checkout() -> Workspace:
        return Workspace(root=CHECKOUT / "var")

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        return self.run / "secrets"

    @property
    def opt(self) -> Path:
        """Downloaded servers: shared by all workspaces of one checkout, for they are large and never change."""
        return CHECKOUT / "var" / "opt"

    @property
    def key(self) -> str:
        """Tells this workspace from every other on the machine, in names that must be short."""
        return hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:10]

    @property
    def control(self) -> Path:
        """The supervisor's unix socket."""
        inside = self.run / "supervisor.sock"
        if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES_MAX:
            return inside
        return Path(tempfile.gettempdir()) / f"bloomfield-{self.key}.sock"

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL refuses to run as root, and its own user may not be allowed into root's home."""
        if os.getuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in _existing(self.data)):
            return self.data / "postgres"
        return POSTGRES_HOME / f"bloomfield-{self.key}"

    def make(self) -> None:
        for folder in (self.run, self.data, self.logs, self.opt):
            folder.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)

    def forget(self) -> None:
        """Delete data and logs; what was installed stays. Only after `down`. Raises OSError: then something is left."""
        for folder in (self.postgres_data, self.data, self.logs):
            if folder.exists():
                shutil.rmtree(folder)
        self.make()

    def remove(self) -> None:
        """Delete everything this workspace wrote. Only after `down`."""
        shutil.rmtree(self.postgres_data, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)
        self.control.unlink(missing_ok=True)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One at a time among all processes that use this workspace."""
        self.run.mkdir(parents=True, exist_ok=True)
        with locked(self.run / f"{name}.lock"):
            yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; the kernel lets go of it when the process dies, however it dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _existing(folder: Path) -> list[Path]:
    return [one for one in (folder, *folder.parents) if one.exists()]
