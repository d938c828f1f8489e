"""How and when something can be delivered."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from api.http.responses import Amount, Body, DateTime
from schemas.delivery import DeliveryMethod


class DeliveryDayResponse(Body):
    date: Annotated[str, Meta(description="In London.", extra_json_schema={"format": "date"})]
    order_by: Annotated[DateTime, Meta(description="The last moment to order for that day.")]


class DeliveryOptionResponse(Body):
    method: DeliveryMethod
    charge: Annotated[Amount, Meta(description="For these goods as they cost now.")]
    days: Annotated[list[DeliveryDayResponse], Meta(description="To choose from; empty when it is not offered.")]
    reason: Annotated[str | None, Meta(description="Why it is not offered.")]


class DeliveryOptionsResponse(Body):
    postcode: str
    options: list[DeliveryOptionResponse]
