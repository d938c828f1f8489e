"""How long workers take to read everything back: rows as real orders leave them, and a backlog not yet compacted.

What a shop's rooms hold after compaction is made of rows that shoppers of this run left behind, under new keys.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from ops.bench.figures import at_most
from ops.bench.harness import Harness
from ops.bench.machine import Conditions
from ops.bench.shopper import Tally, TimedShopper, fill_shelves
from ops.servers.workspace import CHECKOUT
from ops.shoppers import EdgeRefused, session
from schemas.topics import PARTITIONS_SETTING

PART = "restart"
PARTITIONS = 4
ORDERS = 20
VISITS_MAX = 200
AGAIN_SECONDS = 0.5
SKU = "restart"
ROWS_MIB_GOAL = 8 * 1024


def run(harness: Harness) -> None:
    """Two workers and four partitions, in a process of its own: their number is chosen when topics are made."""
    asyncio.run(_buy(harness))
    environment = dict(os.environ) | {PARTITIONS_SETTING: str(PARTITIONS)}
    command = [sys.executable, "-m", "ops.bench.restart_run", str(Path(harness.stack.workspace.root))]
    measured = subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    for line in measured.stdout.splitlines():
        _report(harness, json.loads(line))


async def _buy(harness: Harness) -> None:
    """Orders of two lines, for their rows."""
    settings, tally = harness.stack.settings(), Tally()
    skus = [f"{SKU}-{number}" for number in range(2)]
    async with session() as http:
        await fill_shelves(settings, http, skus, 10 * ORDERS)
        for _ in range(VISITS_MAX):  # the first may come before the prices are seen
            if len(tally.ordered) >= ORDERS:
                break
            refused = tally.refusals.total()
            await TimedShopper(settings, http, tally).visit(dict.fromkeys(skus, 1))
            await asyncio.sleep(AGAIN_SECONDS if tally.refusals.total() > refused else 0)
    if len(tally.ordered) < ORDERS:
        raise EdgeRefused(f"only {len(tally.ordered)} orders were made: {dict(tally.refusals)}")


def _report(harness: Harness, measured: dict[str, Any]) -> None:
    add = partial(harness.report.add, PART, Conditions(**measured["conditions"]))
    what, facts = measured["what"], measured["facts"]
    add(f"{what} read back by 2 workers", measured["seconds"], "s", at_most(60), **facts)
    add(f"memory of both workers with {what}", measured["mib"], "MiB", at_most(ROWS_MIB_GOAL), **facts)
