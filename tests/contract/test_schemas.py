"""The language: files as the classes say, every version that has landed stays readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from io import BytesIO
from operator import getitem
from typing import Any

import fastavro
import msgspec
import yaml
from fastavro.utils import generate_one

from ops import asyncapi, schemas
from schemas.avro import avro_schema, avsc_path, full_name
from schemas.codec import Codec, parse
from schemas.record import Record
from schemas.rooms import MESSAGES, ROOMS
from schemas.topics import REPLIES, TOPICS
from tests.cases import every

CODEC = Codec.offline(MESSAGES)
names = every("cls", MESSAGES, ids=full_name)


@names
def test_the_avsc_file_is_what_the_class_says(cls: type[Record]) -> None:
    assert avsc_path(cls).read_text() == schemas.rendered(cls), "run `bloomfield schemas render`"


def test_no_avsc_file_is_left_over() -> None:
    assert set(schemas.ROOT.glob("**/*.avsc")) == {avsc_path(cls) for cls in MESSAGES}


def test_the_asyncapi_document_is_what_the_catalogue_says() -> None:
    assert asyncapi.PATH.read_text() == asyncapi.rendered(), "run `bloomfield schemas render`"


def references(node: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else references([*node.values()])
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load(asyncapi.PATH.read_text())
    of_payloads = {full_name(cls): avro_schema(cls) for cls in MESSAGES}
    for reference in references(document):
        file, _, pointer = reference.partition("#/")
        if file:
            schema = json.loads((asyncapi.PATH.parent / file).read_text())
            parse(schema)
            assert schema == of_payloads.pop(f"{schema['namespace']}.{schema['name']}")
        else:
            reduce(getitem, pointer.split("/"), document)
    assert not of_payloads, "messages whose schema is referred to nowhere"


@names
def test_the_class_is_the_newest_version_that_landed(cls: type[Record]) -> None:
    assert json.loads(schemas.landed()[full_name(cls)][-1]) == avro_schema(cls), "run `bloomfield schemas land`"


@names
def test_every_field_and_every_message_is_documented(cls: type[Record]) -> None:
    def walk(schema: Any) -> None:
        if isinstance(schema, list):
            for each in schema:
                walk(each)
        elif isinstance(schema, dict):
            if schema.get("type") in ("record", "enum"):
                assert schema["doc"], schema["name"]
            for field in schema.get("fields", ()):
                assert field["doc"], field["name"]
                walk(field["type"])
            for inner in ("items", "values"):
                walk(schema.get(inner))
            walk(schema.get("type") if isinstance(schema.get("type"), (dict, list)) else None)

    walk(avro_schema(cls))


@names
def test_any_message_of_any_landed_version_is_read_into_todays_class(cls: type[Record]) -> None:
    for number, text in enumerate(schemas.landed()[full_name(cls)], 1):
        written = json.loads(text)
        schema_id = 10_000 + 100 * MESSAGES.index(cls) + number
        CODEC.learn(schema_id, written)
        datum = generate_one(parse(written))
        body = BytesIO()
        body.write(b"\0" + schema_id.to_bytes(4, "big"))
        fastavro.schemaless_writer(body, parse(written), datum)
        assert type(CODEC.decode(body.getvalue())) is cls


@names
def test_encoding_is_read_back_as_the_same_message(cls: type[Record]) -> None:
    message = msgspec.convert(generate_one(parse(avro_schema(cls))), cls)
    assert CODEC.decode(CODEC.encode(message)) == message


def test_the_wire_format_is_confluents() -> None:
    cls = MESSAGES[0]
    data = CODEC.encode(msgspec.convert(generate_one(parse(avro_schema(cls))), cls))
    assert data[0] == 0
    assert int.from_bytes(data[1:5], "big") == CODEC.ids[cls]


def test_every_topic_has_one_writer_and_rooms_share_their_partition_count() -> None:
    for room in ROOMS.values():
        topics = [TOPICS[room.topic(kind)] for kind in ("commands", "events", "state", "dead-letters")]
        assert len({topic.partitions for topic in topics}) == 1
        assert {topic.writer for topic in topics[1:]} == {f"streams.{room.name}"}
    assert REPLIES.name in TOPICS


@names
def test_enums_give_older_readers_a_default(cls: type[Record]) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "enum":
                assert node["default"] == node["symbols"][0] == "unknown"
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                walk(each)

    walk(avro_schema(cls))
