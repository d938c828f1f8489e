"""What a room is to the engine: pure functions, and nothing of Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from schemas.record import Record
from schemas.room import Room

C = TypeVar("C", bound=Record)
E = TypeVar("E", bound=Record)
S = TypeVar("S")


def never(_state: object) -> int | None:
    """The row wants no timer."""
    return None


def no_reaction(_command: Record, _state: object, _events: tuple[Record, ...]) -> Iterable[Record]:
    """Nothing is sent but the events to whom they answer."""
    return ()


def no_timer(key: str, _state: object, _due_at: int) -> Record:
    """For rooms whose rows never set a timer."""
    raise AssertionError(f"{key} has a timer that is due, but its room has none")


def whole(state: Any) -> Any:
    """The whole state is the reply."""
    return state


def all_but(initial: S, *names: str) -> Callable[[S], S]:
    """The state as the reply, with these fields as they are initially: what may be long, or is nobody's business."""
    blank = {name: getattr(initial, name) for name in names}
    return lambda state: replace(state, **blank)  # type: ignore[type-var]  # states without parts are records


def refusal_of(events: Iterable[Record]) -> str:
    """Why a command was refused: the `reason` of its `…Refused` event; empty when it was not."""
    return next((str(event.reason) for event in events if type(event).__name__.endswith("Refused")), "")  # type: ignore[attr-defined]


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
      refusal is an event with a reason. What is done already is an empty tuple. What the room hears is decided as
      its commands are.
    - `evolve(state, event)`: the state after the event.
    - `react(command, state, events)`: messages for others, given the state *after* the events: commands, which go to
      their own key, and answers that are no events. The events follow them to their return addresses, each that the
      room there hears (ops/decisions/0016); the engine gives all of them ids and envelopes.
    - `reply(state)`: what of the state after the events is sent to whoever waits for the decision; one record. Why the
      command was refused is sent beside it, see `refusal_of` (ops/decisions/0018).
    - `next_timer_at(state)`: when the next timer of the row is due; `on_timer(key, state, due_at)`: the command for it.
      That command must move `next_timer_at` on, or the timer would fire for ever.
    - `expires_at(state)`: the moment from which a finished row may be forgotten.
    - `parts`: how a row is written in several records; None: each row is one, its state.
    - `view`: what the views show of a row; None: its state.
    - `history`: the events that the table `history` keeps.
    - `follows`: True replies to every command of a chain, not only to its first.
    """

    room: Room
    initial: S
    decide: Callable[[C, S, int], tuple[E, ...]]
    evolve: Callable[[S, E], S]
    reply: Callable[[S], Record] = whole
    react: Callable[[C, S, tuple[E, ...]], Iterable[Record]] = no_reaction
    next_timer_at: Callable[[S], int | None] = never
    on_timer: Callable[[str, S, int], C] = no_timer  # type: ignore[assignment]  # raises whatever the room's command type
    expires_at: Callable[[S], int | None] = never
    parts: Parts[E, S] | None = None
    view: View[E, S] | None = None
    history: tuple[type[Record], ...] = ()
    follows: bool = False
