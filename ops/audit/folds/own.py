"""Rooms without units or pennies: their own `evolve`.

So state topic and view are proved to be what the events add up to.
"""

from __future__ import annotations

from typing import Any

from ops.audit.findings import FailedCheck
from ops.audit.model import State
from streams.rooms import DECIDERS

RECORD = "_record"  # the state itself, beside its fields


class Own:
    """The fold of one room."""

    def __init__(self, room: str) -> None:
        self._decider = DECIDERS[room]

    def initial(self) -> State:
        """An aggregate that nothing has happened to."""
        return _fields(self._decider.initial)

    def apply(self, state: State, event: Any) -> tuple[FailedCheck, ...]:
        """The aggregate after the event; as it was, if that cannot follow."""
        try:
            after = self._decider.evolve(state[RECORD], event)
        except Exception as error:  # noqa: BLE001 - whatever a room says to an event that it never decided
            wanted = f"an event that can follow {str(state[RECORD])[:200]}"
            return (FailedCheck("log.fold", wanted, f"{type(event).__name__}: {error!r}"),)
        state.update(_fields(after))
        return ()

    def ended(self, state: State) -> bool:
        """Whether the row may have been forgotten."""
        return self._decider.expires_at(state[RECORD]) is not None


def _fields(record: Any) -> State:
    return {name: getattr(record, name) for name in record.__struct_fields__} | {RECORD: record}
