"""When a checkout asks for a price, send it the price."""

from __future__ import annotations

from collections.abc import Iterable

from schemas import topics
from schemas.catalogue.messages import CatalogueCommand, CatalogueEvent, Product, QuotePrice
from schemas.checkout.messages import NotePrice, PricedLine
from streams.runtime.decider import Send


def react(command: CatalogueCommand, product: Product, _events: tuple[CatalogueEvent, ...]) -> Iterable[Send]:
    """Commands for other rooms, given the product after the events."""
    if isinstance(command, QuotePrice):
        note = NotePrice(checkout_id=command.checkout_id, sku=command.sku, price=_price(product))
        yield Send(topics.CHECKOUT, command.checkout_id, note)


def _price(product: Product) -> PricedLine | None:
    if product.withdrawn:  # As is a product that never had a price.
        return None
    return PricedLine(
        title=product.title,
        unit_price_minor=product.unit_price_minor,
        vat_basis_points=product.vat_basis_points,
        components=product.components,
    )
