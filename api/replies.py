"""What the deciding agents answer: this process's partition of `edge.replies`, handed to whoever waits.

One thread reads; a batch goes to the event loop in one call. A reply that nobody waits for is not even decoded.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from confluent_kafka import Message, TopicPartition

from api import metrics
from connectors.kafka import consumer, log_end, topic_name
from connectors.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.record import Record
from schemas.topics import REPLIES, REPLY_PARTITIONS

LOG = structlog.get_logger()
WAITED, UNWAITED = metrics.REPLIES.labels("yes"), metrics.REPLIES.labels("no")
BATCH_MAX = 1_000
POLL_SECONDS = 0.5


class Reply(NamedTuple):
    """One decision of a chain."""

    record: Record
    command_id: str
    version: int  # the aggregate's event sequence after it
    replayed: bool  # the command id was seen before; this is its first outcome


class Chain:
    """The replies to one command and to those it led to, in the order of their decisions."""

    def __init__(self, command_id: str) -> None:
        self.command_id = command_id
        self._replies: deque[Reply] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    async def next(self, deadline: float) -> Reply | None:
        """The next reply; None when the deadline (of the loop's clock) passes first. Raises what `fail` was given."""
        while not self._replies:
            if self._error is not None:
                raise self._error
            loop = asyncio.get_running_loop()
            if loop.time() >= deadline:
                return None
            self._wake = loop.create_future()
            timer = loop.call_at(deadline, self._stir)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        return self._replies.popleft()

    async def own(self, deadline: float) -> Reply | None:
        """The reply to the command itself; see `next`."""
        while (reply := await self.next(deadline)) is not None:
            if reply.command_id == self.command_id:
                return reply
        return None

    def push(self, reply: Reply) -> None:
        self._replies.append(reply)
        self._stir()

    def fail(self, error: Exception) -> None:
        """Let whoever waits raise this."""
        self._error = error
        self._stir()

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class Replies:
    """See the module."""

    def __init__(self, settings: Settings, codec: Codec, slot: int, on_death: Callable[[], None]) -> None:
        self.partition = slot % REPLY_PARTITIONS
        self.ready = False
        self._settings, self._codec, self._slot, self._on_death = settings, codec, slot, on_death
        self._waiting: dict[str, list[Chain]] = {}
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replies", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    @contextmanager
    def follow(self, command_id: str) -> Iterator[Chain]:
        """Collect the replies of a chain from now on. Call it before the command is published."""
        chain = Chain(command_id)
        self._waiting.setdefault(command_id, []).append(chain)
        try:
            yield chain
        finally:
            others = self._waiting[command_id]
            others.remove(chain)
            if not others:
                del self._waiting[command_id]

    # --- the thread ---

    def _run(self) -> None:
        topic = topic_name(self._settings, REPLIES.name)
        reader = consumer(self._settings, f"edge-replies-{self._slot}")
        try:
            # From a known offset: an end that is looked up later might lie behind the first reply to us.
            end = log_end(self._settings, topic, self.partition)
            reader.assign([TopicPartition(topic, self.partition, end)])
            self.ready = True
            while not self._stopping.is_set():
                first = reader.poll(POLL_SECONDS)
                if first is not None:
                    self._take([first, *reader.consume(BATCH_MAX, 0)])
        except Exception:
            LOG.critical("reply_thread_died", exc_info=True, help="the process ends and is to be restarted")
            self._on_death()
        finally:
            self.ready = False
            reader.close()

    def _take(self, messages: list[Message]) -> None:
        found: list[tuple[str, Reply]] = []
        for message in messages:
            if message.error() is not None:
                LOG.warning("reply_consumer", error=str(message.error()))  # librdkafka goes on by itself
                continue
            correlation_id = (message.key() or b"").decode()
            if correlation_id in self._waiting:
                try:
                    found.append((correlation_id, self._read(message)))
                except (DecodeError, KeyError, ValueError) as error:
                    # E.g. of a newer agent: the caller gets its 202 and looks at the view.
                    LOG.error("reply_not_understood", correlation_id=correlation_id, error=str(error))
        UNWAITED.inc(len(messages) - len(found))
        if found:
            self._loop.call_soon_threadsafe(self._hand_over, found)

    def _read(self, message: Message) -> Reply:
        headers = dict(message.headers() or ())
        return Reply(
            record=self._codec.decode(message.value()),
            command_id=headers["command-id"].decode(),
            version=int(headers["version"]),
            replayed="replayed" in headers,
        )

    def _hand_over(self, found: list[tuple[str, Reply]]) -> None:
        WAITED.inc(len(found))
        for correlation_id, reply in found:
            for chain in self._waiting.get(correlation_id, ()):
                chain.push(reply)
