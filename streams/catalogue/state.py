"""What one SKU costs, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from schemas.catalogue.messages import CatalogueEvent, PriceRefused, PriceSet, Product


def is_known(product: Product) -> bool:
    """Whether it ever had a price."""
    return product.sku != ""


def evolve(product: Product, event: CatalogueEvent) -> Product:
    """The product after the event."""
    match event:
        case PriceSet():
            assert product.sku in ("", event.sku), "the price of another SKU"
            return Product(
                sku=event.sku,
                title=event.title,
                unit_price_minor=event.unit_price_minor,
                vat_basis_points=event.vat_basis_points,
                components=event.components,
                withdrawn=event.withdrawn,
            )
        case PriceRefused():
            return product
        case _:
            assert_never(event)
