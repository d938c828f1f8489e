"""The catalogue room, as the engine runs it."""

from __future__ import annotations

from schemas.catalogue.messages import ROOM, CatalogueCommand, CatalogueEvent, Product
from streams.catalogue.decide import decide
from streams.catalogue.react import react
from streams.catalogue.state import evolve
from streams.runtime.decider import Decider

CATALOGUE: Decider[CatalogueCommand, CatalogueEvent, Product] = Decider(
    room=ROOM, initial=Product(), decide=decide, evolve=evolve, react=react
)
