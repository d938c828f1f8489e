"""The prices room, as the engine runs it."""

from __future__ import annotations

from schemas.prices.messages import ROOM, PriceCommand, PriceEvent, SkuPrice
from streams.prices.decide import decide
from streams.prices.react import react
from streams.prices.state import evolve
from streams.runtime.decider import Decider

PRICES: Decider[PriceCommand, PriceEvent, SkuPrice] = Decider(
    room=ROOM, initial=SkuPrice(), decide=decide, evolve=evolve, react=react
)
