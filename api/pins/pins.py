"""Every pin, in memory."""

from __future__ import annotations

from collections.abc import Callable

from api.log.states import StateTable
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.pins.messages import ROOM, PinState, normalised
from schemas.record import Record


class Pins(StateTable[PinState]):
    """Pins by id, and what each search has of them."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=ROOM)
        self._first: dict[str, tuple[str, ...]] = {}  # products by search; made anew, never changed

    def first(self, query: str) -> tuple[str, ...]:
        """Ids of the products that come first for a search."""
        return self._first.get(normalised(query), ())

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A pin. Where two are for one search, the products of both come first, by the ids of the pins."""
        super().keep(key, part, record, version)
        first: dict[str, tuple[str, ...]] = {}
        for _, (pin, _) in sorted(self.rows.items()):
            for query in pin.queries:
                first[query] = tuple(dict.fromkeys((*first.get(query, ()), *pin.products)))
        self._first = first
