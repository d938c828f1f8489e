"""The registry itself holds every landed version, and refuses what would break a reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connectors.kafka.registry import Schema, SchemaRegistryClient, SchemaRegistryError, client, learn, load_codec
from ops import schemas
from ops.servers.stack import Stack
from process.settings import Settings
from schemas.avro import avro_schema, full_name
from schemas.codec import Codec, DecodeError, parse
from schemas.inventory.holds import HoldStock, StockHeld
from schemas.rooms import MESSAGES


@pytest.fixture
def settings(unstarted_stack: Stack, registry: str) -> Settings:
    made = replace(unstarted_stack.settings(), registry=registry)
    schemas.register(made)
    return made


def levels(registry: SchemaRegistryClient) -> dict[str, str]:
    return {full_name(cls): registry.get_compatibility(full_name(cls)) for cls in MESSAGES}


def test_every_landed_version_is_registered_under_its_compatibility(settings: Settings) -> None:
    with client(settings) as registry:
        assert levels(registry) == {full_name(cls): schemas.compatibility(cls) for cls in MESSAGES}
        for cls in MESSAGES:
            subject = full_name(cls)
            held = [
                registry.get_version(subject, number).schema.schema_str for number in registry.get_versions(subject)
            ]
            assert [parse(json.loads(text or "")) for text in held] == [
                parse(json.loads(text)) for text in schemas.landed()[subject]
            ]
    assert schemas.compatibility(StockHeld) == "FULL_TRANSITIVE"
    assert schemas.compatibility(HoldStock) == "BACKWARD_TRANSITIVE"


def test_a_field_without_default_cannot_be_added_to_an_event(settings: Settings) -> None:
    changed = avro_schema(StockHeld)
    changed["fields"].append({"name": "shelf", "type": "string", "doc": "Where on the floor."})
    with client(settings) as registry, pytest.raises(SchemaRegistryError) as refused:
        registry.register_schema(full_name(StockHeld), Schema(json.dumps(changed), "AVRO"))
    assert refused.value.http_status_code == 409


def test_a_service_finds_the_ids_and_never_registers(settings: Settings) -> None:
    codec = load_codec(settings)
    assert len(set(codec.ids.values())) == len(MESSAGES)
    with client(settings) as registry:
        assert (
            registry.lookup_schema(full_name(HoldStock), Schema(json.dumps(avro_schema(HoldStock)), "AVRO")).schema_id
            == (codec.ids[HoldStock])
        )


def test_a_schema_id_that_nobody_registered_is_a_fault_of_the_bytes(settings: Settings) -> None:
    """Five arbitrary bytes on a command topic must become a dead letter, not a worker that restarts for ever."""
    with pytest.raises(DecodeError, match="not in the registry"):
        learn(settings, Codec.offline(MESSAGES), 99_999_999)
