"""What a catalogue command leads to. A quote is no fact of the catalogue: it is answered, not recorded."""

from __future__ import annotations

from typing import assert_never

from schemas.catalogue.messages import (
    CatalogueCommand,
    CatalogueEvent,
    CatalogueRefusal,
    PriceRefused,
    PriceSet,
    Product,
    QuotePrice,
    SetPrice,
)
from schemas.catalogue.rules import COMPONENT_UNITS_MAX, COMPONENTS_MAX, PRICE_MAX_MINOR, VAT_MAX_BASIS_POINTS
from streams.catalogue.state import is_known


def decide(command: CatalogueCommand, product: Product, _at: int) -> tuple[CatalogueEvent, ...]:
    """The events that the command leads to."""
    match command:
        case SetPrice():
            return _set_price(command, product)
        case QuotePrice():
            return ()
        case _:
            assert_never(command)


def refusal(command: SetPrice) -> CatalogueRefusal | None:
    """The first reason that applies, by descending precedence."""
    if not 0 <= command.unit_price_minor <= PRICE_MAX_MINOR:
        return CatalogueRefusal.PRICE_OUT_OF_RANGE
    if not 0 <= command.vat_basis_points <= VAT_MAX_BASIS_POINTS:
        return CatalogueRefusal.VAT_OUT_OF_RANGE
    if not all(0 < component.quantity <= COMPONENT_UNITS_MAX for component in command.components):
        return CatalogueRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE
    if len(command.components) > COMPONENTS_MAX:
        return CatalogueRefusal.TOO_MANY_COMPONENTS
    if len({command.sku, *(component.sku for component in command.components)}) <= len(command.components):
        return CatalogueRefusal.COMPONENTS_NOT_DISTINCT
    return None


def _set_price(command: SetPrice, product: Product) -> tuple[CatalogueEvent, ...]:
    if reason := refusal(command):
        return (PriceRefused(sku=command.sku, command=type(command).__name__, reason=reason),)
    asked = Product(
        sku=command.sku,
        title=command.title,
        unit_price_minor=command.unit_price_minor,
        vat_basis_points=command.vat_basis_points,
        components=command.components,
        withdrawn=command.withdrawn,
    )
    if asked == product:
        return ()  # The same again: already decided.
    return (
        PriceSet(
            sku=command.sku,
            title=command.title,
            unit_price_minor=command.unit_price_minor,
            vat_basis_points=command.vat_basis_points,
            components=command.components,
            withdrawn=command.withdrawn,
            previous_price_minor=product.unit_price_minor if is_known(product) else None,
        ),
    )
