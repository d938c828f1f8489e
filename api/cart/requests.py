"""What can be asked of a cart."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path
from pydantic import Field

from api.http.fields import Channel, Id, StrictModel
from schemas.cart.messages import CartLine
from schemas.cart.rules import UNITS_PER_LINE_MAX

CartIdPath = Annotated[Id, Path(description="Id of the cart.")]
ChannelHeader = Annotated[
    Channel, Header(alias="Bloomfield-Channel", description="The shop front that the shopper uses.")
]


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
