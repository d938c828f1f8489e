"""Every group of synonyms, in memory."""

from __future__ import annotations

from collections.abc import Callable

from api.log.states import StateTable
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.synonyms.messages import ROOM, SynonymsState


class Synonyms(StateTable[SynonymsState]):
    """Groups by id."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=ROOM)
