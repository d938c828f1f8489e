"""`make fresh`: what a newcomer does, on a Debian 12 that has what README names and nothing else.

In one pristine root `make demo`, in another `make test`; each on a fresh clone of what is committed. When both succeed,
a record of the set-up that they succeeded with is written beside this file, to be committed: `make test` fails where
the set-up has changed since.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from ops.servers.errors import StackError
from ops.servers.steps import say, step
from ops.servers.workspace import CHECKOUT
from tests.proofs.debian_root import fresh_root, require_tools

CACHE = CHECKOUT / "var" / "fresh"
NAMED = ("python3.11", "git", "make", "maven")  # what README says a machine must have
SET_UP = (  # what brings anything onto a machine, or looks for it there
    "ops/environment.sh",
    "ops/requirements.lock",
    "ops/servers/install.py",
    "ops/servers/programs.py",
    "ops/servers/native.py",
    "ops/servers/datastores.py",
    "ops/servers/kafka/pom.xml",
    "ops/servers/registry/pom.xml",
    "ops/servers/s3/pom.xml",
)
RULE = "\n$(READY):"
RECORD = "tests/proofs/fresh_machine.json"
EVERY = "all"
DEMO_SECONDS_MAX = 1_800.0
TEST_SECONDS_MAX = 3 * 3_600.0


def set_up_digest(checkout: Path = CHECKOUT) -> str:
    """Of what a machine must have, of the Makefile's rule for it, and of `SET_UP`: each file's name and contents."""
    rule = (checkout / "Makefile").read_text().partition(RULE)[2]  # a new target is no new set-up
    lines = (f"{name} {hashlib.sha256((checkout / name).read_bytes()).hexdigest()}\n" for name in SET_UP)
    return hashlib.sha256("".join((*NAMED, rule, *lines)).encode()).hexdigest()


def record(checkout: Path, tests: str) -> str:
    """As JSON: the digest of the set-up, and which tests ran with it."""
    return json.dumps({"set_up": set_up_digest(checkout), "tests": tests}, indent=2) + "\n"


def main(
    tests: Annotated[list[str] | None, typer.Argument(help="For pytest: a narrower selection. Default: all.")] = None,
) -> None:
    signal.signal(signal.SIGTERM, _leave)
    selection = shlex.join(tests or ())
    began = time.monotonic()
    try:
        require_tools()
        if _git("status", "--porcelain"):
            say("[yellow]what is not committed is not part of this proof[/yellow]")
        _newcomer("demo", "make demo && make down", selection, seconds_max=DEMO_SECONDS_MAX)
        test = f"make test ARGS={shlex.quote(selection)}" if selection else "make test"
        written = _newcomer("test", test, selection, seconds_max=TEST_SECONDS_MAX)
    except StackError as error:
        say(f"[red]✗ a fresh machine fails[/red] after {_minutes(began)}: {error}")
        sys.exit(1)
    (CHECKOUT / RECORD).write_text(written)
    say(f"[green]✓ a fresh machine works[/green], in {_minutes(began)}; commit {RECORD}")


def _newcomer(name: str, line: str, selection: str, *, seconds_max: float) -> str:
    """Type a line in a clone in a root of its own; returns the record that holds if all succeeds. Raises StackError."""
    log = CACHE / f"{name}.log"
    with fresh_root(CACHE, NAMED) as root:
        log.unlink(missing_ok=True)
        clone = root.folder / "root" / "bloomfield"
        with step(f"a fresh clone of {_git('rev-parse', '--short', 'HEAD')}"):
            _git("clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(clone))
        written = record(clone, selection or EVERY)
        (clone / RECORD).write_text(written)  # the tests in there look at it
        say(f"[bold]{line}[/bold]")
        began = time.monotonic()
        code = root.run(f"cd bloomfield && {line}", log=log, seconds_max=seconds_max)
        if code:
            raise StackError(f"`{line}` ended with {code} after {_minutes(began)}. All it said is in {log}")
        say(f"[green]✓[/green] `{line}` succeeded the first time, in {_minutes(began)}")
    return written


def _git(*line: str) -> str:
    done = subprocess.run(["git", *line], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"`git {shlex.join(line)}` failed: {done.stderr}")
    return done.stdout.strip()


def _minutes(began: float) -> str:
    seconds = int(time.monotonic() - began)
    return f"{seconds // 60} min {seconds % 60} s"


def _leave(number: int, frame: FrameType | None) -> None:
    """As on Ctrl-C: what runs is ended and its root deleted on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
