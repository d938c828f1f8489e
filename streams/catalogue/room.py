"""The catalogue room, as the engine runs it."""

from __future__ import annotations

from schemas.catalogue.messages import ROOM, CatalogueCommand, CatalogueEvent, CatalogueReply, PriceRefused, Product
from streams.catalogue.decide import decide
from streams.catalogue.react import react
from streams.catalogue.state import evolve
from streams.runtime.decider import Decider


def reply(product: Product, events: tuple[CatalogueEvent, ...]) -> CatalogueReply:
    """What whoever sent the command is told."""
    refusal = next((event.reason for event in events if isinstance(event, PriceRefused)), None)
    return CatalogueReply(refusal=refusal, sku=product.sku, unit_price_minor=product.unit_price_minor)


CATALOGUE: Decider[CatalogueCommand, CatalogueEvent, Product] = Decider(
    room=ROOM, initial=Product(), decide=decide, evolve=evolve, react=react, reply=reply
)
