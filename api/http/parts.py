"""What one process of the edge is made of, by class: `part(request, Views)` is its Views."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from fastapi import Request

Parts = dict[type, Any]
P = TypeVar("P")


def part(request: Request, cls: type[P]) -> P:
    """The process's only object of a class; what there is stands in api/process.py."""
    return cast(P, request.scope["app"].state.parts[cls])
