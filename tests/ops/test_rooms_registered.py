"""A room is known everywhere, or a test says where it was forgotten. README's "Add a room" names the same places."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest

from api.app import ROUTERS
from ops.servers.place import CHECKOUT
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS

REGISTERED: dict[str, Collection[str]] = {
    "streams/rooms.py": DECIDERS,
    "api/app.py": {route.endpoint.__module__.split(".")[1] for each in ROUTERS for route in each.routes},  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("place", REGISTERED)
def test_every_room_is_registered(place: str) -> None:
    assert not ROOMS.keys() - set(REGISTERED[place]), f"forgotten in {place}"


def test_the_readme_names_every_place_where_a_room_is_registered() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    [chapter] = re.findall(r"## Add a room\n(.*?)\n## ", readme, re.DOTALL)
    assert [
        place for place in (*REGISTERED, "schemas/rooms.py", "ops/audit/folds/__init__.py") if place not in chapter
    ] == []
