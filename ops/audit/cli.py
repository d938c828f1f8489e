"""`bloomfield audit`: fold the log anew, apart from the code that decided it, and compare."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import httpx
import orjson
import psycopg
import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.table import Table

from connectors.opensearch.client import SearchRefused, Unreachable
from ops.audit.findings import CHECKS, Verdict
from ops.audit.kafka_log import AuditImpossible
from ops.audit.run import run
from process.settings import Settings

app = typer.Typer(help=__doc__)


@app.command("audit")
def audit(
    postgres: Annotated[bool, typer.Option(help="Compare the views in PostgreSQL too.")] = True,
    settled: Annotated[
        bool, typer.Option("--settled", help="Nothing is under way: let nothing pass, and nothing be left undone.")
    ] = False,
    stripe: Annotated[bool, typer.Option(help="Compare with the books of Stripe's double too.")] = False,
    search: Annotated[bool, typer.Option("--search", help="Compare the index of the search too.")] = False,
) -> None:
    """Prove from the log that no unit, no penny and no command was lost, made or doubled.

    Exit code 0: everything holds; 1: something does not, and the first witness of each check is shown; 2: the log or
    the views could not be read. The last line is one JSON object.
    """
    progress = Console(stderr=True, highlight=False)
    began = time.monotonic()
    try:
        with progress.status("auditing") as status:
            settings = Settings.from_environment()
            double = settings.stripe if stripe else None
            result = run(
                settings, postgres=postgres, settled=settled, stripe=double, search=search, report=status.update
            )
    except (AuditImpossible, KafkaException, psycopg.Error, httpx.HTTPError, Unreachable, SearchRefused) as error:
        progress.print(f"[red]the audit could not be made[/red]: {type(error).__name__}: ", end="")
        progress.print(str(error), markup=False)
        raise typer.Exit(2) from error
    show(result, Console(highlight=False))
    seconds = round(time.monotonic() - began, 1)
    sys.stdout.write(as_json(result, seconds) + "\n")
    raise typer.Exit(0 if result.ok else 1)


def show(result: Verdict, out: Console) -> None:
    """The checks as a table, and the first witness of each that failed."""
    table = Table("check", "result", "made", "failed", "what it says", title="Audit")
    for check, meaning in CHECKS.items():
        made, failed = result.made.get(check, 0), result.failed.get(check, 0)
        state = "[red]failed[/red]" if failed else "[green]ok[/green]" if made else "[dim]not made[/dim]"
        table.add_row(check, state, str(made), str(failed), meaning)
    out.print(table)
    for witness in result.witnesses:
        out.print(f"[red]{witness.check}[/red] first failed at", end=" ")
        out.print(f"{witness.position}\n  expected {witness.expected}\n  found    {witness.found}", markup=False)


def as_json(result: Verdict, seconds: float) -> str:
    """The verdict on one line."""
    verdict = {"ok": result.ok, "failed": result.failed, "checked": result.made, "counts": result.counts}
    return orjson.dumps(verdict | {"seconds": seconds}).decode()
