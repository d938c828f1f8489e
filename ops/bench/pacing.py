"""A steady stream of commands, and the moment at which each one's event can be read by everybody."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Self

from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.client import consumer, producer, topic_name
from ops.bench.stock import Encoded, send
from process.settings import Settings
from schemas.topics import PARTITIONS

POLL_SECONDS = 0.2
TICK_SECONDS = 0.001  # who is so little early sends at once: waking up costs more than that
BUSY_RATE = 1_000  # from here on commands travel together, as they do from a busy edge
READ_AT_ONCE = 1_000
LATELY = 2_000  # events


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event of ours, read."""

    sent_at: float
    seen_at: float
    partition: int

    @property
    def millis(self) -> float:
        return (self.seen_at - self.sent_at) * 1000


class Stream:
    """Sends commands at a rate, whether or not answers come, and reads the events that are committed."""

    def __init__(self, settings: Settings, commands: Iterator[Encoded], rate: float) -> None:
        self._settings, self._commands, self._rate = settings, commands, rate
        self._sent: dict[bytes, float] = {}
        self._answered: set[bytes] = set()
        self.seen: list[Seen] = []
        self.doubled = 0
        self._stop, self._done, self._flowing = threading.Event(), threading.Event(), threading.Event()
        self._flowing.set()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._send, self._read)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_sending()
        self._done.set()
        self._threads[1].join()

    @property
    def unanswered(self) -> int:
        """Commands whose event has not been seen."""
        return len(self._sent)

    def silent_seconds(self) -> float:
        """How long ago the partition that has been silent for longest showed its last event."""
        last = dict.fromkeys(range(PARTITIONS), 0.0)
        for each in self.seen[-LATELY:]:
            last[each.partition] = each.seen_at
        return time.monotonic() - min(last.values())

    def lately(self, moment: float) -> list[Seen]:
        """What was both sent and read after a moment, oldest first."""
        fresh = takewhile(lambda each: each.seen_at > moment, reversed(self.seen))
        return [each for each in fresh if each.sent_at > moment][::-1]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Send nothing meanwhile."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    def stop_sending(self) -> None:
        self._stop.set()
        self._threads[0].join()

    def drain(self, seconds_max: float) -> None:
        """Stop sending, and wait for the answers that are due. What stays unanswered can be seen afterwards."""
        self.stop_sending()
        deadline = time.monotonic() + seconds_max
        while self._sent and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _send(self) -> None:
        out = producer(self._settings, **{"linger.ms": 0 if self._rate < BUSY_RATE else 2})
        chance = random.Random(1)  # noqa: S311 - arrivals, not a secret
        due = time.monotonic()
        for command in self._commands:
            if not self._flowing.is_set():
                self._flowing.wait()
                due = time.monotonic()
            due += chance.expovariate(self._rate)
            if (ahead := due - time.monotonic()) > TICK_SECONDS and self._stop.wait(ahead):
                break
            self._sent[command.id.encode()] = time.monotonic()
            send(out, self._settings, command)
        out.flush(30)

    def _read(self) -> None:
        reader = consumer(self._settings, "bench-reader")
        topic = topic_name(self._settings, "inventory.events")
        reader.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        while not self._done.is_set():
            self._take(reader)
        reader.close()

    def _take(self, reader: Consumer) -> None:
        first = reader.poll(POLL_SECONDS)  # at once when there is one; `consume` would wait for more
        if first is None:
            return
        messages = [first, *reader.consume(READ_AT_ONCE, 0)]
        now = time.monotonic()
        for message in messages:
            if message.error() is not None:
                continue
            command_id = dict(message.headers())["causation-id"]
            sent_at = self._sent.pop(command_id, None)
            if sent_at is not None:  # else it is of what happened before this stream
                self._answered.add(command_id)
                self.seen.append(Seen(sent_at=sent_at, seen_at=now, partition=message.partition()))
            elif command_id in self._answered:
                self.doubled += 1


def longest_silence(seen: list[Seen], since: float, until: float) -> float:
    """The longest time, in seconds, for which some partition showed no new event; what touches this span counts."""
    longest = 0.0
    for number in range(PARTITIONS):
        times = [each.seen_at for each in seen if each.partition == number]
        gaps = [(one, following) for one, following in pairwise(times) if one <= until and following >= since]
        longest = max([longest, *(following - one for one, following in gaps)])
    return longest
