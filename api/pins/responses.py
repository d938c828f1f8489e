"""Pins as staff see them, and why a change of one is refused."""

from __future__ import annotations

from typing import Annotated, Self

from msgspec import Meta

from api.http.problems import Problem
from api.http.responses import Body
from api.log.gateway import Gateway
from schemas.pins.messages import ROOM, PinRefusal, PinState


class PinResponse(Body):
    id: str
    queries: Annotated[list[str], Meta(description="Searches that it is for, in small letters.")]
    products: Annotated[list[str], Meta(description="What comes first, in this order; none: the pin is off.")]

    @classmethod
    def shown(cls, pin: PinState, _command: object = None) -> Self:
        """The state, of a reply or of the table."""
        return cls(id=pin.pin_id, queries=list(pin.queries), products=list(pin.products))


class PinList(Body):
    pins: list[PinResponse]


def _not_distinct(_pin: PinState, _command: object) -> Problem:
    reason = "a product is named twice; name each once"
    error = {"in": "body", "field": "products", "reason": reason, "rule": "pins"}
    return Problem("validation_failed", f"products: {reason}.", errors=[error])


PINS: Gateway[PinState] = Gateway(
    room=ROOM,
    location="/v1/admin/pins",
    refused="The pin was refused",
    refusals={PinRefusal.NOT_DISTINCT: _not_distinct},
)
