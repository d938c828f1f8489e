"""Messages to bytes and back: Confluent wire format (a zero byte, the schema id, the Avro body).

The only user of fastavro. Schema ids come from the registry, where `bloomfield schemas register`
put them; a running service only looks them up (connectors/kafka/registry.py).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import fastavro
import msgspec

from schemas.avro import JsonSchema, avro_schema, full_name
from schemas.record import Record

_FRAME = struct.Struct(">bI")
FRAME_BYTES = _FRAME.size


class DecodeError(ValueError):
    """Bytes that are not a message of ours: no frame, an unknown type, or a body that does not fit its schema."""


class UnknownSchemaId(DecodeError):
    """The frame names a schema id that has not been looked up yet; `id` says which."""

    def __init__(self, schema_id: int) -> None:
        super().__init__(f"schema id {schema_id} is not known here")
        self.id = schema_id


def parse(schema: JsonSchema) -> Any:
    """A schema as fastavro wants it. Logical types are dropped: our times stay plain integers."""
    return fastavro.parse_schema(_without_logical_types(schema))


def _without_logical_types(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_logical_types(value) for key, value in node.items() if key != "logicalType"}
    if isinstance(node, list):
        return [_without_logical_types(each) for each in node]
    return node


class Codec:
    """Encodes and decodes the message classes that it was made for.

    `ids` are the registry's ids of the classes as they are in this code; `learn` adds the ids under
    which other versions of them were written.
    """

    def __init__(self, ids: Mapping[type[Record], int]) -> None:
        self.ids = dict(ids)
        self.names = {cls: full_name(cls).encode() for cls in ids}  # as the header `type` says them
        self._classes = {full_name(cls): cls for cls in ids}
        self._schemas = {cls: parse(avro_schema(cls)) for cls in ids}
        self._frames = {cls: _FRAME.pack(0, schema_id) for cls, schema_id in ids.items()}
        self._writers: dict[int, tuple[type[Record], Any]] = {
            schema_id: (cls, self._schemas[cls]) for cls, schema_id in ids.items()
        }
        self._refused: dict[int, str] = {}

    @staticmethod
    def offline(classes: Iterable[type[Record]]) -> Codec:
        """A codec with ids of its own making, for tests and tools that never meet a broker."""
        return Codec({cls: number for number, cls in enumerate(sorted(classes, key=full_name), 1)})

    def learn(self, schema_id: int, schema: JsonSchema) -> None:
        """Say what a schema id stands for. Raises DecodeError when it is none of our message types."""
        name = f"{schema.get('namespace', '')}.{schema.get('name', '')}"
        if name not in self._classes:
            raise DecodeError(f"schema id {schema_id} is {name}, which is no message known here")
        self._writers[schema_id] = (self._classes[name], parse(schema))

    def unknown_id(self, data: bytes) -> int | None:
        """The schema id in these bytes if it must be looked up before they can be decoded."""
        schema_id = int.from_bytes(data[1:FRAME_BYTES], "big")
        return None if schema_id in self._writers else schema_id

    def refuse(self, schema_id: int, why: str) -> None:
        """Remember that a schema id is none of ours: whatever is written under it cannot be decoded."""
        self._refused[schema_id] = why

    def encode(self, message: Record) -> bytes:
        """The message in wire format. Raises ValueError or TypeError when a value does not fit its schema."""
        cls = type(message)
        body = io.BytesIO()
        body.write(self._frames[cls])
        fastavro.schemaless_writer(body, self._schemas[cls], msgspec.to_builtins(message, builtin_types=(bytes,)))
        return body.getvalue()

    def decode(self, data: bytes | None) -> Record:
        """The message in these bytes.

        Raises UnknownSchemaId when the writer's schema must be looked up first, DecodeError when the
        bytes can never be understood.
        """
        if data is None or len(data) < FRAME_BYTES or data[0] != 0:
            raise DecodeError("no Confluent frame: the first byte is not 0, or fewer than five bytes")
        schema_id = int.from_bytes(data[1:FRAME_BYTES], "big")
        try:
            cls, writer = self._writers[schema_id]
        except KeyError:
            if schema_id in self._refused:
                raise DecodeError(self._refused[schema_id]) from None
            raise UnknownSchemaId(schema_id) from None
        body = io.BytesIO(data)
        body.seek(FRAME_BYTES)
        try:
            fields = fastavro.schemaless_reader(body, writer, self._schemas[cls])
            message = msgspec.convert(fields, cls)
        except Exception as error:  # whatever the bytes provoke, they are the writer's fault: dead letters
            raise DecodeError(f"not a {cls.__name__}: {type(error).__name__}: {error}") from error
        if body.read(1):
            raise DecodeError(f"bytes are left over after a {cls.__name__}")
        return message


Decode = Callable[[bytes | None], Record]
