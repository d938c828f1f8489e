"""`bloomfield rebuild`: drop the views' rows and have the sink write them again from offset 0.

Safe while the sink runs: the positions are emptied in the same transaction, and the sink compares them in each of its
own. Readers see views that are behind until it has caught up; the new positions say how far that is, so that nobody is
told that something does not exist which only is not there again yet.
"""

from __future__ import annotations

import time

import psycopg
import typer
from psycopg import sql
from rich.console import Console

from connectors.kafka.client import log_end, topic_name
from connectors.kafka.log_identity import LogRefused, Partition, required
from connectors.postgres.connection import dsn
from connectors.postgres.views import VIEWS
from ops.tables import show, told
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.rooms import ROOMS

app = typer.Typer(help="Write the view tables again from the log.")

POLL_SECONDS = 0.2
SECONDS_MAX = 3600.0


class RebuildError(Exception):
    """The views are not rebuilt; the message says how far it came and what to look at."""


def rebuild(settings: Settings, *, seconds_max: float = SECONDS_MAX) -> dict[str, int]:
    """Empty the views, wait until the running sink has filled them; returns rows per table. Raises RebuildError."""
    log = _log(settings)
    ends = event_ends(settings, log)
    with psycopg.connect(dsn(settings), autocommit=True) as connection:
        empty(connection, log, ends)
        wait_until_caught_up(settings, connection, seconds_max=seconds_max)
        return rows_per_table(connection)


def empty(connection: psycopg.Connection[tuple[object, ...]], log: LogIdentity, ends: dict[Partition, int]) -> None:
    """Empty the views, in one transaction; the sink fills them again from the beginning of this log to these ends."""
    # The positions first, as in a sink's transaction: so the two never wait for each other crosswise.
    names = sql.SQL(", ").join(map(_table, ("sink_positions", *VIEWS)))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))
        cursor.executemany(
            "INSERT INTO sink_positions (topic, partition, next_offset, rebuilding_until, log_id)"
            " VALUES (%s, %s, 0, %s, %s)",
            [(*partition, end, log.id) for partition, end in ends.items()],
        )


def wait_until_caught_up(
    settings: Settings, connection: psycopg.Connection[tuple[object, ...]], *, seconds_max: float = SECONDS_MAX
) -> None:
    """Wait until the sink has read all events that are on the log now. Raises RebuildError."""
    log = _log(settings)
    ends = event_ends(settings, log)
    deadline = time.monotonic() + seconds_max
    while behind := _behind(connection, log, ends):
        if time.monotonic() > deadline:
            raise RebuildError(f"after {seconds_max:.0f} s the sink still has {behind} offsets to read: is it running?")
        time.sleep(POLL_SECONDS)


def rows_per_table(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """How many rows each view table has."""
    counts = {}
    for name in VIEWS:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_table(name))).fetchone()
        counts[name] = int(str(row[0])) if row else 0
    return counts


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _log(settings: Settings) -> LogIdentity:
    try:
        return required(settings)
    except LogRefused as refused:
        raise RebuildError(str(refused)) from refused


def event_ends(settings: Settings, log: LogIdentity) -> dict[Partition, int]:
    """Where the event topics end now. Raises KafkaException."""
    return {
        (topic, partition): log_end(settings, topic, partition)
        for room in ROOMS.values()
        for topic in (topic_name(settings, room.topic("events")),)
        for partition in range(log.partitions)
    }


def _behind(connection: psycopg.Connection[tuple[object, ...]], log: LogIdentity, ends: dict[Partition, int]) -> int:
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM sink_positions WHERE log_id = %s", (log.id,)
    ).fetchall()
    reached = {(topic, partition): int(str(offset)) for topic, partition, offset in rows}
    return sum(max(0, end - reached.get(partition, 0)) for partition, end in ends.items())


@app.command("rebuild")
def rebuild_(seconds_max: float = typer.Option(SECONDS_MAX, help="How long to wait for the sink.")) -> None:
    """Empty the view tables, wait until the running sink has written them again, and count their rows."""
    with told(RebuildError):
        counts = rebuild(Settings.from_environment(), seconds_max=seconds_max)
    show(Console(), "Views", ("table", "rows"), [(name, str(count)) for name, count in counts.items()])
