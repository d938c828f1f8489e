"""Whoever asks for a price is answered with it."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.messages import CatalogueCommand, CatalogueEvent, Price, PriceQuoted, Product, QuotePrice
from schemas.record import Record


def react(command: CatalogueCommand, product: Product, _events: tuple[CatalogueEvent, ...]) -> Iterator[Record]:
    """The answer to a question, given the product after the events."""
    if isinstance(command, QuotePrice):
        yield PriceQuoted(sku=command.sku, price=_price(product), answer_to=command.answer_to)


def _price(product: Product) -> Price | None:
    if product.withdrawn:  # As is a product that never had a price.
        return None
    return Price(
        title=product.title,
        unit_price_minor=product.unit_price_minor,
        vat_basis_points=product.vat_basis_points,
        components=product.components,
    )
