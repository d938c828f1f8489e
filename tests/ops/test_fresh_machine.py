"""The proof that a newcomer succeeds is long; here is checked, quickly, that it was made of what there is now."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ops.servers.workspace import CHECKOUT
from tests.proofs.fresh_machine import NAMED, RECORD, SET_UP, set_up_digest

SPOKEN = {"python3.11": "Python 3.11", "maven": "Maven"}


def test_the_set_up_is_the_one_that_was_proved_on_a_fresh_machine() -> None:
    proved = json.loads((CHECKOUT / RECORD).read_text())["set_up"]
    assert proved == set_up_digest(), (
        f"the set-up has changed since it was tried on a machine that has nothing: `make fresh`, as root, then commit "
        f"{RECORD}. What counts as set-up: {', '.join(SET_UP)}"
    )


def test_any_change_of_the_set_up_asks_for_the_proof_again(tmp_path: Path) -> None:
    parts = ("Makefile", *SET_UP)
    for name in parts:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    assert set_up_digest(tmp_path) == set_up_digest()
    for name in parts:
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(before + b"\n")
        assert set_up_digest(tmp_path) != set_up_digest(), name
        (tmp_path / name).write_bytes(before)


def test_the_proof_installs_what_readme_names_and_nothing_else() -> None:
    *most, last = (SPOKEN.get(name, name) for name in NAMED)
    assert f"with {', '.join(most)} and {last} (" in (CHECKOUT / "README.md").read_text()
