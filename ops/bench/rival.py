"""The product's own decisions without the product's engine, for the two loops that it is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from schemas.avro import full_name
from schemas.codec import Codec
from schemas.envelope import Envelope, Headers, derive_id
from schemas.inventory.holds import Hold
from schemas.inventory.messages import StockState
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock, head, whole
from streams.runtime.decided import sends_of


@dataclass(frozen=True, slots=True)
class Row:
    """Stock, and how many events made it so."""

    state: Stock
    version: int


@dataclass(frozen=True, slots=True)
class Out:
    """A record to write: an event, or a message for another room."""

    topic: str
    partition: int
    key: str
    value: bytes
    headers: Headers


EMPTY = Row(state=INVENTORY.initial, version=0)


def decide(
    codec: Codec, row: Row, value: bytes, pairs: Iterable[tuple[str, bytes]], key: str, partition: int
) -> tuple[Row, list[Out]]:
    """Decide one command and answer what the engine would write, header for header. Repetitions go unnoticed here."""
    command, envelope = codec.decode(value), Envelope.of_command(pairs)
    events = INVENTORY.decide(command, row.state, envelope.occurred_at)  # type: ignore[arg-type]  # only stock is sent
    state = row.state
    for event in events:
        state = INVENTORY.evolve(state, event)
    cause = envelope.headers()
    cause[1] = ("causation-id", envelope.id.encode())
    outs, encoded = [], [(event, codec.encode(event)) for event in events]
    for number, (event, value) in enumerate(encoded):
        headers: Headers = [
            ("event-id", derive_id(envelope.id, number).encode()),
            ("type", full_name(type(event)).encode()),
            ("schema-id", b"%d" % codec.ids[type(event)]),
            ("version", b"%d" % (row.version + number + 1)),
            *cause,
        ]
        outs.append(Out(INVENTORY.room.topic("events"), partition, key, value, headers))
    reaction = INVENTORY.react(command, state, events)  # type: ignore[arg-type]
    for number, send in enumerate(sends_of(reaction, encoded)):
        caused = envelope.caused(message_id=derive_id(envelope.id, f"send/{number}"), cause_id=envelope.id)
        outs.append(
            Out(
                send.room.topic("commands"),
                partition_of(send.key, PARTITIONS),
                send.key,
                send.encoded or codec.encode(send.message),
                caused.headers(),
            )
        )
    return Row(state=state, version=row.version + len(events)), outs


def encode_row(row: Row) -> bytes:
    """The whole row, for a loop that knows no parts of rows."""
    return msgspec.msgpack.encode((row.version, head(row.state), dict(row.state.holds)))


def decode_row(value: bytes) -> Row:
    version, state, holds = msgspec.msgpack.decode(value, type=tuple[int, StockState, dict[str, Hold]])
    return Row(state=whole(state, holds), version=version)
