"""An effect: what a room's events ask of the outside is done, and the outcome comes back as a command of that room.

At least once: an offset is committed when the outcomes of all events up to it are acknowledged by the broker. The
command's id derives from the event's, so the room decides an outcome once. While the other side is away nothing more
is read: the topic is the queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from connectors.kafka.answered import answered, compact, outcome_id
from connectors.kafka.client import consumer, producer, topic_name
from connectors.kafka.events import Event, EventError, Halted, Reader, checked, position_text
from connectors.kafka.positions import keep, resume
from connectors.kafka.types import KafkaError, KafkaException, Message
from connectors.keyed_executor import KeyedExecutor, Offsets
from process.health import Health
from process.settings import Settings
from schemas.avro import full_name
from schemas.codec import Codec, DecodeError
from schemas.envelope import Envelope
from schemas.log import LogIdentity
from schemas.record import Record
from schemas.room import Room

UNCOMMITTED_MAX = 10_000
POLL_SECONDS = 0.1
COMMIT_SECONDS = 1.0  # what is read again after a crash is asked again, and must do no harm
FLUSH_SECONDS = 10.0

OUTCOMES = Counter("effect_outcomes_total", "Outcome commands by type.", ["type"])
UNDER_WAY = Gauge("effect_events_under_way", "Events read whose outcome is not acknowledged yet.")
LOG = structlog.stdlib.get_logger()


class Stopped(Exception):
    """The process is ending; the event will be read again."""


class OutcomeUnknown(Exception):
    """What was done cannot be found out, and asking again would not help: a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one effect is about.

    - `actor`: who says the outcomes; `group`: the consumer group that keeps its positions.
    - `asks`: the events that ask for something; `outcome` does it and returns the command, or raises Stopped,
      OutcomeUnknown. What one aggregate asks is done in order, `at_once` aggregates side by side.
    - `away`: whether the other side is.
    - `also`: what is done on other events, at once.
    - `ends`: set when calls that wait must end.
    """

    actor: str
    group: str
    room: Room
    asks: tuple[type[Record], ...]
    outcome: Callable[[Event, Any], Record]
    away: Callable[[], bool]
    ends: threading.Event
    at_once: int
    under_way_max: int
    also: Mapping[type[Record], Callable[[Event], None]] = field(default_factory=dict)


class Effect:
    """Reads the events of a room, has them carried out, writes its commands."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        codec: Codec,
        reader: Reader,
        health: Health,
        stop: threading.Event,
        work: Work,
    ) -> None:
        self._settings, self._log, self._work = settings, log, work
        self._codec, self._reader, self._health, self._stop = codec, reader, health, stop
        self._events = topic_name(settings, work.room.topic("events"))
        self._commands = topic_name(settings, work.room.topic("commands"))
        self._read = {full_name(cls).encode() for cls in (*work.asks, *work.also)}
        self._consumer = consumer(settings, work.group)
        self._producer = producer(settings)
        self._executor, self._offsets = KeyedExecutor(work.at_once), Offsets()
        self._paused, self._committed_at = False, 0.0
        self._unsent: KafkaError | None = None
        self._answered: frozenset[bytes] = frozenset()

    def run(self) -> None:
        """Until stopped. Raises Halted for a record that is no event, or whose outcome nobody can tell.

        Whatever it did not foresee passes through.
        """
        self._answered = answered(self._settings, resume(self._consumer, self._events, self._log))
        self._health.ready()
        batch = max(1, self._work.under_way_max // 2)
        try:
            while not self._stop.is_set():
                self._flow()
                for message in self._consumer.consume(batch, 0) or self._consumer.consume(1, POLL_SECONDS):
                    self._take(checked(message))
                self._producer.poll(0)
                self._executor.check()
                if self._unsent is not None:
                    raise KafkaException(self._unsent)
                if time.monotonic() >= self._committed_at + COMMIT_SECONDS:
                    self._commit(asynchronous=True)
        finally:
            self._work.ends.set()  # whatever ended this ends the calls that are waiting, too
            self._executor.close()
            self._producer.flush(FLUSH_SECONDS)
            self._commit(asynchronous=False)
            self._consumer.close()

    # --- in ---

    def _flow(self) -> None:
        """Read on only while there is room and the other side answers."""
        under_way, uncommitted = self._offsets.under_way()
        UNDER_WAY.set(under_way)
        full = self._work.away() or under_way >= self._work.under_way_max or uncommitted >= UNCOMMITTED_MAX
        if full != self._paused:
            assigned = self._consumer.assignment()
            (self._consumer.pause if full else self._consumer.resume)(assigned)
            self._paused = full

    def _take(self, message: Message) -> None:
        where, offset = (message.topic(), message.partition()), message.offset()
        self._offsets.begin(where, offset)
        kind = dict(message.headers() or ()).get("type")
        if kind is not None and kind not in self._read:
            self._offsets.done(where, offset)
            return
        try:
            event = self._reader.read(message, self._work.room.events)
        except (DecodeError, EventError) as reason:
            raise Halted(f"{position_text(message)} cannot be understood: {reason}") from reason
        if isinstance(event.body, self._work.asks) and compact(outcome_id(event)) not in self._answered:
            self._executor.submit(self._work.room.key_of(event.body), lambda: self._carry_out_or_halt(event, message))
        else:
            if (do := self._work.also.get(type(event.body))) is not None:
                do(event)
            self._offsets.done(where, offset)

    # --- out ---

    def _carry_out_or_halt(self, event: Event, message: Message) -> None:
        try:
            self._carry_out(event, (message.topic(), message.partition()), message.offset())
        except OutcomeUnknown as reason:
            raise Halted(f"{position_text(message)} cannot be carried out: {reason}") from reason

    def _carry_out(self, event: Event, where: tuple[str, int], offset: int) -> None:
        if self._work.ends.is_set():
            raise Stopped
        room, command_id = self._work.room, outcome_id(event)
        key = {name: getattr(event.body, name) for name in room.key_fields}
        with structlog.contextvars.bound_contextvars(
            correlation_id=event.correlation_id, event_id=event.id, command_id=command_id, **key
        ):
            command = self._work.outcome(event, event.body)
            envelope = Envelope(
                id=command_id,
                command_id=command_id,
                causation_id=event.id,
                correlation_id=event.correlation_id,
                occurred_at=int(time.time() * 1000),
                actor=self._work.actor,
                channel="system",
                reply_to=event.reply_to,
            )

            def acknowledged(error: KafkaError | None, _: Message) -> None:
                if error is not None:
                    self._unsent = error
                else:
                    self._offsets.done(where, offset)

            self._producer.produce(
                self._commands,
                key=room.key_of(command).encode(),
                value=self._codec.encode(command),
                headers=envelope.headers(),
                on_delivery=acknowledged,
            )
            OUTCOMES.labels(type(command).__name__).inc()
            LOG.info(f"{self._work.actor}_outcome", asked=type(event.body).__name__, outcome=type(command).__name__)

    # --- positions ---

    def _commit(self, *, asynchronous: bool) -> None:
        self._committed_at = time.monotonic()
        keep(self._consumer, self._offsets.to_commit(), self._log, asynchronous=asynchronous)
