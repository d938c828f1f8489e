"""What one SKU costs, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.prices.messages import (
    PriceEvent,
    PriceRefused,
    PriceSet,
    PricesScheduled,
    PricesTurned,
    SkuFiled,
    SkuPrice,
)


def evolve(price: SkuPrice, event: PriceEvent) -> SkuPrice:
    """The price after the event."""
    match event:
        case PriceSet():
            assert price.sku in ("", event.sku), "the price of another SKU"
            return replace(
                price,
                sku=event.sku,
                title=event.title,
                unit_price_minor=event.unit_price_minor,
                vat_basis_points=event.vat_basis_points,
                components=event.components,
                withdrawn=event.withdrawn,
            )
        case PricesScheduled():
            return replace(price, scheduled=event.prices, current=event.current, turned_at=event.at)
        case PricesTurned():
            return replace(price, current=event.current, turned_at=event.at)
        case SkuFiled():
            assert price.sku in ("", event.sku), "the price of another SKU"
            return replace(price, sku=event.sku, categories=event.categories)
        case PriceRefused():
            return price
        case _:
            assert_never(event)
