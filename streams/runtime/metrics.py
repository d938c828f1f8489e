"""What operations see of the engine."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter("bloomfield_commands", "Commands taken, by what became of them", ["outcome"])
EVENTS = Counter("bloomfield_events", "Events written")
BATCH_SIZE = Histogram(
    "bloomfield_batch_commands", "Commands in a transaction", buckets=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
)
COMMIT_SECONDS = Histogram(
    "bloomfield_commit_seconds", "Time of a commit", buckets=[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
)
LOAD_SECONDS = Histogram(
    "bloomfield_load_seconds", "Time to read a partition back", buckets=[0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
)
ROWS = Gauge("bloomfield_table_rows", "Rows in memory", ["room", "partition"])
OUTCOMES = Gauge("bloomfield_table_outcomes", "Command ids remembered", ["room", "partition"])
LAG_SECONDS = Gauge("bloomfield_lag_seconds", "Age of the newest command decided last", ["room", "partition"])
WAITING = Gauge(
    "bloomfield_commands_waiting",
    "Offsets between the position and the end of the commands, transaction markers included",
    ["room", "partition"],
)
PARKED = Gauge(
    "bloomfield_commands_parked",
    "Commands that wait until a finished aggregate is read back from the log",
    ["room", "partition"],
)
RECALLS = Counter("bloomfield_recalls", "Finished aggregates looked for on the log, by what came of it", ["outcome"])
RECALL_SECONDS = Histogram(
    "bloomfield_recall_seconds", "Time of one look for them", buckets=[0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300]
)
HALTED = Gauge("bloomfield_partition_halted", "1: a bug stopped this partition", ["room", "partition"])
EPOCHS = Counter("bloomfield_epochs", "Assignments taken up")


def forget(partitions: Iterable[tuple[str, int]]) -> None:
    """Say nothing more of partitions that another worker may have by now."""
    for room, partition in partitions:
        for gauge in (ROWS, OUTCOMES, LAG_SECONDS, WAITING, PARKED, HALTED):
            gauge.remove(room, partition)
