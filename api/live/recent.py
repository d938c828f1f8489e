"""The latest change of each key that the views may not show yet."""

from __future__ import annotations

from collections.abc import Mapping

from api.live.feed import Change
from connectors.kafka.log_identity import Partition

RECENT_MAX = 200_000


class Recent:
    """Changes by room and key. What the views have reached is forgotten."""

    def __init__(self, changes_max: int = RECENT_MAX) -> None:
        self._changes: dict[tuple[str, str], Change] = {}
        self._changes_max = changes_max
        self._overflown: dict[Partition, int] = {}  # the last offset that was not kept

    def __len__(self) -> int:
        return len(self._changes)

    @property
    def complete(self) -> bool:
        """False: the views are so far behind that a change is in neither of the two."""
        return not self._overflown

    def put(self, change: Change) -> None:
        """Keep a change in the place of the one before it."""
        key = (change.room, change.key)
        if key in self._changes or len(self._changes) < self._changes_max:
            self._changes[key] = change
        else:
            self._overflown[change.partition] = change.offset

    def get(self, room: str, key: str) -> Change | None:
        """The latest change of a key; None: the views show it, or nothing ever happened to it."""
        return self._changes.get((room, key))

    def forget(self, positions: Mapping[Partition, int]) -> None:
        """Forget what the views have read: they stand before these offsets."""
        self._changes = {
            key: change for key, change in self._changes.items() if change.offset >= positions.get(change.partition, 0)
        }
        self._overflown = {
            partition: offset for partition, offset in self._overflown.items() if offset >= positions.get(partition, 0)
        }
