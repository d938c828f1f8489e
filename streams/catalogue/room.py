"""The catalogue room, as the engine runs it."""

from __future__ import annotations

from schemas.catalogue.messages import ROOM, CatalogueCommand, CatalogueEvent, ProductState, TurnProduct
from streams.catalogue.decide import decide, next_timer_at
from streams.catalogue.react import react
from streams.catalogue.state import evolve
from streams.runtime.decider import Decider


def on_timer(key: str, _product: ProductState, due_at: int) -> TurnProduct:
    """What is due is done, so that `next_timer_at` moves on."""
    return TurnProduct(product_id=key, due_at=due_at)


CATALOGUE: Decider[CatalogueCommand, CatalogueEvent, ProductState] = Decider(
    room=ROOM,
    initial=ProductState(),
    decide=decide,
    evolve=evolve,
    react=react,
    next_timer_at=next_timer_at,
    on_timer=on_timer,
)
