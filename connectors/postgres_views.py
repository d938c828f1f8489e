"""The view tables and the sink's positions in PostgreSQL: one transaction for a batch."""

from __future__ import annotations

from typing import Any

import orjson
import psycopg
from psycopg import sql

from connectors.log_identity import Place
from connectors.postgres import dsn
from connectors.rows import Changes
from connectors.settings import Settings
from connectors.view_sql import statements
from schemas.log import LogIdentity

SINK_LOCK = 7202  # session advisory lock: one sink at a time
OPTIONS = " ".join(
    f"-c {setting}=off"
    for setting in (
        "jit",  # a table that may not be read whole looks dear to it: a tenth of a second for each small question
        "synchronous_commit",  # a crash may lose the last rows, but their positions with them: the log tells them again
        # Every statement names its rows by their key. PostgreSQL takes a JSON array to have a hundred of them and would
        # rather read a whole table than look up so many: a batch has a few.
        "enable_seqscan",
        "enable_hashjoin",
        "enable_mergejoin",
    )
)
Connection = psycopg.Connection[tuple[Any, ...]]
Positions = dict[Place, int]

_MOVE = sql.SQL(
    "UPDATE sink_positions s SET next_offset = m.next_offset"
    " FROM json_to_recordset(%s::json) AS m(topic text, partition int, was bigint, next_offset bigint)"
    " WHERE s.topic = m.topic AND s.partition = m.partition AND s.next_offset = m.was AND s.log_id = %s"
)
_BEGIN = sql.SQL(
    "INSERT INTO sink_positions AS s (topic, partition, next_offset, log_id)"
    " SELECT topic, partition, 0, %(log)s FROM json_to_recordset(%(ends)s::json) AS e(topic text, partition int)"
    " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = 0, log_id = excluded.log_id,"
    # What a row says stands; what is missing may be on the log all the same, until all of it was read once more.
    " rebuilding_until = (SELECT e.next_offset"
    " FROM json_to_recordset(%(ends)s::json) AS e(topic text, partition int, next_offset bigint)"
    " WHERE e.topic = s.topic AND e.partition = s.partition)"
    " WHERE s.log_id <> excluded.log_id"
)


class PositionsMoved(Exception):
    """Somebody else moved the positions (a rebuild, another sink): they must be read again."""


def connect(settings: Settings) -> Connection:
    """The sink's connection. Raises psycopg.OperationalError when PostgreSQL cannot be reached."""
    return psycopg.connect(
        dsn(settings),
        autocommit=True,
        prepare_threshold=0,
        application_name="bloomfield-sink",
        connect_timeout=5,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        options=OPTIONS,
    )


def become_the_sink(connection: Connection) -> bool:
    """Take the lock that only one sink has; False while another has it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (SINK_LOCK,)).fetchone()
    return bool(row and row[0])


def begin(connection: Connection, log: LogIdentity, ends: Positions) -> Positions:
    """Where to go on: at 0 in a partition of which nothing was read, of this log. `ends` are where they end now."""
    rows = [{"topic": topic, "partition": partition, "next_offset": end} for (topic, partition), end in ends.items()]
    connection.execute(_BEGIN, {"log": log.id, "ends": as_json(rows)})
    known = positions(connection, log)
    return {place: known[place] for place in ends}


def positions(connection: Connection, log: LogIdentity) -> Positions:
    """All positions there are, of this log."""
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM sink_positions WHERE log_id = %s", (log.id,)
    ).fetchall()
    return {(topic, partition): next_offset for topic, partition, next_offset in rows}


def overdue_checkouts(connection: Connection) -> int:
    """Checkouts that neither completed nor failed, and whose time was up five minutes ago.

    Most wait for a room or a provider that is down, with money reserved and stock sold, and go on when it is back.
    None while the views are rebuilt: they show every checkout of the past as it once was.
    """
    row = connection.execute(
        "SELECT count(*) FROM checkouts WHERE step NOT IN ('completed', 'failed')"
        " AND expires_at < now() - interval '5 minutes'"
        " AND NOT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until)",
        prepare=True,
    ).fetchone()
    return int(row[0]) if row else 0


def apply(connection: Connection, log: LogIdentity, changes: Changes, *, was: Positions, now: Positions) -> None:
    """Write the rows and move the positions, all or nothing. Raises PositionsMoved unless they are as they were."""
    moves = [
        {"topic": place[0], "partition": place[1], "was": was[place], "next_offset": offset}
        for place, offset in now.items()
    ]
    with connection.transaction(), connection.pipeline() as pipeline:
        # First of all, so that a sink and a rebuild meet here and never wait for each other crosswise.
        moved = connection.execute(_MOVE, (as_json(moves), log.id), prepare=True)
        for _, statement, rows in statements(changes):
            connection.execute(statement, (as_json(rows),), prepare=True)
        pipeline.sync()
        if moved.rowcount != len(moves):
            raise PositionsMoved(f"{moved.rowcount} of {len(moves)} positions were as this sink left them")


def as_json(rows: list[dict[str, Any]]) -> str:
    """Rows for PostgreSQL, whose text cannot hold a zero byte: a made-up id with one must not stop the sink."""
    text = orjson.dumps(rows).decode()
    if "\\u0000" in text:
        text = orjson.dumps([_without_zero_bytes(row) for row in rows]).decode()
    return text


def _without_zero_bytes(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case dict():
            return {_without_zero_bytes(key): _without_zero_bytes(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_zero_bytes(each) for each in value]
        case _:
            return value
