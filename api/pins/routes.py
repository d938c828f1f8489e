"""Pins: what a search shows first, set by staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AfterValidator, Field, StringConstraints

from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, reads, writes
from api.http.fields import Id, StrictModel
from api.http.parts import part
from api.http.positions import ReadYourWrites
from api.http.responses import respond
from api.http.texts import text
from api.pins.pins import Pins
from api.pins.responses import PINS, PinList, PinResponse
from schemas.pins.messages import PRODUCTS_MAX, QUERIES_MAX, QUERY_LENGTH_MAX, SetPin, normalised

staff_router = APIRouter(prefix="/v1/admin/pins", tags=["search (staff)"], dependencies=[Depends(bearer)])
PinIdPath = Annotated[Id, Path(description="Id of the pin.", examples=["mothers-day"])]
Query = Annotated[
    str,
    StringConstraints(min_length=1, max_length=QUERY_LENGTH_MAX),
    AfterValidator(text),
    AfterValidator(normalised),
    Field(min_length=1),
]


class NewPin(StrictModel):
    """Which products come first for which searches."""

    queries: Annotated[
        tuple[Query, ...],
        Field(max_length=QUERIES_MAX, description="Case and spaces do not matter.", examples=[["mothers day"]]),
    ]
    products: Annotated[
        tuple[Id, ...], Field(max_length=PRODUCTS_MAX, description="In this order; none: the pin is off.")
    ]


@staff_router.get("", dependencies=[ReadYourWrites], **reads(PinList, *STAFF_ONLY, "view_behind"))
async def list_pins(request: Request, _staff: CurrentStaff) -> Response:
    """Every pin, by their ids."""
    rows = sorted(part(request, Pins).rows.copy().items())
    return respond(PinList(pins=[PinResponse.shown(pin) for _, (pin, _) in rows]))


@staff_router.put("/{pin_id}", **writes(PinResponse, *STAFF_ONLY, "refused"))
async def set_pin(request: Request, staff: CurrentStaff, pin_id: PinIdPath, body: NewPin) -> Response:
    """Say which products come first for some searches. One that is not shown, or that a filter leaves out, does not."""
    command = SetPin(pin_id=pin_id, queries=tuple(dict.fromkeys(body.queries)), products=body.products)
    return await PINS.decide(
        request, command, PinResponse.shown, sender=staff.sender, wait=part(request, Pins).seen(pin_id)
    )
