"""What can be asked of a cart."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Path
from pydantic import Field

from api.http.fields import Channel, Id, StrictModel
from api.http.problems import Problem
from schemas.cart.messages import CartLine
from schemas.cart.rules import UNITS_PER_LINE_MAX

CartIdPath = Annotated[Id, Path(description="Id of the cart.")]
ChannelHeader = Annotated[
    Channel, Header(alias="Bloomfield-Channel", description="The shop front that the shopper uses.")
]
IfMatch = Annotated[
    str, Header(alias="If-Match", max_length=100, description="The ETag you have: 412 if the cart has changed.")
]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1_000)]
ETAG = re.compile(r'"(\d{1,15})(?:-[0-9a-f]{8})?"')


class NewCart(StrictModel):
    """Nothing: a cart begins empty."""


class WantedLine(StrictModel):
    """How many of a SKU the shopper wants in all."""

    quantity: Annotated[
        int, Field(strict=True, ge=0, le=UNITS_PER_LINE_MAX, description="Units; 0 removes the line.", examples=[2])
    ]

    def of(self, sku: str) -> CartLine:
        """The line of this SKU."""
        return CartLine(sku=sku, quantity=self.quantity)


def expected_version(if_match: str) -> int | None:
    """The version of a cart that an If-Match asks for; None: any. Raises Problem for what is no ETag of a cart."""
    text = if_match.strip()
    if text in ("", "*"):
        return None
    found = ETAG.fullmatch(text)
    if found is None:
        raise Problem("header_malformed", "If-Match is no ETag of a cart. Send that of your last response, unchanged.")
    return int(found[1])


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether an If-None-Match names the ETag, or any."""
    return bool({"*", etag} & {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")})
