"""The pins room, as the engine runs it."""

from __future__ import annotations

from schemas.pins.messages import ROOM, PinsCommand, PinsEvent, PinState
from streams.pins.decide import decide
from streams.pins.state import evolve
from streams.runtime.decider import Decider

PINS: Decider[PinsCommand, PinsEvent, PinState] = Decider(room=ROOM, initial=PinState(), decide=decide, evolve=evolve)
