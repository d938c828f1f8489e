"""Read your writes: a write answers with a position, and a GET that carries it waits until its view is there."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from fastapi import Depends, Header, Request

from api.answers import edge_of
from api.errors import Problem
from schemas.room import Room
from schemas.rooms import ROOMS

NAME = "Bloomfield-Position"
FIRST_WAIT_SECONDS = 0.01
LONGEST_WAIT_SECONDS = 0.1
VERSION = re.compile(r"[0-9]{1,15}")


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
            f"{NAME} is no position of ours. Send the one that a write answered with, unchanged, or none.",
        )
    return room, key, int(version)


async def reached(
    request: Request,
    given: Annotated[
        str | None,
        Header(
            alias=NAME,
            description="The position that a write answered with: wait until the view has reached it.",
            examples=["cart:5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee:7"],
        ),
    ] = None,
) -> None:
    """Wait until the view has reached the position given, if one is. Raises Problem when it does not in time."""
    if given is None:
        return
    room, key, version = parse(given)
    edge = edge_of(request)
    loop = asyncio.get_running_loop()
    deadline, wait = loop.time() + edge.options.view_wait_seconds, FIRST_WAIT_SECONDS
    while await edge.version(room, key, version) < version:
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


async def not_while_rebuilding(request: Request) -> None:
    """To be asked before saying that something is not there. Raises Problem while that cannot be known."""
    if await edge_of(request).views.rebuilding():
        raise Problem(
            "view_behind",
            "The views are being written again from the log, and this is not in them yet. Try again in some seconds.",
            headers={"Retry-After": "5"},
        )


ReadYourWrites = Depends(reached)
