"""What one SKU costs, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from schemas.prices.messages import PriceEvent, PriceRefused, PriceSet, SkuPrice


def is_known(price: SkuPrice) -> bool:
    """Whether it ever had a price."""
    return price.sku != ""


def evolve(price: SkuPrice, event: PriceEvent) -> SkuPrice:
    """The price after the event."""
    match event:
        case PriceSet():
            assert price.sku in ("", event.sku), "the price of another SKU"
            return SkuPrice(
                sku=event.sku,
                title=event.title,
                unit_price_minor=event.unit_price_minor,
                vat_basis_points=event.vat_basis_points,
                components=event.components,
                withdrawn=event.withdrawn,
            )
        case PriceRefused():
            return price
        case _:
            assert_never(event)
