"""`make prove`: every long proof, one after the other, and what each says at its end.

What a proof prints is in var/proofs/NAME.log. Ends with 1 when one of them failed; the others run all the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.bench.machine import calibration_ms
from ops.servers.workspace import CHECKOUT

BLOOMFIELD = (sys.executable, "-m", "ops.cli")
PROOFS = {
    "tests": (sys.executable, "-m", "pytest", "-q", "-n", "3"),
    "chaos": (*BLOOMFIELD, "chaos"),
    "race": (*BLOOMFIELD, "race"),
    "silences": (*BLOOMFIELD, "silences"),
    "three-brokers": (sys.executable, "-m", "tests.proofs.three_brokers"),
    "outages": (sys.executable, "-m", "tests.proofs.outages"),
    "guards": (sys.executable, "-m", "tests.proofs.guards"),
    "fresh": (sys.executable, "-m", "tests.proofs.fresh_machine"),
}
ALL_SEEDS = {**os.environ, "BLOOMFIELD_PROVE": "1"}
FOLDER = CHECKOUT / "var" / "proofs"


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(PROOFS)}. Default: all.")] = None,
) -> None:
    chosen = names or list(PROOFS)
    if unknown := sorted(set(chosen) - set(PROOFS)):
        raise typer.BadParameter(f"no such proof: {', '.join(unknown)}; there are {', '.join(PROOFS)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    say, table, failed = Console(), Table("proof", "", "min", "what it says at its end"), False
    say.print(f"calibration {calibration_ms():.1f} ms; what each proof prints is in {FOLDER}")
    for name in chosen:
        log, began = FOLDER / f"{name}.log", time.monotonic()
        with log.open("w") as output:
            code = subprocess.run(
                PROOFS[name], cwd=CHECKOUT, env=ALL_SEEDS, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
        minutes, failed = (time.monotonic() - began) / 60, failed or code != 0
        last = next((line for line in reversed(log.read_text().splitlines()) if line.strip()), "nothing")
        table.add_row(name, "ok" if code == 0 else "[red]FAILED[/red]", f"{minutes:.1f}", last)
        say.print(f"  {'✓' if code == 0 else '✗'} {name}, {minutes:.1f} min")
    say.print(table)
    if failed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
