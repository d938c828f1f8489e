"""Rows for people lose nothing, however narrow the terminal and whatever the pipe."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ops import tables

COLUMNS = "topic", "key", "error"
ROWS = [
    ("inventory.dead-letters", "VASE@warehouse", "DecodeError: [these] bytes are no message of ours"),
    ("orders.dead-letters", "", "EnvelopeError: header actor is missing"),
]


def shown(*, width: int, terminal: bool) -> str:
    out = io.StringIO()
    # With both sizes given, nothing depends on the terminal that the tests happen to run in.
    console = Console(file=out, width=width, height=25, force_terminal=terminal, color_system=None)
    tables.show(console, "Dead", COLUMNS, ROWS)
    return out.getvalue()


def test_a_pipe_gets_a_line_per_row_whatever_the_width() -> None:
    header, *lines = shown(width=20, terminal=False).splitlines()
    assert header.split("\t") == list(COLUMNS)
    assert [tuple(line.split("\t")) for line in lines] == ROWS


def test_a_wide_terminal_gets_a_table() -> None:
    assert all(cell in shown(width=120, terminal=True) for row in ROWS for cell in row)
    assert "┃" in shown(width=120, terminal=True)


@pytest.mark.parametrize("width", [20, 80, 90])
def test_a_narrow_terminal_gets_every_value_whole(width: int) -> None:
    lines = shown(width=width, terminal=True).splitlines()
    assert all(any(line.endswith(cell) for line in lines) for row in ROWS for cell in row)
    assert "…" not in "".join(lines)
