"""The synonyms room, as the engine runs it."""

from __future__ import annotations

from schemas.synonyms.messages import ROOM, SynonymsCommand, SynonymsEvent, SynonymsState
from streams.runtime.decider import Decider
from streams.synonyms.decide import decide
from streams.synonyms.state import evolve

SYNONYMS: Decider[SynonymsCommand, SynonymsEvent, SynonymsState] = Decider(
    room=ROOM, initial=SynonymsState(), decide=decide, evolve=evolve
)
