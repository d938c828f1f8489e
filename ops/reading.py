"""A topic for people and for `jq`: every record decoded, as one line of JSON, with its envelope."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message, TopicPartition

from connectors.kafka.client import consumer, topic_name
from connectors.kafka.log_identity import required
from ops.audit.log import Decode, key_text
from process.settings import Settings
from schemas.codec import DecodeError
from schemas.record import utc
from schemas.topics import TOPICS

BATCH = 1_000
POLL_SECONDS = 0.2


def records(settings: Settings, name: str, *, follow: bool) -> Iterator[Message]:
    """The committed records of a topic from its beginning; with `follow` those to come as well. Commits no position."""
    topic = topic_name(settings, name)
    partitions = TOPICS[name].partitions or required(settings).partitions
    reader = consumer(settings, "topics-read", **{"enable.partition.eof": True})
    ended: set[int] = set()
    try:
        reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
        while follow or len(ended) < partitions:
            for message in reader.consume(BATCH, POLL_SECONDS):
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise KafkaException(error)
    finally:
        reader.close()


def line(message: Message, decode: Decode) -> str:
    """One record as JSON. What cannot be decoded is shown in hexadecimal, with the reason."""
    found = {
        "partition": message.partition(),
        "offset": message.offset(),
        "at": utc(message.timestamp()[1]),
        "key": key_text(message.key()),
        "envelope": {name: None if value is None else key_text(value) for name, value in message.headers() or ()},
    }
    value = message.value()
    if value is not None:
        try:
            body = decode(value)
            found |= {"type": type(body).__name__, "value": body}
        except DecodeError as error:
            found |= {"undecodable": value.hex(" "), "why": str(error)}
    return msgspec.json.encode(found).decode()
