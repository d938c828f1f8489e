"""The tests of the double of Stripe and of the launcher: left out while their files are those that passed last.

Neither knows the product. They run when a file of theirs or a dependency has changed, when somebody names tests, and
in `make prove`; a run in which all of them pass notes the files in unchanged.json, which is committed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.seeds import WHOLE

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).with_suffix(".json")


class Subject(NamedTuple):
    """Which tests are about it, and which files can make a difference to them."""

    tests: tuple[str, ...]
    files: tuple[str, ...]


LAUNCHER = tuple(f"tests/ops/test_{name}.py" for name in ("owner", "programs", "status", "supervision", "switch"))
SUBJECTS = {
    "the double of Stripe": Subject(("tests/stripe_double/",), ("tests/doubles", "ops/requirements.lock")),
    "the launcher": Subject(
        LAUNCHER, ("ops/servers", "process", "tests/conftest.py", "tests/workspaces.py", "ops/requirements.lock")
    ),
}


def fingerprint(subject: Subject) -> str:
    """One text for the contents of the subject's files and tests."""
    digest = hashlib.sha256()
    for name in (*subject.files, *subject.tests):
        path = ROOT / name
        for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def recorded() -> dict[str, str]:
    """The fingerprints under which each subject's tests passed."""
    known: dict[str, str] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return known


def split(config: pytest.Config, items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """The tests to run, and those to leave out."""
    if WHOLE or config.getoption("file_or_dir"):
        return items, []
    known = recorded()
    left_out = tuple(
        each for name, one in SUBJECTS.items() if known.get(name) == fingerprint(one) for each in one.tests
    )
    return [each for each in items if not each.nodeid.startswith(left_out)], [
        each for each in items if left_out and each.nodeid.startswith(left_out)
    ]


def note(config: pytest.Config, reports: Iterable[pytest.TestReport]) -> None:
    """Record the subjects all of whose tests passed in a run that chose none of them."""
    if config.getoption("keyword") or config.getoption("markexpr") or config.getoption("file_or_dir"):
        return
    reports = list(reports)
    known = recorded()
    for name, subject in SUBJECTS.items():
        own = [each for each in reports if each.nodeid.startswith(subject.tests)]
        if own and all(each.passed for each in own):
            known[name] = fingerprint(subject)
    if known != recorded():
        waiting = RECORD.with_suffix(f".{os.getpid()}")
        waiting.write_text(json.dumps(known, indent=2) + "\n")
        waiting.replace(RECORD)
