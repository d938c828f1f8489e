"""Read your writes: a write returns a position, and a GET that carries it waits until its view is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.requests import HTTPConnection

from api.http.parts import part
from api.http.problems import Problem
from connectors.postgres.reads import Views
from schemas.room import Room
from schemas.rooms import ROOMS

NAME = "Bloomfield-Position"
FIRST_WAIT_SECONDS = 0.01
LONGEST_WAIT_SECONDS = 0.1
VERSION = re.compile(r"[0-9]{1,15}")
Version = Callable[[str, int], Awaitable[int]]  # of a row by its key, looked for until it is at least so high; 0: none


class Positions:
    """How far the views are: PostgreSQL's, and of some rooms what this process itself keeps."""

    def __init__(self, views: Views, wait_seconds: float, kept_here: Mapping[str, Version]) -> None:
        self._views, self._kept_here = views, kept_here
        self.wait_seconds = wait_seconds  # how long a GET waits for the position that it was given

    async def version(self, room: str, key: str, at_least: int) -> int:
        """The event sequence that the view of a row stands at; 0: there is no row yet."""
        kept = self._kept_here.get(room)
        return await (self._views.version(room, key) if kept is None else kept(key, at_least))

    async def version_in_postgresql(self, room: str, key: str, _at_least: int) -> int:
        """The event sequence that PostgreSQL's row stands at; 0: there is no row yet."""
        return await self._views.version(room, key)


def position(room: Room, key: str, version: int) -> str:
    """The position of a decision."""
    return f"{room.name}:{key}:{version}"


def parse(text: str) -> tuple[str, str, int]:
    """Room, key and version. Raises Problem for what is no position."""
    room, _, rest = text.partition(":")
    key, _, version = rest.rpartition(":")
    if room not in ROOMS or not ROOMS[room].is_key(key) or not VERSION.fullmatch(version):
        raise Problem(
            "header_malformed",
            f"{NAME} is no position of ours. Send the one that a write returned, unchanged, or none.",
        )
    return room, key, int(version)


Given = Annotated[
    str | None,
    Header(
        alias=NAME,
        description="The position that a write returned: wait until the view has reached it.",
        examples=["cart:5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee:7"],
    ),
]


async def reached(request: Request, given: Given = None) -> None:
    """Wait until the view has reached the position given, if one is. Raises Problem when it does not in time."""
    await _reached(given, part(request, Positions).version, part(request, Positions).wait_seconds)


async def reached_in_postgresql(request: Request, given: Given = None) -> None:
    """The same for what is read from PostgreSQL though this process keeps the room's rows."""
    await _reached(given, part(request, Positions).version_in_postgresql, part(request, Positions).wait_seconds)


async def _reached(given: Given, version_of: Callable[[str, str, int], Awaitable[int]], seconds_max: float) -> None:
    if given is None:
        return
    room, key, version = parse(given)
    loop = asyncio.get_running_loop()
    deadline, wait = loop.time() + seconds_max, FIRST_WAIT_SECONDS
    while await version_of(room, key, version) < version:
        if loop.time() + wait > deadline:
            raise behind()
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def behind() -> Problem:
    """The view does not show yet what the caller has reason to expect."""
    return Problem(
        "view_behind",
        "The view has not caught up with your write yet; the write itself is safe. Try again in a second.",
        headers={"Retry-After": "1"},
    )


async def not_while_rebuilding(request: HTTPConnection) -> None:
    """To be asked before saying that something is not there. Raises Problem while that cannot be known."""
    if await part(request, Views).rebuilding():
        raise Problem(
            "view_behind",
            "The views are being written again from the log, and this is not in them yet. Try again in some seconds.",
            headers={"Retry-After": "5"},
        )


ReadYourWrites = Depends(reached)  # where the path reads what `Positions` follows
ReadYourWritesInPostgreSQL = Depends(reached_in_postgresql)
