"""A room that `bloomfield rooms new` has written passes every check at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ops.rooms import new
from tests.copies import copy_of_checkout

CHECKS = (
    ("ops.cli", "schemas", "render"),
    ("ops.cli", "schemas", "land"),
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy", "schemas/vouchers", "streams/vouchers", "api/vouchers"),
    (
        *("pytest", "-q", "-p", "no:cacheprovider", "tests/unit/vouchers", "tests/unit/test_house.py"),
        *("tests/contract/test_schemas.py", "tests/edge/test_openapi.py", "tests/ops/test_rooms_registered.py"),
    ),
)


LINES_MAX, EDITED_MAX = 250, 3


def product(checkout: Path) -> dict[Path, list[str]]:
    """The lines of every hand-written product file."""
    paths = (path for folder in ("schemas", "streams", "api") for path in (checkout / folder).rglob("*.py"))
    return {path: path.read_text().splitlines() for path in paths}


def test_a_new_room_passes_every_check_and_is_there_once(tmp_path: Path) -> None:
    copy = copy_of_checkout(tmp_path / "bloomfield")
    before = product(copy)
    new(copy, "vouchers", "voucher")
    after = product(copy)
    assert len([path for path in before if before[path] != after[path]]) <= EDITED_MAX
    assert sum((Counter(lines) - Counter(before.get(path, ()))).total() for path, lines in after.items()) <= LINES_MAX
    for line in CHECKS:
        done = subprocess.run([sys.executable, "-m", *line], cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(line)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    with pytest.raises(ValueError, match="there already: schemas/vouchers"):
        new(copy, "vouchers", "voucher")


@pytest.mark.parametrize(
    ("room", "thing", "why"),
    [
        ("Vouchers", "voucher", "no name: .* `vouchers`"),
        ("gift_cards", "card", "no name: .* `giftcards`"),
        ("loyalty", "loyalty", "`bloomfield rooms new loyalty --of account`"),
        ("orders", "order", "there already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, room: str, thing: str, why: str
) -> None:
    for folder in ("schemas/orders", "streams", "api", "tests/unit"):
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(ValueError, match=why):
        new(tmp_path, room, thing)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
