"""What a room says of itself, once, beside its messages: topics, registries, AsyncAPI and the engine derive from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from schemas.ids import is_id
from schemas.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room: its name, the key of its aggregates, and its messages.

    - `commands`, `events`: unions of message classes.
    - `answers`: records that it answers commands with and that are no events.
    - `hears`: answers of other rooms that it decides on, as on commands; `answer_to` in each names the aggregate.
    - `parts`: what of a row is written in records of their own on the state topic.
    - `recalls`: its finished aggregates leave memory for `<room>.ended`, and are read back when a command needs them.
    """

    name: str
    key: str
    key_fields: tuple[str, ...]
    commands: tuple[type[Record], ...]
    events: tuple[type[Record], ...]
    state: type[Record]
    answers: tuple[type[Record], ...] = ()
    hears: tuple[type[Record], ...] = ()
    parts: tuple[type[Record], ...] = ()
    recalls: bool = False

    def topic(self, kind: str) -> str:
        """Name of the room's commands, events, state, ended or dead-letters topic."""
        return f"{self.name}.{kind}"

    def takes(self, message: Record) -> bool:
        """Whether it decides on messages of this class."""
        return type(message) in self.commands or type(message) in self.hears

    def key_of(self, message: Record) -> str:
        """The aggregate that a command is for, or an answer; its Kafka key must say the same. Empty: another room's."""
        if self.hears and type(message) in self.hears:
            name, key = parted(answer_to(message))
            return key if name == self.name else ""
        return "@".join([getattr(message, name) for name in self.key_fields])

    def is_key(self, text: str) -> bool:
        """Whether a text has the shape of a key of this room."""
        parts = text.split("@")
        return len(parts) == len(self.key_fields) and all(map(is_id, parts))

    @property
    def messages(self) -> tuple[type[Record], ...]:
        """Every message class of the room."""
        return (*self.commands, *self.events, *self.answers, self.state, *self.parts)


def members(union: object) -> tuple[type[Record], ...]:
    """The classes of a union of messages; a union of one is the class itself."""
    return get_args(union) or (union,)


def address(room: str, key: str) -> str:
    """The return address of an aggregate."""
    return f"{room}/{key}"


def parted(address: str) -> tuple[str, str]:
    """Room and key of a return address; both are empty when it is."""
    room, _, key = address.partition("/")
    return room, key


def answer_to(message: Record) -> str:
    """The return address in a message; empty: nobody's."""
    found: str = getattr(message, "answer_to", "")
    return found
