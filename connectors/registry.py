"""Schema ids from the registry (Confluent API). Services look up; only `bloomfield schemas register` registers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from connectors.settings import Settings
from schemas.avro import avro_schema, full_name
from schemas.codec import Codec, DecodeError
from schemas.record import Record
from schemas.topics import MESSAGES

with warnings.catch_warnings(record=True):  # its own dependency announces a successor at every import
    from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
    from confluent_kafka.schema_registry.error import SchemaRegistryError

__all__ = [
    "NotRegistered",
    "Schema",
    "SchemaRegistryClient",
    "SchemaRegistryError",
    "as_registered",
    "client",
    "learn",
    "load_codec",
]

LOOKUPS_AT_ONCE = 8
NOT_FOUND = 404


class NotRegistered(Exception):
    """The registry does not know a schema of this code; the message says which and what to type."""


def client(settings: Settings) -> SchemaRegistryClient:
    """A client of the registry, to be closed."""
    return SchemaRegistryClient({"url": settings.registry})


def as_registered(cls: type[Record]) -> Schema:
    """The schema of a class as it is registered under the subject of its full name."""
    return Schema(json.dumps(avro_schema(cls)), "AVRO")


def load_codec(settings: Settings, classes: Iterable[type[Record]] = MESSAGES) -> Codec:
    """A codec that knows the ids of the given classes as they are in this code; others are learned when they are met.

    Raises NotRegistered when a class of this code was never registered: deploy comes before start.
    """
    wanted = tuple(classes)
    with client(settings) as registry, ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
        return Codec(dict(zip(wanted, pool.map(lambda cls: _id_of(registry, cls), wanted), strict=True)))


def _id_of(registry: SchemaRegistryClient, cls: type[Record]) -> int:
    subject = full_name(cls)
    try:
        return int(registry.lookup_schema(subject, as_registered(cls)).schema_id or 0)
    except SchemaRegistryError as error:
        raise NotRegistered(
            f"{subject} is not registered as it is here: run `bloomfield schemas register` ({error})"
        ) from error


def learn(settings: Settings, codec: Codec, schema_id: int) -> None:
    """Look up a schema id that an older or newer writer used and teach it to the codec.

    Raises DecodeError when there is no such schema or it is none of ours, SchemaRegistryError when the registry
    does not answer.
    """
    try:
        with client(settings) as registry:
            found = registry.get_schema(schema_id)
    except SchemaRegistryError as error:
        if error.http_status_code == NOT_FOUND:
            raise DecodeError(f"schema id {schema_id} is not in the registry") from error
        raise
    codec.learn(schema_id, json.loads(found.schema_str or "{}"))
