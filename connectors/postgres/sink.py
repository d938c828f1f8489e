"""The PostgreSQL sink: every room's events become the rows of its view, exactly once.

One process reads all partitions. Their positions are in `sink_positions`, moved in the transaction that writes the
rows: whatever dies, rows and positions agree. A second sink waits for the first one's lock; a rebuild truncates the
positions, which the running sink notices in its next transaction or, idle, within a second. Positions of another log
count as none: all is read from the beginning, and the versions of the rows keep what was written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

import psycopg
import structlog
from prometheus_client import Counter, Gauge, Histogram

from connectors.kafka.client import consumer, log_end, topic_name
from connectors.kafka.events import Event, EventError, Halted, Reader, checked, position_text
from connectors.kafka.log_identity import LOST, LogRefused
from connectors.kafka.types import Consumer, KafkaError, KafkaException, Message, TopicPartition
from connectors.postgres import views
from connectors.postgres.positions import require_whole_for_sink
from connectors.postgres.views import Connection, Positions, PositionsMoved
from connectors.projection import Changes, Fold, Projection, latest_rows, wanted
from process.health import Health
from process.settings import Settings
from schemas.codec import DecodeError
from schemas.log import LogIdentity
from schemas.rooms import ROOMS

BATCH_MAX = 2_000  # states of so many, however large, fit into memory and into a statement
IDLE_SECONDS = 0.5
CHECK_SECONDS = 1.0
BACK_OFF_SECONDS_MAX = 5.0
ASK_SECONDS_MAX = 5.0

EVENTS = Counter("sink_events_total", "Events written.", ["room"])
BATCH = Histogram("sink_batch_events", "Events per transaction.", buckets=(1, 3, 10, 30, 100, 300, 1000, BATCH_MAX))
SECONDS = Histogram("sink_transaction_seconds", "Time of one transaction.")
BEHIND = Gauge(
    "sink_events_behind",
    "Offsets between the position and the end of the log: events, and a transaction marker or two after each batch.",
    ["topic", "partition"],
)
OVERDUE = Gauge("sink_checkouts_overdue", "Checkouts that are still open five minutes after their time was up.")
OWED = Gauge("sink_refunds_owed", "Orders with money to go back that nothing sends back: a person must see to it.")
RECONNECTS = Counter("sink_reconnects_total", "Times the connection to PostgreSQL was lost.")
LOG = structlog.stdlib.get_logger()


class Read(NamedTuple):
    """A record that was read; no event: the partition ends there for now."""

    where: tuple[str, int]
    offset: int
    room: str
    key: str
    event: Event | None


class PostgresSink:
    """Reads all rooms' events and writes their views."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        reader: Reader,
        health: Health,
        stop: threading.Event,
        projections: Mapping[str, Projection],
    ) -> None:
        self._settings, self._log = settings, log
        self._reader, self._health, self._stop = reader, health, stop
        self._consumer: Consumer = consumer(settings, "postgres-sink", **{"enable.partition.eof": True})
        self._room_of = {topic_name(settings, room.topic("events")): room for room in ROOMS.values()}
        self._written: Positions = {}  # as PostgreSQL has them
        self._reached: Positions = {}  # beyond them there may be transaction markers, which are no events
        self._projections, self._kept = projections, latest_rows()
        self._checked_at = 0.0

    def run(self) -> None:
        """Until stopped. Raises Halted for a record that is no event; whatever it did not foresee passes through."""
        pause = 0.1
        try:
            while not self._stop.is_set():
                try:
                    with views.connect(self._settings) as connection:
                        pause = 0.1
                        self._serve(connection)
                except psycopg.OperationalError as error:
                    RECONNECTS.inc()
                    self._health.unready(f"PostgreSQL cannot be reached: {str(error).strip()}")
                    self._say_how_far_behind()
                    LOG.warning("postgres_lost", error=str(error).strip(), retry_in_seconds=pause)
                    self._stop.wait(pause)
                    pause = min(2 * pause, BACK_OFF_SECONDS_MAX)
        finally:
            self._consumer.close()

    def _serve(self, connection: Connection) -> None:
        while not views.become_the_sink(connection):
            self._health.unready("another sink is at work; waiting for it to end")
            if self._stop.wait(IDLE_SECONDS):
                return
        self._go_to_positions(connection)
        self._health.ready()
        while not self._stop.is_set():
            try:
                self._next_batch(connection)
            except PositionsMoved as moved:
                LOG.warning("positions_moved", reason=str(moved))
                self._go_to_positions(connection)

    def _go_to_positions(self, connection: Connection) -> None:
        require_whole_for_sink(self._settings, self._log)  # before this log's positions stand beside another's
        self._written = views.begin(connection, self._log, self._ends())
        self._reached = dict(self._written)
        self._kept.clear()
        self._checked_at = time.monotonic()
        self._consumer.assign([TopicPartition(*where, offset) for where, offset in self._written.items()])
        LOG.info("reading", positions={f"{topic}[{number}]": at for (topic, number), at in self._written.items()})

    def _ends(self) -> Positions:
        partitions = ((topic, number) for topic in self._room_of for number in range(self._log.partitions))
        return {partition: log_end(self._settings, *partition, seconds_max=30) for partition in partitions}

    def _next_batch(self, connection: Connection) -> None:
        messages = self._consumer.consume(1, IDLE_SECONDS)
        if messages:
            messages += self._consumer.consume(BATCH_MAX - 1, 0)  # whatever else has come by now
        read, halted = self._read(messages)
        changes, counts, unfollowed = self._fold(connection, read)
        if counts:
            with SECONDS.time():
                views.apply(connection, self._log, changes, was=self._written, now=self._reached)
            self._written = dict(self._reached)
            self._kept.update(changes.rows)
            BATCH.observe(sum(counts.values()))
            for room, count in counts.items():
                EVENTS.labels(room).inc(count)
        if why := unfollowed or halted:
            raise Halted(why)
        if time.monotonic() >= self._checked_at + CHECK_SECONDS:
            self._check(connection)

    def _read(self, messages: list[Message]) -> tuple[list[Read], str]:
        """These records up to the first that is no event, and what is wrong with that."""
        read: list[Read] = []
        for message in messages:
            where = (message.topic(), message.partition())
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                read.append(Read(where, message.offset(), "", "", None))
                continue
            room = self._room_of[checked(message).topic()]
            try:
                event, key = self._reader.read(message, room.events), (message.key() or b"").decode()
            except (DecodeError, EventError, UnicodeDecodeError) as reason:
                return read, f"{position_text(message)} cannot be understood: {reason}"
            read.append(Read(where, message.offset(), room.name, key, event))
        return read, ""

    def _fold(self, connection: Connection, read: list[Read]) -> tuple[Changes, dict[str, int], str]:
        """What these events change up to the first that cannot be followed, how many of each room, and why it stops."""
        missing = wanted(((each.room, each.key, each.event) for each in read if each.event), self._kept)
        fold = Fold(self._projections, self._kept, views.stored(connection, missing) if missing else {})
        counts: dict[str, int] = {}
        for where, offset, room, key, event in read:
            if event is None:
                self._reached[where] = max(self._reached[where], offset)
                continue
            at = f"{where[0]}[{where[1]}]@{offset}"
            if offset < self._reached[where]:
                raise LogRefused(f"{at} should be {self._reached[where]} or later. {LOST}")
            try:
                fold.take(room, key, event)
            except EventError as reason:
                return fold.changes, counts, f"{at} cannot be understood: {reason}"
            self._reached[where] = offset + 1
            counts[room] = counts.get(room, 0) + 1
        return fold.changes, counts, ""

    def _check(self, connection: Connection) -> None:
        """Once a second: were the positions moved by somebody else? How far behind are we?"""
        self._checked_at = time.monotonic()
        found = views.positions(connection, self._log)
        if any(found.get(where) != offset for where, offset in self._written.items()):
            raise PositionsMoved("found others than this sink left")
        OVERDUE.set(views.overdue_checkouts(connection))
        OWED.set(views.refunds_owed(connection))
        if self._written != self._reached:
            views.apply(connection, self._log, Changes(), was=self._written, now=self._reached)
            self._written = dict(self._reached)
        for (topic, partition), offset in self._reached.items():
            _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            BEHIND.labels(topic, partition).set(max(0, end - offset))

    def _say_how_far_behind(self) -> None:
        """While nothing is read: the broker is asked, for what the consumer knows of the ends stands still as well."""
        for (topic, partition), offset in self._written.items():
            try:
                end = log_end(self._settings, topic, partition, seconds_max=ASK_SECONDS_MAX)
            except KafkaException as error:
                LOG.warning("ends_not_known", error=str(error))
                return
            BEHIND.labels(topic, partition).set(max(0, end - offset))
