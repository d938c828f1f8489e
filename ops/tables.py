"""For people: rows as a table where it fits, else in a form that cuts nothing off; what went wrong as a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

BORDERS = 3  # columns of the terminal that each column of a table takes besides its text


@contextmanager
def told(*expected: type[Exception], code: int = 1) -> Iterator[None]:
    """What is expected to go wrong ends the command with one line on stderr, and this exit code."""
    try:
        yield
    except expected as error:
        said = f"{type(error).__name__}: {error}"
        Console(stderr=True).print(said, style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(code) from error


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
