"""The AsyncAPI 3 document of the topics, generated from the catalogue (`bloomfield schemas render` writes it).

Payloads are Multi Format Schema Objects that refer to the .avsc files beside it
(https://www.asyncapi.com/docs/reference/specification/v3.0.0#multiFormatSchemaObject).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import schemas
from schemas.avro import avro_schema, avsc_path, full_name
from schemas.ids import ID_IN_WORDS
from schemas.record import Record
from schemas.rooms import MESSAGES
from schemas.topics import TOPICS, Topic

PATH = Path(schemas.__file__).parent / "asyncapi.yaml"
AVRO = "application/vnd.apache.avro;version=1.12.0"
HEADERS = {
    "event-id": "Id of the event (events only).",
    "command-id": "The command, or the command that the event was decided by.",
    "causation-id": "Id of the message that led to this one; empty or left out at the beginning of a chain.",
    "correlation-id": "Id of the command at the beginning of the chain.",
    "occurred-at": "UTC milliseconds, from the command.",
    "sent-at": "UTC milliseconds when a worker put this command on the log: ids count from then (commands; optional).",
    "actor": "Who wanted it.",
    "channel": "web, ios, android, pos, admin or system.",
    "type": "Avro full name (events only).",
    "schema-id": "The registry's id of the writer's schema (events only); it is in the frame of every value too.",
    "version": "Event sequence of the aggregate (events, state and replies).",
    "refusal": "Why the command was refused, e.g. `cart_closed` (replies; left out when it was not).",
    "replayed": "`1`: the command was decided before, and this is its first outcome (replies; optional).",
    "reply-to": "Partition of edge.replies where somebody waits (optional).",
}


def document() -> dict[str, Any]:
    """The whole document as plain data."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bloomfield topics",
            "version": "1",
            "description": "Values are Avro in Confluent wire format; the subject of a schema is its full name. "
            f"Ids, SKUs and locations in commands are {ID_IN_WORDS}; a command with another is set aside.",
        },
        "defaultContentType": AVRO,
        "channels": {_id(topic.name): _channel(topic) for topic in TOPICS.values()},
        "operations": {
            operation["name"]: operation["body"] for topic in TOPICS.values() for operation in [_write(topic)]
        },
        "components": {
            "messageTraits": {"envelope": {"headers": {"type": "object", "properties": _headers()}}},
            "messages": {full_name(cls): _message(cls) for cls in MESSAGES},
        },
    }


def _id(name: str) -> str:
    return name.replace(".", "-")


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.description} Key: {topic.key}. Written by: {topic.writer}.",
        "messages": {cls.__name__: {"$ref": f"#/components/messages/{full_name(cls)}"} for cls in topic.messages},
        "bindings": {
            "kafka": {
                **({"partitions": topic.partitions} if topic.partitions else {}),
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"],
                    "retention.ms": topic.retention_ms,
                },
            }
        },
    }


def _write(topic: Topic) -> dict[str, Any]:
    name = f"write-{_id(topic.name)}"
    return {"name": name, "body": {"action": "send", "channel": {"$ref": f"#/channels/{_id(topic.name)}"}}}


def _headers() -> dict[str, Any]:
    return {name: {"type": "string", "description": text} for name, text in HEADERS.items()}


def _message(cls: type[Record]) -> dict[str, Any]:
    return {
        "name": full_name(cls),
        "title": cls.__name__,
        "summary": avro_schema(cls)["doc"].splitlines()[0],
        "traits": [{"$ref": "#/components/messageTraits/envelope"}],
        "payload": {"schemaFormat": AVRO, "schema": {"$ref": f"./{avsc_path(cls).relative_to(PATH.parent)}"}},
    }


class _Dumper(yaml.SafeDumper):
    """Each reference on one line."""

    def represent_dict(self, data: Any) -> yaml.MappingNode:
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=[*data] == ["$ref"])


_Dumper.add_representer(dict, _Dumper.represent_dict)


def rendered() -> str:
    """The text of schemas/asyncapi.yaml."""
    return yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
