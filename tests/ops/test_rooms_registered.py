"""A room is known everywhere, or a test says where it was forgotten. ops/docs/contributing.md names the same places."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest

from api.app import ROUTERS
from ops.servers.workspace import CHECKOUT
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS

REGISTERED: dict[str, Collection[str]] = {
    "streams/rooms.py": DECIDERS,
    "api/app.py": {route.endpoint.__module__.split(".")[1] for each in ROUTERS for route in each.routes},  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("place", REGISTERED)
def test_every_room_is_registered(place: str) -> None:
    assert not ROOMS.keys() - set(REGISTERED[place]), f"forgotten in {place}"


def test_every_place_where_a_room_is_registered_is_named_where_people_look() -> None:
    text = (CHECKOUT / "ops/docs/contributing.md").read_text()
    [chapter] = re.findall(r"## A room\n(.*?)\n## ", text, re.DOTALL)
    places = (*REGISTERED, "schemas/rooms.py", "ops/audit/folds/__init__.py")
    assert [place for place in places if place not in chapter] == []
