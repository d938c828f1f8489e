"""The prices room, as the engine runs it."""

from __future__ import annotations

from schemas.prices.messages import ROOM, PriceCommand, PriceEvent, PriceSet, PricesScheduled, PricesTurned, SkuPrice
from streams.prices.decide import decide, next_timer_at, on_timer
from streams.prices.react import react
from streams.prices.state import evolve
from streams.runtime.decider import Decider

PRICES: Decider[PriceCommand, PriceEvent, SkuPrice] = Decider(
    room=ROOM,
    initial=SkuPrice(),
    decide=decide,
    evolve=evolve,
    react=react,
    next_timer_at=next_timer_at,
    on_timer=on_timer,
    history=(PriceSet, PricesScheduled, PricesTurned),
)
