"""What a room is to the engine: pure functions, and nothing of Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.record import Record
from schemas.topics import Room

C = TypeVar("C", bound=Record)
E = TypeVar("E", bound=Record)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Send:
    """A command for another room (or for another key of this one); the engine gives it its id and its envelope."""

    room: Room
    key: str
    command: Record


def never(_state: object) -> int | None:
    """The row wants no timer."""
    return None


def no_reaction(_command: Record, _state: object, _events: tuple[Record, ...]) -> Iterable[Send]:
    """Nothing follows in other rooms."""
    return ()


def no_wake(key: str, _state: object, _due_at: int) -> Record:
    """For rooms whose rows never set a timer."""
    raise AssertionError(f"{key} was woken, but its room has no timers")


def in_full(reply: Record) -> Record:
    """The whole reply is remembered."""
    return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Generic[E, S]):
    """For rows that may grow for long: what of a row is written in records of their own (ops/decisions/0014).

    A row is its head and its parts, each with a name. A transaction writes the head of each row that it changed, the
    parts that its events touched, and a tombstone for a part that is gone: what a command costs does not depend on how
    many parts there are. A test holds `whole(head(state), of(state)) == state`, whatever happened.

    - `head(state)`: the record of the row itself.
    - `of(state)`: all parts by name; asking for one must be cheap.
    - `touched(event)`: the names of the parts that the event may have changed.
    - `whole(head, parts)`: the state again. Raises AssertionError when they do not belong together.
    """

    head: Callable[[S], Record]
    of: Callable[[S], Mapping[str, Record]]
    touched: Callable[[E], Iterable[str]]
    whole: Callable[[Record, Mapping[str, Record]], S]


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[E, S]):
    """What the views show of a row, for rooms whose state is too large to be written after each event.

    It is a record of the room's state class too, and a fold of its own: a test holds
    `evolve(of(state), event) == of(the state after the event)`. `hides` are the fields that are never filled.
    """

    of: Callable[[S], Record]
    evolve: Callable[[Record, E], Record]
    hides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[C, E, S]):
    """One room. Every function is pure: no clock, no random source, no IO; times are UTC milliseconds.

    - `decide(command, state, at)`: the events that the command leads to, `at` being the command's time. A
      refusal is an event with a reason. A wish already fulfilled is an empty tuple.
    - `evolve(state, event)`: the state after the event.
    - `react(command, state, events)`: commands for other rooms, given the state *after* the events.
    - `reply(state, events)`: the answer for whoever sent the command, given the state after the events.
    - `due(state)`: the moment at which the row wants to be woken; `wake(key, state, due_at)`: the command for it.
      A wake-up must move `due` on, or the row would be woken for ever.
    - `ends_at(state)`: the moment from which a finished row may be forgotten.
    - `remembered(reply)`: what of a reply is kept for a day, for a command that comes again; a part of a long one.
    - `parts`: how a row is written in several records; None: each row is one, its state.
    - `view`: what the views show of a row; None: its state.
    - `history`: the events that the table `history` keeps.
    - `follows`: True answers `reply_to` after every command of a chain, not only after its first.
    """

    room: Room
    initial: S
    decide: Callable[[C, S, int], tuple[E, ...]]
    evolve: Callable[[S, E], S]
    reply: Callable[[S, tuple[E, ...]], Record]
    react: Callable[[C, S, tuple[E, ...]], Iterable[Send]] = no_reaction
    due: Callable[[S], int | None] = never
    wake: Callable[[str, S, int], C] = no_wake  # type: ignore[assignment]  # raises whatever the room's command type
    ends_at: Callable[[S], int | None] = never
    remembered: Callable[[Record], Record] = in_full
    parts: Parts[E, S] | None = None
    view: View[E, S] | None = None
    history: tuple[type[Record], ...] = ()
    follows: bool = False
