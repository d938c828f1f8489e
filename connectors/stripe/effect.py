"""The Stripe effect: what payment events ask of Stripe is done, and the outcome comes back as a command.

At least once: an offset is committed when the outcomes of all events up to it are acknowledged by the broker. The
command's id derives from the event's, so the payments room decides an outcome once, and Stripe knows the event's id as
idempotency key. A refund that failed for good is said aloud here, whoever told us of it. While the circuit breaker is
open nothing more is read: the topic is the queue.
"""

from __future__ import annotations

import threading
import time

import structlog
from confluent_kafka import KafkaError, KafkaException, Message
from prometheus_client import Counter, Gauge

from connectors.kafka.client import consumer, producer, topic_name
from connectors.kafka.events import Event, EventError, Halted, Reader, checked, position_text
from connectors.keyed_executor import KeyedExecutor, Offsets
from connectors.log_positions import STRIPE_EFFECT, keep, resume
from connectors.stripe.alarms import refund_failed
from connectors.stripe.answered import answered, compact, outcome_id
from connectors.stripe.client import OutcomeUnknown, StripeApi
from connectors.stripe.guard import Guard, Stopped
from connectors.stripe.options import StripeOptions
from connectors.stripe.outcomes import ASKED, Asked, Outcomes
from process.health import Health
from process.settings import Settings
from schemas.avro import full_name
from schemas.codec import Codec, DecodeError
from schemas.envelope import Envelope
from schemas.log import LogIdentity
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.payments.refunds import RefundFailed

WORKERS = 24  # calls under way at once; most of a call is waiting
UNDER_WAY_MAX = 64
UNCOMMITTED_MAX = 10_000
POLL_SECONDS = 0.1
COMMIT_SECONDS = 1.0  # what is read again after a crash is said to Stripe under the same idempotency keys
FLUSH_SECONDS = 10.0
READ = {full_name(cls).encode() for cls in (*ASKED, RefundFailed)}

OUTCOMES = Counter("stripe_outcomes_total", "Outcome commands by type.", ["type"])
UNDER_WAY = Gauge("stripe_events_under_way", "Events read whose outcome is not acknowledged yet.")
LOG = structlog.stdlib.get_logger()


class StripeEffect:
    """Reads `payments.events`, calls Stripe, writes `payments.commands`."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        codec: Codec,
        reader: Reader,
        health: Health,
        stop: threading.Event,
    ) -> None:
        options = StripeOptions.from_environment()
        self._settings, self._log = settings, log
        self._codec, self._reader, self._health, self._stop = codec, reader, health, stop
        self._events = topic_name(settings, PAYMENTS.topic("events"))
        self._commands = topic_name(settings, PAYMENTS.topic("commands"))
        self._calls_end = threading.Event()
        self._guard = Guard(options, health, self._calls_end)
        self._outcomes = Outcomes(StripeApi(settings, options, self._guard), self._guard.sleep)
        self._consumer = consumer(settings, STRIPE_EFFECT)
        self._producer = producer(settings)
        self._executor, self._offsets = KeyedExecutor(WORKERS), Offsets()
        self._paused, self._committed_at = False, 0.0
        self._unsent: KafkaError | None = None
        self._answered: frozenset[bytes] = frozenset()
        # What is read again on another log was said on the one before.
        self._said_until = log.begun_at if log.after else 0

    def run(self) -> None:
        """Until stopped. Raises Halted for a record that is no event, or whose outcome nobody can tell.

        Whatever it did not foresee passes through.
        """
        self._answered = answered(self._settings, resume(self._consumer, self._events, self._log))
        self._health.ready()
        try:
            while not self._stop.is_set():
                self._flow()
                for message in self._consumer.consume(UNDER_WAY_MAX // 2, 0) or self._consumer.consume(1, POLL_SECONDS):
                    self._take(checked(message))
                self._producer.poll(0)
                self._executor.check()
                if self._unsent is not None:
                    raise KafkaException(self._unsent)
                if time.monotonic() >= self._committed_at + COMMIT_SECONDS:
                    self._commit(asynchronous=True)
        finally:
            self._calls_end.set()  # whatever ended this ends the calls that are waiting, too
            self._executor.close()
            self._producer.flush(FLUSH_SECONDS)
            self._commit(asynchronous=False)
            self._consumer.close()

    # --- in ---

    def _flow(self) -> None:
        """Read on only while there is room and Stripe answers."""
        under_way, uncommitted = self._offsets.under_way()
        UNDER_WAY.set(under_way)
        full = self._guard.open or under_way >= UNDER_WAY_MAX or uncommitted >= UNCOMMITTED_MAX
        if full != self._paused:
            assigned = self._consumer.assignment()
            (self._consumer.pause if full else self._consumer.resume)(assigned)
            self._paused = full

    def _take(self, message: Message) -> None:
        where, offset = (message.topic(), message.partition()), message.offset()
        self._offsets.begin(where, offset)
        kind = dict(message.headers() or ()).get("type")
        if kind is not None and kind not in READ:
            self._offsets.done(where, offset)
            return
        try:
            event = self._reader.read(message, PAYMENTS.events)
        except (DecodeError, EventError) as reason:
            raise Halted(f"{position_text(message)} cannot be understood: {reason}") from reason
        if isinstance(event.body, ASKED) and compact(outcome_id(event)) not in self._answered:
            body = event.body
            self._executor.submit(body.payment_id, lambda: self._carry_out_or_halt(event, body, message))
        else:
            if isinstance(event.body, RefundFailed) and event.body.for_people and event.occurred_at >= self._said_until:
                _call_a_person(event.body)
            self._offsets.done(where, offset)

    # --- out ---

    def _carry_out_or_halt(self, event: Event, asked: Asked, message: Message) -> None:
        try:
            self._carry_out(event, asked, (message.topic(), message.partition()), message.offset())
        except OutcomeUnknown as reason:
            raise Halted(f"{position_text(message)} cannot be carried out: {reason}") from reason

    def _carry_out(self, event: Event, asked: Asked, where: tuple[str, int], offset: int) -> None:
        if self._calls_end.is_set():
            raise Stopped
        command_id = outcome_id(event)
        with structlog.contextvars.bound_contextvars(
            correlation_id=event.correlation_id, event_id=event.id, command_id=command_id, payment_id=asked.payment_id
        ):
            command = self._outcomes.of(event, asked)
            envelope = Envelope(
                id=command_id,
                command_id=command_id,
                causation_id=event.id,
                correlation_id=event.correlation_id,
                occurred_at=int(time.time() * 1000),
                actor="stripe",
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
                key=asked.payment_id.encode(),
                value=self._codec.encode(command),
                headers=envelope.headers(),
                on_delivery=acknowledged,
            )
            OUTCOMES.labels(type(command).__name__).inc()
            LOG.info("stripe_outcome", asked=type(asked).__name__, outcome=type(command).__name__)

    # --- positions ---

    def _commit(self, *, asynchronous: bool) -> None:
        self._committed_at = time.monotonic()
        keep(self._consumer, self._offsets.to_commit(), self._log, asynchronous=asynchronous)


def _call_a_person(failed: RefundFailed) -> None:
    refund_failed(
        amount_minor=failed.amount_minor,
        failure=failed.failure,
        order_id=failed.order_id,
        payment_id=failed.payment_id,
        refund_id=failed.refund_id,
        stripe_refund_id=failed.stripe_refund_id,
    )
