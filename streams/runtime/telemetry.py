"""What a transaction, and a partition that stopped, tell operations: metrics and lines of the log."""

from __future__ import annotations

import structlog

from streams.runtime import metrics
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table

LOG = structlog.get_logger()

HELP_COMMAND = (
    "mend the code and restart the workers: the command waits in the log. To go on without it: stop the workers"
    " (`bloomfield down --only worker-0` and so on), `bloomfield dead-letters set-aside ROOM PARTITION OFFSET --reason"
    " ...` with what stands here, `bloomfield up`"
)
HELP_TIMER = (
    "mend the code and restart the workers: a timer failed, or a command that waited for what had ended, and setting a"
    " command aside would not help"
)


def observe(deciding: Deciding) -> None:
    """What was decided, and how much its tables hold."""
    counts = deciding.counts
    for outcome in ("decided", "repeated", "dead", "timers", "local", "parked", "ended"):
        if counts[outcome]:
            metrics.COMMANDS.labels(outcome).inc(counts[outcome])
    for table, offset, why in deciding.set_aside:
        LOG.error(
            "command_set_aside",
            room=table.room.name,
            partition=table.partition,
            offset=offset,
            reason=why,
            help="bloomfield dead-letters list",
        )
    metrics.EVENTS.inc(counts["events"])
    metrics.BATCH_SIZE.observe(counts["decided"] + counts["repeated"])
    for room, partition in deciding.positions:
        table = deciding.tables[(room, partition)]
        metrics.ROWS.labels(room, partition).set(len(table.rows))
        metrics.OUTCOMES.labels(room, partition).set(len(table.outcomes))
        metrics.PARKED.labels(room, partition).set(len(table.parked))
        if table.halted:  # now: one that halted before is in no transaction
            say_halted(table)


def say_halted(table: Table) -> None:
    """Loudly: a partition decides nothing more."""
    metrics.HALTED.labels(table.room.name, table.partition).set(1)
    LOG.critical(
        "partition_halted",
        room=table.room.name,
        partition=table.partition,
        offset=table.position if table.halted_at is None else table.halted_at,
        reason=table.halted,
        exc_info=table.bug,
        help=HELP_TIMER if table.halted_at is None else HELP_COMMAND,
    )
