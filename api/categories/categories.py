"""Every category, in memory, as the tree that is browsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from api.log.states import StateTable
from process.settings import Settings
from schemas.categories.messages import ROOM, CategoryState
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.record import Record

WORD = re.compile(r"\w+")


class Categories(StateTable[CategoryState]):
    """Categories by id."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=ROOM)
        self.families: Mapping[str, tuple[str, ...]] = {}  # see `families`; made anew, never changed

    def every(self) -> dict[str, CategoryState]:
        """All of them as they stand, hidden ones too."""
        return {key: state for key, (state, _) in self.rows.copy().items()}  # a copy: the thread may write meanwhile

    def title(self, category_id: str) -> str:
        """What it is called; its id when nobody has said so."""
        found = self.row(category_id)
        return found.title if found is not None else category_id

    def titled(self, text: str) -> dict[str, tuple[str, ...]]:
        """The families of those whose titles have all the words of a text, and one that begins like its last."""
        *whole, last = WORD.findall(text.lower()) or [""]
        words = {key: WORD.findall(each.title.lower()) for key, each in shown(self.every()).items()}
        return {
            key: self.family(key)
            for key, found in words.items()
            if last and set(whole) <= set(found) and any(word.startswith(last) for word in found)
        }

    def family(self, category_id: str) -> tuple[str, ...]:
        """The category and all that is below it: what is in one of them is in it."""
        return self.families.get(category_id, (category_id,))

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A category."""
        super().keep(key, part, record, version)
        self.families = families(self.every())


def way_to(every: Mapping[str, CategoryState], category_id: str) -> list[CategoryState] | None:
    """From one of the first down to the category; None when one of them is not there, or they go round in a circle."""
    way: list[CategoryState] = []
    while (found := every.get(category_id)) is not None and len(way) <= len(every):
        way.append(found)
        if not found.parent_id:
            return way[::-1]
        category_id = found.parent_id
    return None


def in_order(every: Mapping[str, CategoryState]) -> Iterator[tuple[CategoryState, int]]:
    """Each category that can be reached from one of the first, behind its parent; with its depth, from 0."""
    below: dict[str, list[CategoryState]] = {}
    for each in sorted(every.values(), key=lambda one: (one.position, one.title, one.category_id)):
        below.setdefault(each.parent_id, []).append(each)
    waiting = [(each, 0) for each in reversed(below.get("", []))]
    while waiting:
        category, depth = waiting.pop()
        yield category, depth
        waiting += [(each, depth + 1) for each in reversed(below.get(category.category_id, []))]


def families(every: Mapping[str, CategoryState]) -> dict[str, tuple[str, ...]]:
    """For each category that has others below it: itself, and all of them."""
    below: dict[str, list[str]] = {}
    for category, _ in in_order(every):
        for above in (way_to(every, category.category_id) or [])[:-1]:
            below.setdefault(above.category_id, [above.category_id]).append(category.category_id)
    return {key: tuple(ids) for key, ids in below.items()}


def shown(every: Mapping[str, CategoryState]) -> dict[str, CategoryState]:
    """Those that shoppers see, in order: neither they nor one on the way to them is hidden."""
    seen: dict[str, CategoryState] = {}
    for category, depth in in_order(every):
        if not category.hidden and (depth == 0 or category.parent_id in seen):
            seen[category.category_id] = category
    return seen
