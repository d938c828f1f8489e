"""What the commands that kill things share: a stack of their own, a seed, the audit, and a tally as the last line."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping

import typer
from rich.console import Console

from ops import audit
from ops.servers.stack import Stack

SILENT_SECONDS_MAX = 20.0  # how long a kill may keep the shop from deciding
SAY = Console()


def a_seed(chosen: int) -> int:
    """The seed of a schedule: the chosen one, or a new one for 0."""
    return chosen or time.time_ns() % 1_000_000


def expect_outages() -> None:
    """Have Kafka's client say nothing of a broker that is away: that it is, now and then, is the point."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def audit_decisions(stack: Stack) -> audit.Verdict:
    """What the workers wrote, of a stack that may still be at work."""
    return audit.run(stack.settings(), postgres=False, settled=False, stripe=None, report=_indented)


def audit_shop(stack: Stack) -> audit.Verdict:
    """Everything, of a stack at rest: the log, the views, Stripe's books."""
    settings = stack.settings()
    return audit.run(settings, postgres=True, settled=True, stripe=settings.stripe, report=_indented)


def _indented(line: str) -> None:
    SAY.print(f"  {line}")


def end(tally: Mapping[str, object], verdict: audit.Verdict, *, passed: bool, faults: Iterable[str] = ()) -> None:
    """Print what went wrong, and the tally as JSON. Raises typer.Exit(1) unless it passed and the audit is green."""
    for fault in (*verdict.witnesses, *faults):
        SAY.print(f"[red]{fault}[/red]")
    print(json.dumps(dict(tally) | {"audit": "ok" if verdict.ok else "failed"}))
    if not (passed and verdict.ok):
        raise typer.Exit(1)
