"""Prices as they are shown."""

from __future__ import annotations

from api.http.responses import Amount, Body
from api.log.gateway import Gateway
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.catalogue.messages import Product

PRICES: Gateway[Product] = Gateway(room=CATALOGUE, location="/v1/prices/{0.sku}", refused="The catalogue refused")


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
