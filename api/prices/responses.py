"""Prices as they are shown."""

from __future__ import annotations

from api.http.responses import Amount, Body
from api.log.gateway import Gateway
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import SkuPrice

PRICES: Gateway[SkuPrice] = Gateway(room=PRICES_ROOM, location="/v1/prices/{0.sku}", refused="The price was refused")


class ComponentResponse(Body):
    sku: str
    quantity: int


class PriceResponse(Body):
    sku: str
    title: str
    unit_price: Amount
    vat_basis_points: int
    withdrawn: bool
    components: list[ComponentResponse]
