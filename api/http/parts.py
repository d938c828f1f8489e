"""What one process of the edge is made of, by class: `part(request, Views)` is its Views."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from starlette.requests import HTTPConnection

Parts = dict[type, Any]
P = TypeVar("P")


def part(connection: HTTPConnection, cls: type[P]) -> P:
    """The process's only object of a class; what there is stands in api/process.py."""
    return cast(P, connection.scope["app"].state.parts[cls])
