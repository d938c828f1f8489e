"""Rows for people: a table where it fits, and otherwise in a form that cuts nothing off."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

BORDERS = 3  # columns of the terminal that each column of a table takes besides its text


def show(out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a block per row where the terminal is too narrow; through a pipe a line per row, with tabs."""
    if not out.is_terminal:
        for row in (columns, *rows):
            _line(out, "\t".join(" ".join(cell.split()) for cell in row))
    elif _width(columns, rows) <= out.width:
        table = Table(*columns, title=title)
        for row in rows:
            table.add_row(*map(escape, row))
        out.print(table)
    else:
        _blocks(out, title, columns, rows)


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    widest = (max(cell_len(cell) for cell in column) for column in zip(columns, *rows, strict=True))
    return sum(width + BORDERS for width in widest) + 1


def _blocks(out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    indent = max(map(len, columns))
    _line(out, title)
    for row in rows:
        _line(out, "")
        for name, cell in zip(columns, row, strict=True):
            if cell:
                _line(out, f"{name:>{indent}}  {cell}")


def _line(out: Console, text: str) -> None:
    """As it is: the terminal may break it, but nothing of it is lost."""
    print(text, file=out.file)  # not `out.print`, which makes spaces of tabs
