"""Products, prices and stock as the search's source reads them."""

from __future__ import annotations

from schemas.catalogue.messages import Attribute, ProductFacts, ProductState, ProductStatus, Variant
from schemas.inventory.messages import StockState
from schemas.prices.messages import Component, SkuPrice


def variant(sku: str, **more: object) -> Variant:
    return Variant(sku=sku, **more)  # type: ignore[arg-type]


def product(
    product_id: str = "vase",
    *variants: Variant,
    status: ProductStatus = ProductStatus.PUBLISHED,
    title: str = "Stoneware vase",
    **attributes: object,
) -> ProductState:
    """A product of these variants; by default one, whose SKU is VASE."""
    facts = ProductFacts(
        title=title,
        description="Thrown by hand.",
        brand="Harrow & Clay",
        categories=("vases", "for-any-day"),
        attributes={name: attribute(value) for name, value in attributes.items()},
        variants=variants or (variant("VASE"),),
    )
    return ProductState(product_id=product_id, status=status, facts=facts)


def attribute(value: object) -> Attribute:
    if isinstance(value, bool):
        return Attribute(flag=value)
    return Attribute(text=value) if isinstance(value, str) else Attribute(number=str(value))


def price(sku: str, minor: int = 1_250, *, withdrawn: bool = False, **parts: int) -> SkuPrice:
    components = tuple(Component(sku=part, quantity=units) for part, units in parts.items())
    return SkuPrice(sku=sku, title=sku, unit_price_minor=minor, components=components, withdrawn=withdrawn)


def stock(on_hand: int, held: int = 0) -> StockState:
    return StockState(on_hand=on_hand, held=held)
