"""Every room in memory: real deciders, commands delivered in a random order, time that passes between them.

One seed is one schedule. `ordered` keeps the commands of one key in the order in which they were sent, as a
partition does; without it any command may overtake any other, which is worse than anything Kafka does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from schemas.envelope import derive_id
from schemas.record import Record
from schemas.rooms import destination
from streams.rooms import DECIDERS
from streams.runtime.decider import Decider

START = 1_800_000_000_000
COMMANDS_MAX = 100_000  # more would be a loop


@dataclass(frozen=True, slots=True)
class Posted:
    """A command or an answer on its way."""

    id: str
    command: Record
    at: int


class Outside(Protocol):
    """A foreign system: it hears facts, and acts when it is its turn."""

    def hear(self, event: Record) -> Iterable[Callable[[], Iterable[Record]]]:
        """What it will do because of a fact; each deed returns the commands it sends us."""


def sent(
    decider: Decider[Any, Any, Any], command: Record, state: Any, events: tuple[Any, ...]
) -> list[tuple[str, Record]]:
    """Where what a decision has for others goes, `<room>/<key>`, and what it is; in the order of sending."""
    found = ((destination(each), each) for each in (*decider.react(command, state, events), *events))
    return [(f"{to[0].name}/{to[1]}", message) for to, message in found if to is not None]


class Rooms:
    """The rooms, what is on its way between them, and all that was said."""

    def __init__(self, seed: int = 0, *, outside: Outside | None = None, ordered: bool = True) -> None:
        self.random = Random(seed)
        self.now = START
        self.states: dict[tuple[str, str], Any] = {}
        self.events: list[Record] = []
        self.sent: Counter[str] = Counter()
        self.repeat = 0.0  # how likely a delivered command comes again, under its id
        self.again: frozenset[type[Record]] = frozenset()  # what is asked for twice, under two ids
        self.haste = 0.0  # how likely time jumps on by minutes between two steps
        self.instead: Callable[[Record], Iterable[Record] | None] = lambda _command: None  # None: deliver it
        self._outside, self._ordered = outside, ordered
        self._queues: dict[tuple[str, str], list[Posted]] = {}
        self._deeds: list[Callable[[], Iterable[Record]]] = []
        self._decided: set[str] = set()

    def state(self, room: str, key: str) -> Any:
        """The row of a key."""
        return self.states.get((room, key), DECIDERS[room].initial)

    def of(self, kind: type[Record]) -> list[Any]:
        """Every event of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def send(self, *commands: Record) -> None:
        """Somebody outside asks for something, now."""
        for command in commands:
            self._post(Posted(id=f"outside/{sum(self.sent.values())}", command=command, at=self.now))

    def later(self, *commands: Record) -> None:
        """Somebody will ask for something at some moment."""
        self._deeds.extend((lambda command=command: (command,)) for command in commands)

    def happens(self, *deeds: Callable[[], Iterable[Record]]) -> None:
        """Something will happen outside at some moment, and is told at another."""

        def told_later(deed: Callable[[], Iterable[Record]]) -> Iterable[Record]:
            self.later(*deed())
            return ()

        self._deeds.extend((lambda deed=deed: told_later(deed)) for deed in deeds)

    def run(self, *, patience_ms: int = 0) -> None:
        """Deliver until nothing is on its way; then let time pass up to the next timer, as long as patience lasts."""
        until = self.now + patience_ms
        for _ in range(COMMANDS_MAX):
            if self.step():
                continue
            due = self._next_due()
            if due is None or due > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, due)
        raise AssertionError("the rooms never come to rest")

    def step(self) -> bool:
        """One thing happens: a timer, a command, or a deed from outside."""
        if self._fire():
            return True
        choices = len(self._queues) + len(self._deeds)
        if not choices:
            return False
        self.now += self.random.randrange(20 * 60_000 if self.random.random() < self.haste else 50)
        number = self.random.randrange(choices)
        if number < len(self._queues):
            self._deliver(list(self._queues)[number])
        else:
            self.send(*self._deeds.pop(number - len(self._queues))())
        return True

    def _deliver(self, place: tuple[str, str]) -> None:
        queue = self._queues[place]
        posted = queue.pop(0 if self._ordered else self.random.randrange(len(queue)))
        if not queue:
            del self._queues[place]
        self._decide(place, posted)
        if self.random.random() < self.repeat:
            self._queues.setdefault(place, []).insert(0, posted)

    def _decide(self, place: tuple[str, str], posted: Posted) -> None:
        if posted.id in self._decided:
            return
        self._decided.add(posted.id)
        decider, state = DECIDERS[place[0]], self.state(*place)
        events = tuple(decider.decide(posted.command, state, posted.at))
        for event in events:
            state = decider.evolve(state, event)
        if state is not self.state(*place):  # a refusal of what never existed leaves no row
            self.states[place] = state
        for number, message in enumerate((*decider.react(posted.command, state, events), *events)):
            self._post(Posted(id=derive_id(posted.id, f"send/{number}"), command=message, at=posted.at))
        decider.reply(state)
        self.events.extend(events)
        for event in events:
            self._deeds.extend(self._outside.hear(event) if self._outside else ())

    def _post(self, posted: Posted) -> None:
        found = destination(posted.command)
        if found is None:
            return
        self.sent[type(posted.command).__name__] += 1
        if (answers := self.instead(posted.command)) is not None:
            self.send(*answers)
            return
        queue = self._queues.setdefault((found[0].name, found[1]), [])
        queue.append(posted)
        if type(posted.command) in self.again:
            queue.append(Posted(id=f"{posted.id}/again", command=posted.command, at=posted.at))

    def _timers(self) -> Iterable[tuple[int, tuple[str, str]]]:
        for place, state in self.states.items():
            due = DECIDERS[place[0]].next_timer_at(state)
            if due is not None:
                yield due, place

    def _next_due(self) -> int | None:
        return min((due for due, _ in self._timers()), default=None)

    def _fire(self) -> bool:
        found = min(self._timers(), default=None)
        if found is None or found[0] > self.now:
            return False
        due, place = found
        command = DECIDERS[place[0]].on_timer(place[1], self.states[place], due)
        self._decide(place, Posted(id=f"timer/{len(self._decided)}", command=command, at=due))
        after = DECIDERS[place[0]].next_timer_at(self.states[place])
        assert after is None or after > due, "woken for ever"
        return True
