"""The views in PostgreSQL are the fold of the events, once the sink has reached the end of the cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg

from connectors.postgres import dsn
from connectors.settings import Settings
from ops.audit.findings import Findings, Place
from ops.audit.movements import fingerprint
from ops.audit.views import VIEWS, View
from ops.audit.world import Row, World
from schemas.placing import partition_of
from schemas.rooms import ROOMS

SINK_SECONDS_MAX = 60.0
FETCH = 5_000
Rows = Iterable[tuple[Any, ...]]
EventsOf = tuple[str, int]  # event topic and partition


def check(settings: Settings, world: World, findings: Findings, report: Callable[[str], None]) -> None:
    """Wait for the sink, then compare every view. Raises psycopg.Error when PostgreSQL cannot be read."""
    with psycopg.connect(dsn(settings), autocommit=True, connect_timeout=10) as connection:
        findings.checked("postgres")
        behind = _wait(connection, settings, world)
        for (topic, partition), (wanted, found) in behind.items():
            place = Place(topic, partition, wanted, "sink_positions")
            findings.fail("postgres", place, expected=f"position {wanted} within {SINK_SECONDS_MAX:.0f} s", found=found)
        # One snapshot for all tables: parents and children must be of the same moment.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        reached = _reached(connection, settings, world)
        beyond = {place for place, offset in reached.items() if offset > world.ends[place]}
        newer: dict[str, set[str]] = {}
        for view in VIEWS:
            report(f"comparing {view.name}")
            with connection.cursor(name=f"audit_{view.name}") as cursor:
                cursor.itersize = FETCH
                cursor.execute(view.query.encode())
                compare(view, cursor, world, findings, newer.setdefault(view.room, set()), beyond)
        connection.execute("ROLLBACK")


def _wait(connection: psycopg.Connection[Any], settings: Settings, world: World) -> dict[EventsOf, tuple[int, int]]:
    deadline = time.monotonic() + SINK_SECONDS_MAX
    while True:
        behind = lag(_reached(connection, settings, world), world)
        if not behind or time.monotonic() > deadline:
            return behind
        time.sleep(0.1)


def _reached(connection: psycopg.Connection[Any], settings: Settings, world: World) -> dict[EventsOf, int]:
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM sink_positions WHERE log_id = %s", (world.log.id,)
    ).fetchall()
    positions = {(topic, partition): offset for topic, partition, offset in rows}
    return {place: positions.get((settings.topic_prefix + place[0], place[1]), 0) for place in world.ends}


def lag(reached: Mapping[EventsOf, int], world: World) -> dict[EventsOf, tuple[int, int]]:
    """Where the sink has not come as far as the audit: (wanted, reached) by event topic and partition."""
    return {place: (wanted, reached[place]) for place, wanted in world.next_offsets.items() if reached[place] < wanted}


def compare(view: View, rows: Rows, world: World, findings: Findings, newer: set[str], beyond: set[EventsOf]) -> None:
    """Compare the rows of one view, grouped by aggregate, with the fold.

    `newer` are the aggregates of the room that the sink has read on about since the cut: none but those on partitions
    that it has read `beyond` the cut.
    """
    folded = world.rooms[view.room]
    seen: set[str] = set()
    for key, group in groupby(rows, key=itemgetter(0)):
        seen.add(key)
        row = folded.get(key)
        # A print is taken while reading: a shelf may have a million movements.
        found = [fingerprint(each[1:]) if view.prints else each[1:] for each in group]
        if key in newer:
            continue
        findings.checked("postgres")
        place = Place(f"postgres:{view.name}", 0, -1, key)
        may_be_newer = view.versioned and _events_of(view, key, world) in beyond
        if row is None or not row.changed:
            if may_be_newer:
                newer.add(key)
                continue
            findings.fail("postgres", place, expected="no row: no event leads to it", found=found[0])
            continue
        if view.versioned:
            version, *found[0] = found[0]  # type: ignore[call-overload]  # a list from here on
            found[0] = tuple(found[0])
            if version > row.version and may_be_newer:
                newer.add(key)
                continue
            if not row.changed <= version <= row.version:
                findings.fail("postgres", place, expected=f"version {row.changed}", found=f"version {version}")
        (_compare_prints if view.prints else _compare_row)(view, place, row, found, findings)
    for key, row in folded.items():
        if row.changed and key not in seen and key not in newer and view.expected(row.state):
            place = Place(f"postgres:{view.name}", 0, -1, key)
            findings.fail("postgres", place, expected=view.expected(row.state)[0], found="no row")


def _events_of(view: View, key: str, world: World) -> EventsOf:
    return ROOMS[view.room].topic("events"), partition_of(key, world.log.partitions)


def _compare_row(view: View, place: Place, row: Row, found: list[Any], findings: Findings) -> None:
    expected = view.expected(row.state)
    if sorted(expected, key=repr) == sorted(found, key=repr):
        return
    if len(expected) != len(found):
        findings.fail("postgres", place, expected=f"{len(expected)} rows: {expected}", found=f"{len(found)}: {found}")
        return
    for wanted, actual in zip(sorted(expected, key=repr), sorted(found, key=repr), strict=True):
        wrong = [
            (column, want, got) for column, want, got in zip(view.columns, wanted, actual, strict=True) if want != got
        ]
        if wrong:
            column, want, got = wrong[0]
            findings.fail("postgres", place, expected=f"{column} {want!r}", found=repr(got))


def _compare_prints(view: View, place: Place, row: Row, found: list[Any], findings: Findings) -> None:
    expected = view.expected(row.state)
    for version in sorted({version for version, _ in set(expected) ^ set(found)}):
        said = "a row" if any(version == each for each, _ in expected) else "no row"
        there = "another" if any(version == each for each, _ in found) else "none"
        findings.fail("postgres", place, expected=f"{said} of version {version}, as its event says", found=there)
