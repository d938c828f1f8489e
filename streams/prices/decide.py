"""What a command about a price leads to. A quote is no fact: it is answered, not recorded."""

from __future__ import annotations

from typing import assert_never

from schemas.prices.messages import (
    FileSku,
    PriceCommand,
    PriceEvent,
    PriceRefusal,
    PriceRefused,
    PriceSet,
    QuotePrice,
    SetPrice,
    SkuFiled,
    SkuPrice,
)
from schemas.prices.rules import COMPONENT_UNITS_MAX, COMPONENTS_MAX, PRICE_MAX_MINOR, VAT_MAX_BASIS_POINTS


def decide(command: PriceCommand, price: SkuPrice, _at: int) -> tuple[PriceEvent, ...]:
    """The events that the command leads to."""
    match command:
        case SetPrice():
            return _set_price(command, price)
        case FileSku(sku=sku, categories=categories):
            return () if categories == price.categories else (SkuFiled(sku=sku, categories=categories),)
        case QuotePrice():
            return ()
        case _:
            assert_never(command)


def refusal(command: SetPrice) -> PriceRefusal | None:
    """The first reason that applies, by descending precedence."""
    if not 0 <= command.unit_price_minor <= PRICE_MAX_MINOR:
        return PriceRefusal.PRICE_OUT_OF_RANGE
    if not 0 <= command.vat_basis_points <= VAT_MAX_BASIS_POINTS:
        return PriceRefusal.VAT_OUT_OF_RANGE
    if not all(0 < component.quantity <= COMPONENT_UNITS_MAX for component in command.components):
        return PriceRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE
    if len(command.components) > COMPONENTS_MAX:
        return PriceRefusal.TOO_MANY_COMPONENTS
    if len({command.sku, *(component.sku for component in command.components)}) <= len(command.components):
        return PriceRefusal.COMPONENTS_NOT_DISTINCT
    return None


def _set_price(command: SetPrice, price: SkuPrice) -> tuple[PriceEvent, ...]:
    if reason := refusal(command):
        return (PriceRefused(sku=command.sku, command=type(command).__name__, reason=reason),)
    asked = SkuPrice(
        sku=command.sku,
        title=command.title,
        unit_price_minor=command.unit_price_minor,
        vat_basis_points=command.vat_basis_points,
        components=command.components,
        withdrawn=command.withdrawn,
        categories=price.categories,
    )
    if asked == price:
        return ()  # The same again: already decided.
    return (
        PriceSet(
            sku=command.sku,
            title=command.title,
            unit_price_minor=command.unit_price_minor,
            vat_basis_points=command.vat_basis_points,
            components=command.components,
            withdrawn=command.withdrawn,
            previous_price_minor=price.unit_price_minor if price.is_priced else None,
        ),
    )
