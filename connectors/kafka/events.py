"""An event as it lies on a topic: the message and what its headers say of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from confluent_kafka import KafkaException, Message

from schemas.codec import Codec, UnknownSchemaId
from schemas.record import Record

Learn = Callable[[int], None]


class EventError(Exception):
    """A record on an event topic is no event of that room. The engine wrote it, so a person must look."""


class Halted(Exception):
    """A record cannot be understood or carried out, and nothing after it may be worked on: a person must look."""


class Event(msgspec.Struct, frozen=True):
    """A fact, and who said it when."""

    body: Record
    version: int  # the aggregate's event sequence; 0: of an aggregate that does not exist
    id: str
    command_id: str
    correlation_id: str
    occurred_at: int
    actor: str
    reply_to: int | None


class Reader:
    """Turns records of event topics into events."""

    def __init__(self, codec: Codec, learn: Learn) -> None:
        self._codec, self._learn = codec, learn

    def read(self, message: Message, expected: tuple[type[Record], ...]) -> Event:
        """The event in this record.

        Raises EventError or DecodeError when it is none of the expected ones, or says too little of itself.
        """
        body = self.decode(message.value())
        if type(body) not in expected:
            raise EventError(f"{type(body).__name__} does not belong on {message.topic()}")
        found = dict(message.headers() or ())
        try:
            reply_to = found.get("reply-to")
            return Event(
                body=body,
                version=int(found["version"]),
                id=found["event-id"].decode(),
                command_id=found["command-id"].decode(),
                correlation_id=found["correlation-id"].decode(),
                occurred_at=int(found["occurred-at"]),
                actor=found["actor"].decode(),
                reply_to=None if reply_to is None else int(reply_to),
            )
        except (KeyError, ValueError, AttributeError) as error:
            raise EventError(f"a header is missing or malformed: {error!r}") from error

    def decode(self, value: bytes | None) -> Record:
        """The message in these bytes; a schema that is not known yet is looked up. Raises DecodeError."""
        try:
            return self._codec.decode(value)
        except UnknownSchemaId as unknown:
            self._learn(unknown.id)
            return self._codec.decode(value)


def checked(message: Message) -> Message:
    """The record, or the error that the client put in its place, raised as KafkaException."""
    error = message.error()
    if error is not None:
        raise KafkaException(error)
    return message


def position_text(message: Message) -> str:
    """Where a record lies, for people."""
    return f"{message.topic()}[{message.partition()}]@{message.offset()}"
