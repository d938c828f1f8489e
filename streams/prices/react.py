"""Whoever asks for a price is answered with it."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.prices.messages import Price, PriceCommand, PriceEvent, PriceQuoted, QuotePrice, SkuPrice
from schemas.record import Record


def react(command: PriceCommand, price: SkuPrice, _events: tuple[PriceEvent, ...]) -> Iterator[Record]:
    """The answer to a question, given the price after the events."""
    if isinstance(command, QuotePrice):
        yield PriceQuoted(
            sku=command.sku, price=_price(price.for_channel(command.channel)), answer_to=command.answer_to
        )


def _price(price: SkuPrice) -> Price | None:
    if price.withdrawn:  # As is one that was never set.
        return None
    return Price(
        title=price.title,
        unit_price_minor=price.unit_price_minor,
        vat_basis_points=price.vat_basis_points,
        components=price.components,
        categories=price.categories,
    )
