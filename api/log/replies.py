"""What the deciding agents reply: this process's partition of `edge.replies`, handed to whoever waits.

One thread reads; a batch goes to the event loop in one call. A reply that nobody waits for is not even decoded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog

from api.http import metrics
from api.log.reader import LogReader
from connectors.kafka.client import log_end, topic_name
from connectors.kafka.types import Consumer, Message, TopicPartition
from process.settings import Settings
from schemas.codec import Codec, DecodeError
from schemas.record import Record
from schemas.topics import REPLIES, REPLY_PARTITIONS

LOG = structlog.get_logger()
WAITED, UNWAITED = metrics.REPLIES.labels("yes"), metrics.REPLIES.labels("no")


class Reply(NamedTuple):
    """One decision of a chain."""

    command_id: str
    state: Record | None  # of the aggregate after it, as its room shows it; None: decided before, and not remembered
    version: int  # the aggregate's event sequence after it
    refusal: str = ""  # why the command was refused; empty: it was not
    replayed: bool = False  # the command id was seen before; this is its first outcome


class Chain:
    """The replies to one command and to those it led to, in the order of their decisions."""

    def __init__(self, command_id: str) -> None:
        self.command_id = command_id
        self._replies: deque[Reply] = deque()
        self._arrived: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    async def next(self, deadline: float) -> Reply | None:
        """The next reply; None when the deadline (of the loop's clock) passes first. Raises what `fail` was given."""
        while not self._replies:
            if self._error is not None:
                raise self._error
            loop = asyncio.get_running_loop()
            if loop.time() >= deadline:
                return None
            self._arrived = loop.create_future()
            timer = loop.call_at(deadline, self._stir)
            try:
                await self._arrived
            finally:
                timer.cancel()
                self._arrived = None
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
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)


class Replies(LogReader):
    """The one reader of a process. Made inside the running event loop; `ready` once no reply can be missed."""

    not_ready = "the replies are not being read yet"

    def __init__(self, settings: Settings, codec: Codec, slot: int, on_death: Callable[[], None]) -> None:
        super().__init__(settings, f"edge-replies-{slot}", on_death)
        self.partition = slot % REPLY_PARTITIONS
        self._codec, self._waiting = codec, dict[str, list[Chain]]()
        self._loop = asyncio.get_running_loop()

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

    def begin(self, reader: Consumer) -> None:
        """From a known offset: an end that is looked up later might lie behind the first reply to us."""
        topic = topic_name(self.settings, REPLIES.name)
        end = log_end(self.settings, topic, self.partition)
        reader.assign([TopicPartition(topic, self.partition, end)])
        self.ready = True

    def take(self, messages: list[Message]) -> None:
        """Hand what somebody waits for to the event loop, in one call."""
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
            command_id=headers["command-id"].decode(),
            state=None if message.value() is None else self._codec.decode(message.value()),
            version=int(headers["version"]),
            refusal=headers.get("refusal", b"").decode(),
            replayed="replayed" in headers,
        )

    def _hand_over(self, found: list[tuple[str, Reply]]) -> None:
        WAITED.inc(len(found))
        for correlation_id, reply in found:
            for chain in self._waiting.get(correlation_id, ()):
                chain.push(reply)
