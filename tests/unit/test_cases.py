"""What the loops of the tests themselves promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import every


def test_each_case_runs_once_with_the_fixtures_beside_it(tmp_path: Path) -> None:
    seen: list[tuple[Path, int, str]] = []

    @every("number, letter", [(1, "a"), (2, "b")])
    def test(tmp_path: Path, number: int, letter: str) -> None:
        seen.append((tmp_path, number, letter))

    test(tmp_path=tmp_path)
    assert seen == [(tmp_path, 1, "a"), (tmp_path, 2, "b")]


def test_a_case_that_fails_is_named_and_no_case_is_no_test() -> None:
    @every("number", [1, 2, 3])
    def test(number: int) -> None:
        assert number < 2

    with pytest.raises(AssertionError) as failed:
        test()
    assert failed.value.__notes__ == ["number: 2"]
    with pytest.raises(AssertionError, match="no case"):
        every("number", [])
