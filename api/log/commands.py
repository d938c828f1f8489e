"""Commands onto the log."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import structlog

from api.http import metrics
from api.http.problems import Problem
from api.log.replies import Chain, Replies
from connectors.kafka.client import producer, topic_name
from connectors.kafka.types import KafkaError, Message
from process.settings import Settings
from schemas.codec import Codec
from schemas.envelope import Envelope, Headers, begin
from schemas.ids import no_id
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import Topic

LOG = structlog.get_logger()
DELIVERY_MS_MAX = 3_000  # after that the log counts as unreachable, and the caller is told to try again
QUEUE_MAX = 10_000


class Delivery:
    """The broker's word on one record. The poll thread wakes the event loop only for whom it matters."""

    __slots__ = ("_chain", "_command_id", "_loop", "_waiter", "done", "error")

    def __init__(self, loop: asyncio.AbstractEventLoop, command_id: str, chain: Chain | None) -> None:
        self.done, self.error = False, None
        self._loop, self._command_id, self._chain, self._waiter = loop, command_id, chain, None

    error: KafkaError | None
    _waiter: asyncio.Future[None] | None

    def __call__(self, error: KafkaError | None, _message: Message) -> None:
        """From the poll thread. A success is news only for whoever awaits it; a failure ends the wait for a reply."""
        self.error, self.done = error, True
        if self._waiter is not None or error is not None:
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if self.error is not None:
            metrics.UNPUBLISHED.inc()
            LOG.error("command_not_published", command_id=self._command_id, why=self.error.str())
            if self._chain is not None:
                self._chain.fail(unavailable())
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def confirmed(self) -> None:
        """Return once the log has the record. Raises Problem when it has not."""
        if not self.done:
            self._waiter = self._loop.create_future()
            if not self.done:  # looked at again: the poll thread may have been between the two lines above
                await self._waiter
        if self.error is not None:
            raise unavailable()


class Commands:
    """The only way from the edge to the log."""

    def __init__(
        self, settings: Settings, codec: Codec, replies: Replies, budget_seconds: float, on_death: Callable[[], None]
    ) -> None:
        self.replies = replies
        self._settings, self._codec, self._budget, self._on_death = settings, codec, budget_seconds, on_death
        self._loop = asyncio.get_running_loop()
        self._producer = producer(
            settings, **{"message.timeout.ms": DELIVERY_MS_MAX, "queue.buffering.max.messages": QUEUE_MAX}
        )
        self._topics = {room.name: topic_name(settings, room.topic("commands")) for room in ROOM_OF.values()}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="deliveries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let what was published be delivered, then end."""
        self._stopping.set()
        self._thread.join(5)
        self._producer.flush(DELIVERY_MS_MAX / 1000)

    def deadline(self) -> float:
        """When the budget of a request that begins now is used up, by the loop's clock."""
        return self._loop.time() + self._budget

    def envelope(self, command_id: str, actor: str, channel: str) -> Envelope:
        """Of a command that the edge begins and whose chain it follows."""
        now = time.time_ns() // 1_000_000
        return begin(
            command_id=command_id, occurred_at=now, actor=actor, channel=channel, reply_to=self.replies.partition
        )

    def publish(self, command: Record, envelope: Envelope, chain: Chain | None = None) -> Delivery:
        """Hand a command to the producer; key and topic follow from its room.

        Raises Problem when it takes no more, or when the command names something by what is no id of ours.
        """
        if (wrong := no_id(command)) is not None:  # the paths and bodies ask for the shape: this is the last line
            raise Problem("validation_failed", f"{wrong[0]}: this is not the shape of an id of ours. Correct it.")
        room = ROOM_OF[type(command)]
        delivery = Delivery(self._loop, envelope.id, chain)
        try:
            self._producer.produce(
                self._topics[room.name],
                self._codec.encode(command),
                room.key_of(command),
                headers=headers_of(envelope),
                on_delivery=delivery,
            )
        except BufferError as error:
            metrics.UNPUBLISHED.inc()
            raise unavailable() from error
        return delivery

    def tell(self, topic: Topic, key: str, fact: Record, envelope: Envelope) -> None:
        """Put a fact on a topic that is no room's. Nobody waits: what is not taken is counted, and gone."""
        delivery = Delivery(self._loop, envelope.id, None)
        try:
            self._producer.produce(
                topic_name(self._settings, topic.name),
                self._codec.encode(fact),
                key,
                headers=envelope.headers(),
                on_delivery=delivery,
            )
        except BufferError:
            metrics.UNPUBLISHED.inc()

    async def late(self, delivery: Delivery, command: Record) -> None:
        """The budget is used up: `pending` may be said only of a command that the log has. Raises Problem."""
        await delivery.confirmed()
        metrics.TIMEOUTS.labels(type(command).__name__).inc()

    def _poll(self) -> None:
        try:
            while not self._stopping.is_set():
                self._producer.poll(0.2)
        except Exception:
            LOG.critical("delivery_thread_died", exc_info=True, help="the process ends and is to be restarted")
            self._on_death()


def headers_of(envelope: Envelope) -> Headers:
    """With when it is sent, if that is long after it was issued: what waited must not look forgotten."""
    sent = [("sent-at", b"%d" % envelope.sent_at)] if envelope.sent_at else []
    return [*envelope.headers(), *sent]


def unavailable() -> Problem:
    """The log did not take a command."""
    return Problem(
        "log_unavailable",
        "The log did not take the command. Try again with the same Idempotency-Key: it is decided once, at most.",
        headers={"Retry-After": "1"},
    )
