"""Catalogue events as rows of `prices`."""

from __future__ import annotations

from typing import assert_never

from connectors.events import Event
from connectors.rows import PRICES, Row, patch, put
from schemas.catalogue.messages import CatalogueEvent, PriceRefused, PriceSet


def rows(event: Event, body: CatalogueEvent) -> tuple[Row, ...]:
    """What the event changes."""
    match body:
        case PriceSet():
            price = put(
                PRICES,
                sku=body.sku,
                title=body.title,
                unit_price_minor=body.unit_price_minor,
                vat_basis_points=body.vat_basis_points,
                components=[{"sku": part.sku, "quantity": part.quantity} for part in body.components],
                withdrawn=body.withdrawn,
                version=event.version,
            )
            return (price,)
        case PriceRefused():
            return (patch(PRICES, sku=body.sku, version=event.version),)
        case _:
            assert_never(body)
