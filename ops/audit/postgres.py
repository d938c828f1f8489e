"""The views in PostgreSQL are the fold of the events, once the sink has reached the end of the snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from connectors.postgres.connection import dsn
from ops.audit import history
from ops.audit.findings import Findings, LogPosition
from ops.audit.folds.own import RECORD
from ops.audit.model import AuditRow, Model, State
from process.settings import Settings
from schemas.placing import partition_of
from schemas.room import Room
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS

SINK_SECONDS_MAX = 60.0
FETCH = 5_000
STATES = sql.SQL("SELECT key, version, state::text FROM {table}")
Rows = Iterable[tuple[Any, ...]]
EventsOf = tuple[str, int]  # event topic and partition


def check(settings: Settings, model: Model, findings: Findings, report: Callable[[str], None]) -> None:
    """Wait for the sink, then compare every view. Raises psycopg.Error when PostgreSQL cannot be read."""
    with psycopg.connect(dsn(settings), autocommit=True, connect_timeout=10) as connection:
        findings.checked("postgres")
        behind = _wait(connection, settings, model)
        for (topic, partition), (wanted, found) in behind.items():
            position = LogPosition(topic, partition, wanted, "sink_positions")
            findings.fail(
                "postgres", position, expected=f"position {wanted} within {SINK_SECONDS_MAX:.0f} s", found=found
            )
        # One snapshot for all tables: parents and children must be of the same moment.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        reached = _reached(connection, settings, model)
        beyond = {position for position, offset in reached.items() if offset > model.ends[position]}
        for name, room in ROOMS.items():
            report(f"comparing the view of {name}")
            of_room = OfRoom(room, model, findings, beyond)
            with connection.cursor(name=f"audit_{name}") as cursor:
                cursor.itersize = FETCH
                cursor.execute(STATES.format(table=sql.Identifier("state", name)))
                of_room.states(cursor)
            if DECIDERS[name].history:
                with connection.cursor(name=f"audit_history_{name}") as cursor:
                    cursor.itersize = FETCH
                    cursor.execute(history.QUERY, (name,))
                    of_room.facts(cursor)
        connection.execute("ROLLBACK")


def _wait(connection: psycopg.Connection[Any], settings: Settings, model: Model) -> dict[EventsOf, tuple[int, int]]:
    deadline = time.monotonic() + SINK_SECONDS_MAX
    while True:
        behind = lag(_reached(connection, settings, model), model)
        if not behind or time.monotonic() > deadline:
            return behind
        time.sleep(0.1)


def _reached(connection: psycopg.Connection[Any], settings: Settings, model: Model) -> dict[EventsOf, int]:
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM sink_positions WHERE log_id = %s", (model.log.id,)
    ).fetchall()
    positions = {(topic, partition): offset for topic, partition, offset in rows}
    return {position: positions.get((settings.topic_prefix + position[0], position[1]), 0) for position in model.ends}


def lag(reached: Mapping[EventsOf, int], model: Model) -> dict[EventsOf, tuple[int, int]]:
    """Where the sink has not come as far as the audit: (wanted, reached) by event topic and partition."""
    return {
        position: (wanted, reached[position])
        for position, wanted in model.next_offsets.items()
        if reached[position] < wanted
    }


class OfRoom:
    """The view of one room, compared with the fold. The states before the history: what of them is newer than the fold
    is not compared."""

    def __init__(self, room: Room, model: Model, findings: Findings, beyond: set[EventsOf]) -> None:
        self._room, self._folded, self._findings = room, model.rooms[room.name], findings
        self._world, self._beyond = model, beyond
        self._newer: set[str] = set()  # what the sink has read on about since the snapshot

    def states(self, rows: Rows) -> None:
        """Key, version and state of every row."""
        seen: set[str] = set()
        for key, version, text in rows:
            seen.add(key)
            self._findings.checked("postgres")
            self._state(key, version, text)
        for key, row in self._folded.items():
            if row.changed and key not in seen:
                self._findings.fail("postgres", self._place(key), expected=f"version {row.version}", found="no row")

    def facts(self, rows: Rows) -> None:
        """Every fact, ordered by key."""
        seen: set[str] = set()
        for key, group in groupby(rows, key=itemgetter(0)):
            # A print is taken while reading: a shelf may have a million movements.
            found = [history.fingerprint(each[1:]) for each in group]
            seen.add(key)
            self._findings.checked("postgres")
            self._facts(key, found)
        for key in self._folded.keys() - seen:
            self._facts(key, [])

    def _state(self, key: str, version: int, text: str) -> None:
        row = self._folded.get(key)
        known = row.version if row is not None and row.changed else 0
        if version > known and self._may_be_newer(key):
            self._newer.add(key)
        elif row is None or not known:
            self._findings.fail("postgres", self._place(key), expected="no row: no event leads to it", found=text)
        elif version != known:
            self._findings.fail("postgres", self._place(key), expected=f"version {known}", found=f"version {version}")
        else:
            self._fields(key, row, text)

    def _fields(self, key: str, row: AuditRow, text: str) -> None:
        try:
            found = msgspec.json.decode(text, type=self._room.state)
        except msgspec.MsgspecError as error:
            self._findings.fail("postgres", self._place(key), expected="a state", found=error)
            return
        expected = shown(self._room, row.state)
        for name, value in expected.items():
            if getattr(found, name) != value:
                wrong = f"{name} {getattr(found, name)!r}"
                self._findings.fail("postgres", self._place(key), expected=f"{name} {value!r}", found=wrong)
                return

    def _facts(self, key: str, found: list[history.Print]) -> None:
        row = self._folded.get(key)
        expected = history.expected(row.state) if row is not None else []
        if key in self._newer or (row is None and self._may_be_newer(key)):
            return
        for version in sorted({version for version, _ in set(expected) ^ set(found)}):
            said = "a fact" if any(version == each for each, _ in expected) else "no fact"
            there = "another" if any(version == each for each, _ in found) else "none"
            position = LogPosition("postgres:history", 0, -1, key)
            wanted = f"{said} of version {version}, as its event says"
            self._findings.fail("postgres", position, expected=wanted, found=there)

    def _may_be_newer(self, key: str) -> bool:
        return (self._room.topic("events"), partition_of(key, self._world.log.partitions)) in self._beyond

    def _place(self, key: str) -> LogPosition:
        return LogPosition(f"postgres:state.{self._room.name}", 0, -1, key)


def shown(room: Room, state: State) -> dict[str, Any]:
    """The fields that the view of an aggregate must have, according to the fold."""
    view, record = DECIDERS[room.name].view, state.get(RECORD)
    if view is not None and record is not None:
        record = view.of(record)
        return {name: getattr(record, name) for name in record.__struct_fields__}
    return {name: state[name] for name in room.state.__struct_fields__ if name in state}
