"""Say what is being done while it is done, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(stderr=True, highlight=False)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show a spinner while the block runs, then one line with its time."""
    began = time.monotonic()
    try:
        with console.status(f"{what} …"):
            yield
    except BaseException:
        console.print(f"  [red]✗[/red] {what}  [dim]{time.monotonic() - began:.1f} s[/dim]")
        raise
    console.print(f"  [green]✓[/green] {what}  [dim]{time.monotonic() - began:.1f} s[/dim]")


def say(line: str) -> None:
    console.print(f"  {line}")
