"""The categories room, as the engine runs it."""

from __future__ import annotations

from schemas.categories.messages import ROOM, CategoriesCommand, CategoriesEvent, CategoryState
from streams.categories.decide import decide
from streams.categories.state import evolve
from streams.runtime.decider import Decider

CATEGORIES: Decider[CategoriesCommand, CategoriesEvent, CategoryState] = Decider(
    room=ROOM, initial=CategoryState(), decide=decide, evolve=evolve
)
