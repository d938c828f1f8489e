"""The engine's side of the broker: events in transactions, some of them aborted; and what commands came back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from random import Random

from confluent_kafka import Message, TopicPartition

from connectors.kafka.client import consumer, producer, topic_name
from process.settings import Settings
from schemas.codec import Codec
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from tests.connectors.story import StoryEvent

Headers = list[tuple[str, bytes]]
Sent = tuple[str, str, bytes | None, Headers]  # topic, key, value, headers


class Broker:
    """Writes as the engine does and reads as its neighbours do."""

    def __init__(self, settings: Settings, codec: Codec) -> None:
        self.settings, self.codec = settings, codec
        self._producer = producer(settings, **{"transactional.id": f"{settings.topic_prefix}{secrets.token_hex(3)}"})
        self._producer.init_transactions(30)

    def event(self, told: StoryEvent) -> Sent:
        """An event as a record."""
        return (f"{told.room}.events", told.key, self.codec.encode(told.body), told.headers)

    def send(self, records: Iterable[Sent], *, abort: bool = False) -> None:
        """One transaction."""
        self._producer.begin_transaction()
        for topic, key, value, headers in records:
            name = topic_name(self.settings, topic)
            self._producer.produce(name, key=key.encode(), value=value, headers=headers)
        if abort:
            self._producer.flush(30)  # the records are on the log, and shall not be seen
            self._producer.abort_transaction(30)
        else:
            self._producer.commit_transaction(30)

    def tell(self, events: Sequence[StoryEvent], *, seed: int = 0, batch: int = 100) -> None:
        """All events, in transactions of many sizes; before some of them, the same events in one that is aborted."""
        random, at = Random(seed), 0
        while at < len(events):
            part = [self.event(told) for told in events[at : at + random.randint(1, batch)]]
            if random.random() < 0.2:
                self.send(part, abort=True)
            self.send(part)
            at += len(part)

    def read(self, topic: str) -> list[tuple[Message, Record]]:
        """Everything on a topic."""
        name = topic_name(self.settings, topic)
        reader = consumer(self.settings, f"reader-{secrets.token_hex(3)}", **{"enable.partition.eof": True})
        reader.assign([TopicPartition(name, partition, 0) for partition in range(PARTITIONS)])
        found, ended = [], 0
        while ended < PARTITIONS:
            message = reader.poll(10)
            assert message is not None, f"{topic} cannot be read"
            if message.error() is not None:
                ended += 1
            else:
                found.append((message, self.codec.decode(message.value())))
        reader.close()
        return found

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Positions of a consumer group."""
        asker = consumer(self.settings, group)
        name = topic_name(self.settings, topic)
        places = asker.committed([TopicPartition(name, partition) for partition in range(PARTITIONS)], 10)
        asker.close()
        return {place.partition: place.offset for place in places}


def keys_of_partition(partition: int, count: int, stem: str) -> list[str]:
    """Keys that share a partition."""
    keys = (f"{stem}-{number}" for number in range(count * PARTITIONS * 20))
    return [key for key in keys if partition_of(key, PARTITIONS) == partition][:count]
