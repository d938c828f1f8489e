"""A command from a client that is none of ours: Confluent's own serialiser, and the headers that we document."""

from __future__ import annotations

from typing import Any

import msgspec
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas.avro import avro_schema
from schemas.codec import Codec
from schemas.envelope import derive_id
from schemas.inventory.messages import ReceiveStock, StockState
from schemas.placing import partition_of
from schemas.rooms import MESSAGES
from streams.inventory.room import INVENTORY
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table
from tests.runtime.simulated import IDENTITY, Logged

NOW = 1_790_000_000_000
KEY = "VASE@warehouse"
ID = derive_id("test", "foreign").encode()
ASKED_FOR: dict[str, Any] = {
    "command-id": ID,
    "correlation-id": ID,
    "occurred-at": b"%d" % NOW,
    "actor": b"till:7",
    "channel": b"pos",
}


def decided(headers: dict[str, Any]) -> dict[str, list[Any]]:
    """What a command with these headers leads to, by topic."""
    registry = SchemaRegistryClient.new_client({"url": "mock://foreign"})
    schema = msgspec.json.encode(avro_schema(ReceiveStock)).decode()
    subject = {"auto.register.schemas": True, "subject.name.strategy": lambda _context, name: name}
    value = AvroSerializer(registry, schema, conf=subject)(
        {"sku": "VASE", "location": "warehouse", "quantity": 5, "reference": ""},
        SerializationContext("inventory.commands", MessageField.VALUE),
    )
    written_by = int.from_bytes(value[1:5], "big")
    codec = Codec({cls: number for number, cls in enumerate(MESSAGES, 1_000)} | {ReceiveStock: written_by})
    place = partition_of(KEY, IDENTITY.partitions)
    stock = Table(INVENTORY, codec, place)
    deciding = Deciding({("inventory", place): stock}, codec, IDENTITY)
    deciding.take(stock, Logged(0, NOW, KEY.encode(), value, list(headers.items())))
    found: dict[str, list[Any]] = {}
    for topic, _, _, payload, sent in deciding.finish(NOW):
        found.setdefault(topic, []).append((codec, payload, dict(sent)))
    return found


def test_a_header_that_the_document_lets_be_empty_may_be_left_out() -> None:
    for optional in (
        {},
        {"causation-id": b""},
        {"causation-id": None},
        {"sent-at": b"", "reply-to": b""},
        {"sent-at": None},
    ):
        found = decided(ASKED_FOR | optional)
        assert "inventory.dead-letters" not in found, found
        [(_, _, headers)] = found["inventory.events"]
        assert (headers["causation-id"], headers["correlation-id"]) == (ID, ID)
        assert "edge.replies" not in found


def test_a_reply_is_sent_to_whoever_says_where_they_wait() -> None:
    [(codec, reply, _)] = decided(ASKED_FOR | {"reply-to": b"3"})["edge.replies"]
    assert codec.decode(reply) == StockState(on_hand=5)


def test_a_header_that_the_document_asks_for_is_missed_by_name() -> None:
    for name in ASKED_FOR:
        for headers in (
            {k: v for k, v in ASKED_FOR.items() if k != name},
            ASKED_FOR | {name: None},
            ASKED_FOR | {name: b""},
        ):
            [(_, _, said)] = decided(headers)["inventory.dead-letters"]
            assert name in said["dead-error"].decode(), said["dead-error"]


def test_a_header_that_is_there_must_be_right() -> None:
    for wrong in (
        {"causation-id": b"x"},
        {"reply-to": b"x"},
        {"reply-to": b"9" * 5_000},
        {"sent-at": b"soon"},
        {"occurred-at": b"1e9"},
        {"actor": b"\xff"},
        {"channel": b"\xed\xa0\x80"},
        {"correlation-id": b"\xff"},
        {"occurred-at": "٣".encode()},
    ):
        [(_, _, said)] = decided(ASKED_FOR | wrong)["inventory.dead-letters"]
        assert next(iter(wrong)) in said["dead-error"].decode(), said["dead-error"]
