"""Prices as they are shown."""

from __future__ import annotations

from api.http.responses import Amount, Body


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
