"""A pristine Debian 12 in a folder: debootstrap's minimum and the packages asked for, made once and unpacked often.

What runs in it has mounts and process ids of its own, which end with it, however it ends. It shares the network of this
machine, for it has to fetch things; nothing else of this machine is in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ops.servers.errors import InstallError, StackError
from ops.servers.install import system_packages
from ops.servers.programs import HERE, SETPRIV, Program
from ops.servers.steps import step
from ops.servers.workspace import locked
from tests.proofs import registries

DEBOOTSTRAP = Program(name="debootstrap", package="debootstrap")
UNSHARE = Program(name="unshare", package="util-linux")
TAR = Program(name="tar", package="tar")
SUITE = "bookworm"
MAKE_SECONDS_MAX = 1_800.0
GONE_SECONDS_MAX = 20.0
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TERM": "dumb"}
# As the first process of its own little world: dash takes care of orphans, and everything ends with it.
MOUNT_AND_RUN = """
set -eu
root=$1; shift
mount --bind "$root" "$root"  # a root is a mount, and Java asks which one a file is on
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
chroot "$root" "$@"
"""


@dataclass(frozen=True, slots=True)
class Root:
    folder: Path
    environment: Mapping[str, str]

    def run(self, line: str, *, log: Path, seconds_max: float, aloud: bool = True) -> int:
        """Type a line in root's home; returns its exit code. What it says goes to `log`, and aloud to this terminal."""
        shell = ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items())]
        shell += ["sh", "-c", f"cd /root && {line}"]
        command = ["sh", "-c", MOUNT_AND_RUN, "sh", str(self.folder), *shell]
        return _apart(command, log=log, seconds_max=seconds_max, aloud=aloud)


def require_tools() -> None:
    """Raises InstallError."""
    if os.getuid() != 0:
        raise InstallError("only root can make another root: type `sudo make fresh`")
    system_packages([DEBOOTSTRAP, UNSHARE, TAR, SETPRIV])


@contextlib.contextmanager
def fresh_root(cache: Path, packages: Sequence[str]) -> Iterator[Root]:
    """A root of its own, deleted afterwards. Those that a killed proof has left behind are deleted first."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(cache)
    tarball = _tarball(cache, packages)
    folder = cache / f"root-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        subprocess.run([HERE.program(TAR), "-C", str(folder), "-xpf", str(tarball)], check=True)
        registries.lend(folder)
        log = cache / "debian.log"
        _succeed(Root(folder, ENVIRONMENT).run("update-ca-certificates", log=log, seconds_max=60, aloud=False), log)
        yield Root(folder, ENVIRONMENT | registries.variables(folder))
    finally:
        _delete(folder)


def _tarball(cache: Path, packages: Sequence[str]) -> Path:
    digest = hashlib.sha256(" ".join([SUITE, MOUNT_AND_RUN, *packages]).encode()).hexdigest()[:10]
    tarball = cache / f"debian-{digest}.tar"
    with locked(cache / "debian.lock"):
        if not tarball.exists():
            _make(cache, tarball, packages)
    return tarball


def _make(cache: Path, tarball: Path, packages: Sequence[str]) -> None:
    folder, log = cache / f"root-{os.getpid()}", cache / "debian.log"
    mirror = registries.debian_mirror()
    try:
        with step(f"a minimal Debian 12 with {', '.join(packages)} and nothing else, once"):
            debootstrap = [HERE.program(DEBOOTSTRAP), "--variant=minbase", SUITE, str(folder), mirror]
            _succeed(_apart(debootstrap, log=log, seconds_max=MAKE_SECONDS_MAX, aloud=False), log)
            quiet = Root(folder, {**ENVIRONMENT, **registries.variables(folder), "DEBIAN_FRONTEND": "noninteractive"})
            install = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
            clean = "apt-get clean && rm -rf /var/lib/apt/lists/*"
            _succeed(quiet.run(f"{install} && {clean}", log=log, seconds_max=MAKE_SECONDS_MAX, aloud=False), log)
            half_done = tarball.with_suffix(".new")
            subprocess.run([HERE.program(TAR), "-C", str(folder), "-cf", str(half_done), "."], check=True)
            half_done.rename(tarball)
    finally:
        if folder.exists():
            _delete(folder)


def _sweep(cache: Path) -> None:
    for folder in cache.glob("root-*"):
        if not psutil.pid_exists(int(folder.name.removeprefix("root-"))):
            _delete(folder)


def _delete(folder: Path) -> None:
    """Only once nobody is in it. What was mounted in it was mounted for its own processes only. Raises StackError."""
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while inside := [pid for pid in psutil.pids() if _is_in(pid, folder)]:
        if time.monotonic() > deadline:
            raise StackError(f"still at work in {folder}: {', '.join(map(str, inside))}")
        time.sleep(0.05)
    if str(folder) in Path("/proc/self/mounts").read_text():
        raise StackError(f"something is mounted in {folder}: it is not deleted. See /proc/self/mounts.")
    shutil.rmtree(folder)


def _is_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/root").readlink() == folder
    except OSError:
        return False


def _succeed(code: int, log: Path) -> None:
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise StackError(f"the minimal Debian could not be made; {log} ends with:\n{tail}")


def _apart(command: Sequence[str], *, log: Path, seconds_max: float, aloud: bool) -> int:
    """Run with mounts and process ids of its own; returns its exit code, -9 when it took too long.

    It ends with us, on Ctrl-C, too, and when we are killed.
    """
    deadline = time.monotonic() + seconds_max
    with_us = [HERE.program(SETPRIV), "--pdeathsig", "KILL"]
    apart = [HERE.program(UNSHARE), "--mount-proc", "--pid", "--ipc", "--fork", "--kill-child=KILL"]
    with (
        log.open("ab") as kept,
        subprocess.Popen(
            [*with_us, *apart, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for us, who then end it
        ) as process,
    ):
        assert process.stdout is not None
        try:
            while select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                said = os.read(process.stdout.fileno(), 65_536)
                if not said:
                    return process.wait()
                kept.write(said)
                if aloud:
                    sys.stdout.buffer.write(said)
                    sys.stdout.flush()
            sys.stdout.write(f"\n  not done after {seconds_max:.0f} s: ended\n")
            return -9
        finally:
            process.kill()  # unshare takes its first process with it, and the kernel everything else in there
            process.wait()
