"""A room is known everywhere, or a test says where it was forgotten. README's "Add a room" names the same places."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest

from api.app import ROUTERS
from connectors.room_rows import ROWS_OF
from connectors.rows import TABLES
from connectors.view_reads import VERSIONS
from ops.audit.folds import FOLDS
from ops.audit.views import VIEWS
from ops.servers.place import CHECKOUT
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS

FROM_THE_EDGES_MEMORY = {"catalogue"}  # the edge follows prices itself, and needs no view to know how far it is

REGISTERED: dict[str, Collection[str]] = {
    "streams/rooms.py": DECIDERS,
    "connectors/room_rows.py": ROWS_OF,
    "connectors/view_reads.py": VERSIONS.keys() | FROM_THE_EDGES_MEMORY,
    "api/app.py": {route.endpoint.__module__.split(".")[1] for each in ROUTERS for route in each.routes},  # type: ignore[attr-defined]
    "ops/audit/folds/__init__.py": FOLDS,
    "ops/audit/views.py": {view.room for view in VIEWS},
}


@pytest.mark.parametrize("place", REGISTERED)
def test_every_room_is_registered(place: str) -> None:
    assert not ROOMS.keys() - set(REGISTERED[place]), f"forgotten in {place}"


def test_every_table_of_the_views_is_migrated_written_and_audited() -> None:
    migrations = "".join(path.read_text() for path in sorted((CHECKOUT / "ops/migrations").glob("*.sql")))
    made = set(re.findall(r"CREATE TABLE (\w+)", migrations))
    assert {table.name for table in TABLES} <= made
    assert {view.name for view in VIEWS} == {table.name for table in TABLES}


def test_the_readme_names_every_place_where_a_room_is_registered() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    [chapter] = re.findall(r"## Add a room\n(.*?)\n## ", readme, re.DOTALL)
    assert [place for place in (*REGISTERED, "schemas/rooms.py", "connectors/rows.py") if place not in chapter] == []
