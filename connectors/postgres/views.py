"""The view tables and the sink's positions in PostgreSQL: one transaction for a batch.

Each room has a table `state.<room>` with a row for each aggregate: its key, the version of its latest event, and its
state as JSON (bytes as base64, times as they are: UTC milliseconds). `history` has the events of rooms that keep them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from connectors.kafka.log_identity import Partition
from connectors.postgres.connection import dsn
from connectors.projection import Changes, Fact, RowKey, ViewRow
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.rooms import ROOMS

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
Positions = dict[Partition, int]

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
_HISTORY = sql.SQL(
    "INSERT INTO history SELECT * FROM json_populate_recordset(NULL::history, %s::json) ON CONFLICT DO NOTHING"
)


def _per_room(statement: str) -> dict[str, sql.Composed]:
    return {room: sql.SQL(statement).format(table=sql.Identifier("state", room)) for room in ROOMS}


_READ = _per_room("SELECT key, begun_at, version, state::text FROM {table} WHERE key = ANY(%s)")
_WRITE = _per_room(
    "INSERT INTO {table} AS s (key, begun_at, version, state) SELECT key, begun_at, version, state"
    " FROM json_to_recordset(%s::json) AS n(key text, begun_at bigint, version bigint, state jsonb)"
    " ON CONFLICT (key) DO UPDATE"
    " SET begun_at = excluded.begun_at, version = excluded.version, state = excluded.state"
    # Rows only move forward, whatever is read again.
    " WHERE (s.begun_at, s.version) < (excluded.begun_at, excluded.version)"
)
VIEWS = (*(f"state.{room}" for room in ROOMS), "history")


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
    connection.execute(_BEGIN, {"log": log.id, "ends": as_json(rows).decode()})
    known = positions(connection, log)
    return {row_key: known[row_key] for row_key in ends}


def positions(connection: Connection, log: LogIdentity) -> Positions:
    """All positions there are, of this log."""
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM sink_positions WHERE log_id = %s", (log.id,)
    ).fetchall()
    return {(topic, partition): next_offset for topic, partition, next_offset in rows}


def refunds_owed(connection: Connection) -> int:
    """Orders of which money is to go back, and nothing sends it back."""
    row = connection.execute("SELECT count(*) FROM state.orders WHERE refund_owed > 0", prepare=True).fetchone()
    return int(row[0]) if row else 0


def overdue_checkouts(connection: Connection) -> int:
    """Checkouts that neither completed nor failed, and whose time was up five minutes ago.

    Most wait for a room or a provider that is down, with money reserved and stock sold, and go on when it is back.
    None while the views are rebuilt: they show every checkout of the past as it once was.
    """
    row = connection.execute(
        "SELECT count(*) FROM state.checkout"
        " WHERE open_until < (extract(epoch FROM now() - interval '5 minutes') * 1000)::bigint"
        " AND NOT EXISTS (SELECT FROM sink_positions WHERE next_offset < rebuilding_until)",
        prepare=True,
    ).fetchone()
    return int(row[0]) if row else 0


def stored(connection: Connection, keys: Mapping[str, list[str]]) -> dict[RowKey, ViewRow]:
    """The rows of these keys, by room, as far as there are any."""
    with connection.pipeline():
        found = [(room, connection.execute(_READ[room], (of_room,), prepare=True)) for room, of_room in keys.items()]
    return {
        (room, key): ViewRow(begun_at, version, msgspec.json.decode(text, type=ROOMS[room].state))
        for room, cursor in found
        for key, begun_at, version, text in cursor
    }


def apply(connection: Connection, log: LogIdentity, changes: Changes, *, was: Positions, now: Positions) -> None:
    """Write the rows and move the positions, all or nothing. Raises PositionsMoved unless they are as they were."""
    moves = [
        {"topic": row_key[0], "partition": row_key[1], "was": was[row_key], "next_offset": offset}
        for row_key, offset in now.items()
    ]
    of_room: dict[str, list[bytes]] = {}
    for (room, key), row in changes.rows.items():
        text = as_json({"key": key, "begun_at": row.begun_at, "version": row.version, "state": row.state})
        of_room.setdefault(room, []).append(text)
    with connection.transaction(), connection.pipeline() as pipeline:
        # First of all, so that a sink and a rebuild meet here and never wait for each other crosswise.
        moved = connection.execute(_MOVE, (as_json(moves).decode(), log.id), prepare=True)
        for room, texts in of_room.items():
            connection.execute(_WRITE[room], (_array(texts),), prepare=True)
        if changes.facts:
            connection.execute(_HISTORY, (_array([as_json(_fact(fact)) for fact in changes.facts]),), prepare=True)
        pipeline.sync()
        if moved.rowcount != len(moves):
            raise PositionsMoved(f"{moved.rowcount} of {len(moves)} positions were as this sink left them")


def _array(texts: Sequence[bytes]) -> str:
    return (b"[" + b",".join(texts) + b"]").decode()


def _fact(fact: Fact) -> dict[str, Any]:
    event = fact.event
    return {
        "room": fact.room,
        "key": fact.key,
        "version": event.version,
        "event_id": event.id,
        "type": type(event.body).__name__,
        "event": event.body,
        "actor": event.actor,
        "command_id": event.command_id,
        "correlation_id": event.correlation_id,
        "occurred_at": event.occurred_at,
    }


def as_json(value: dict[str, Any] | list[dict[str, Any]] | Record) -> bytes:
    """JSON for PostgreSQL, whose text cannot hold a zero byte: a made-up id with one must not stop the sink."""
    text = msgspec.json.encode(value)
    if b"\\u0000" in text:
        text = msgspec.json.encode(_without_zero_bytes(msgspec.json.decode(text)))
    return text


def _without_zero_bytes(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case dict():
            return {_without_zero_bytes(key): _without_zero_bytes(each) for key, each in value.items()}
        case list():
            return [_without_zero_bytes(each) for each in value]
        case _:
            return value
