"""Schema ids from the registry (Confluent API). Services look up; only `bloomfield schemas register` registers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from process.settings import Settings
from schemas.avro import avro_schema, full_name
from schemas.codec import Codec, DecodeError
from schemas.record import Record
from schemas.rooms import MESSAGES

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
    """A codec that knows every version of every given class.

    Raises NotRegistered when a class of this code was never registered: deploy comes before start.
    """
    with client(settings) as registry:
        return _load(registry, tuple(classes))


def _load(registry: SchemaRegistryClient, wanted: tuple[type[Record], ...]) -> Codec:
    def look_up(cls: type[Record]) -> tuple[int, list[int]]:
        subject = full_name(cls)
        try:
            own = registry.lookup_schema(subject, as_registered(cls))
            versions = registry.get_versions(subject)
        except SchemaRegistryError as error:
            raise NotRegistered(
                f"{subject} is not registered as it is here: run `bloomfield schemas register` ({error})"
            ) from error
        return int(own.schema_id or 0), [version for version in versions if version != own.version]

    with ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
        found = dict(zip(wanted, pool.map(look_up, wanted), strict=True))
    codec = Codec({cls: schema_id for cls, (schema_id, _) in found.items()})
    for cls, (_, older) in found.items():
        for version in older:
            registered = registry.get_version(full_name(cls), version)
            codec.learn(int(registered.schema_id or 0), json.loads(registered.schema.schema_str))
    return codec


def learn(settings: Settings, codec: Codec, schema_id: int) -> None:
    """Look up a schema id that a newer writer used and teach it to the codec.

    Raises DecodeError when there is no such schema or it is none of ours, SchemaRegistryError or httpx.HTTPError when
    the registry does not answer.
    """
    try:
        with client(settings) as registry:
            found = registry.get_schema(schema_id)
    except SchemaRegistryError as error:
        if error.http_status_code == NOT_FOUND:
            raise DecodeError(f"schema id {schema_id} is not in the registry") from error
        raise
    codec.learn(schema_id, json.loads(found.schema_str or "{}"))
