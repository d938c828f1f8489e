"""One assignment of partitions to this worker, and the transactions committed under it.

An epoch holds the group generation and member id it was made under, the tables of its partitions, and
two transactional producers that are used alternately. It batches what waits, decides it, and commits rows,
positions, events, onward commands and replies in one Kafka transaction, or none of them
(ops/decisions/0001).
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from confluent_kafka import Producer, TopicPartition

from connectors.kafka import registry
from connectors.kafka.client import topic_name
from process.settings import Settings
from schemas.codec import Codec, DecodeError, UnknownSchemaId
from schemas.log import LogIdentity
from streams.runtime import metrics
from streams.runtime.decider import Decider
from streams.runtime.deciding import Deciding, TablePartition
from streams.runtime.feed import Fence
from streams.runtime.fetching import Fetch, Fetching, Source
from streams.runtime.loading import Progress, load, skipped_records, still_holds
from streams.runtime.recall import Recalls
from streams.runtime.records import Fetched
from streams.runtime.rows import Table
from streams.runtime.telemetry import observe
from streams.runtime.transactions import (
    APPEND_SECONDS_MAX,
    COMMIT_SECONDS_MAX,
    GRACE_SECONDS,
    CommitRefused,
    Stuck,
    abort,
    append,
    commit,
)

LOG = structlog.get_logger()

BATCH_MAX = 1_000  # commands in one transaction
OVERLAP_MIN = 64  # with at least so many waiting, decide the next batch while the last one commits
TIMER_GRACE_MS = 50  # the broker's clock and ours may differ by so much
QUEUE_MAX = 16  # fetched batches that wait; the consumer stops fetching beyond


class Epoch:
    """The tables of one assignment, and the loop that decides and commits on them."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        deciders: Mapping[str, Decider[Any, Any, Any]],
        codec: Codec,
        fence: Fence,
        deployment: str,
        partitions: set[TablePartition],
        producers: tuple[Producer, Producer],
        on_failure: Callable[[BaseException], None],
        source: Source,
        *,
        kept: Mapping[TablePartition, Table],
        local: bool,
    ) -> None:
        self.settings, self.log, self.deciders, self.codec, self.fence = settings, log, deciders, codec, fence
        self.deployment, self.partitions, self.local = deployment, partitions, local
        self._on_failure = on_failure
        self.fetching = Fetching(settings, source, self._skipped)
        self._kept = kept  # of an epoch just before this one: they need not be read back
        self._open: list[Deciding] = []  # decided, and not known to be committed
        self.tables: dict[TablePartition, Table] = {}
        self._got_on_at = time.monotonic()
        self.loading: dict[TablePartition, Progress] = {}
        self._producers, self._next = producers, 0
        self._queue: asyncio.Queue[Fetch] = asyncio.Queue(QUEUE_MAX)
        self._recalls = Recalls(settings, deployment, codec, self._nudge)
        self._commit: asyncio.Future[None] | None = None
        self._readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="epoch-reads")
        self._writers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="epoch-writes")  # never wait for a reader
        self._task: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._appended = asyncio.Event()
        self._appended.set()

    # --- from outside ---

    def start(self) -> None:
        """Begin to load and decide. Whatever fails is told to `on_failure`, once the epoch has kept nothing of it."""
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[None]) -> None:
        if not self._stopped.is_set() and not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(error)

    async def accept(self, fetch: Fetch) -> None:
        """Take over fetched records; waits while enough are waiting already, but not for an epoch that has ended."""
        if fetch.generation != self.fence.generation or self._stopped.is_set():
            return  # they will be fetched again by whoever owns the partition now
        self.fetching.took(fetch)
        if not self._queue.full():
            self._queue.put_nowait(fetch)
            return
        waits = [asyncio.ensure_future(self._queue.put(fetch)), asyncio.ensure_future(self._stopped.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    @property
    def busy(self) -> bool:
        """True while something waits to be decided or committed."""
        return not self._queue.empty() or self._commit is not None

    @property
    def idle(self) -> bool:
        """True when everything is loaded and nothing waits."""
        return self.loaded and not self.busy

    @property
    def loaded(self) -> bool:
        """True when every table has been read back."""
        return len(self.tables) == len(self.partitions)

    async def stop(self) -> None:
        """End the epoch: what is being committed may finish, everything else is dropped and decided again later."""
        self._stopped.set()
        self.fetching.end()
        for progress in self.loading.values():
            progress.unwanted = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        commit = [] if self._commit is None else await asyncio.gather(self._commit, return_exceptions=True)
        await self._recalls.stop()
        aborts = [self._within(COMMIT_SECONDS_MAX + GRACE_SECONDS, abort, each) for each in self._producers]
        for ended in [*commit, *await asyncio.gather(*aborts, return_exceptions=True)]:
            if isinstance(ended, BaseException) and not isinstance(ended, CommitRefused):
                self._on_failure(ended)
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False)

    async def look_for_lost_fetches(self) -> None:
        """Every second. Raises NotBrought."""
        if self.loaded:
            for table in list(self.tables.values()):
                await self.fetching.look_for_lost(table, full=self._queue.full())

    def sound_tables(self) -> dict[TablePartition, Table]:
        """The tables of an epoch that was stopped which hold what is committed, and nothing else."""
        unsure = {tp for deciding in self._open for tp in deciding.positions}
        return {tp: table for tp, table in self.tables.items() if tp not in unsure and table.halted is None}

    async def _nudge(self, tp: TablePartition) -> None:
        """Have the next transaction begin, though nothing was fetched."""
        room, partition = tp
        await self.accept(Fetch(room, partition, self.fence.generation, records=(), after_gap=False))

    async def _run(self) -> None:
        await self._load()
        for table in self.tables.values():
            await self.fetching.begin(table)
        self._recalls.want_all(self.tables)
        while True:
            batch = await self._next_batch()
            if self._queue.qsize() == 0 and sum(len(each.records) for each in batch) < OVERLAP_MIN:
                await self._previous_committed()
                batch += self._waiting(BATCH_MAX)  # what came meanwhile goes into the same transaction
            deciding = Deciding(self.tables, self.codec, self.log, local=self.local)
            self._open.append(deciding)
            await self._decide(deciding, batch)
            if not deciding.positions:
                self._open.remove(deciding)
                self._got_on()
                continue
            # Two producers append as they please: the records of the transaction before must all be in the log
            # before the first of this one, or an older row would overwrite a newer one.
            await self._appended.wait()
            producer = self._write(deciding)
            await self._previous_committed()
            self._got_on()
            self._appended.clear()
            self._commit = asyncio.ensure_future(self._commit_batch(deciding, producer))
            self._commit.add_done_callback(self._ended)  # noticed at once, also while nothing else comes in

    def _got_on(self) -> None:
        self._got_on_at = time.monotonic()

    @property
    def progress_at(self) -> float:
        """When it last got on."""
        return max([self._got_on_at, *(each.at for each in self.loading.values())])

    # --- loading ---

    async def _load(self) -> None:
        self.loading = {tp: Progress() for tp in self.partitions}
        gc.disable()  # what is read back stays: looking for garbage in it, again and again, would take half the time
        try:
            await asyncio.gather(*(self._load_one(tp) for tp in sorted(self.partitions)))
        finally:
            gc.enable()
        gc.unfreeze()
        gc.freeze()
        self.loading = {}
        self._got_on()
        metrics.EPOCHS.inc()
        LOG.info("epoch_began", generation=self.fence.generation, partitions=len(self.partitions))

    async def _load_one(self, tp: TablePartition) -> None:
        began = time.monotonic()
        room, partition = tp
        progress = self.loading[tp]
        table = self._kept.get(tp)
        asked = (self.settings, self.log, self.deployment)
        kept = table is not None and await self._in_thread(still_holds, *asked, table, progress)
        if table is None or not kept:
            table = await self._in_thread(load, *asked, self.deciders[room], self.codec, partition, progress)
        self.tables[tp] = table
        metrics.HALTED.labels(room, partition).set(0)
        metrics.LOAD_SECONDS.observe(time.monotonic() - began)
        LOG.info(
            "partition_loaded",
            room=room,
            partition=partition,
            kept=kept,
            records=progress.of,
            rows=len(table.rows),
            position=table.position,
            outcomes=len(table.outcomes),
            seconds=round(time.monotonic() - began, 3),
            generation=self.fence.generation,
        )

    # --- batches ---

    async def _next_batch(self) -> list[Fetch]:
        """What waits, up to BATCH_MAX commands; empty when a timer is due first."""
        batch = self._waiting(BATCH_MAX)
        if batch:
            return batch
        try:
            first = await asyncio.wait_for(self._queue.get(), self._seconds_to_timer())
        except TimeoutError:
            return []
        return [first, *self._waiting(BATCH_MAX - len(first.records))]

    def _waiting(self, room: int) -> list[Fetch]:
        batch: list[Fetch] = []
        while room > 0 and not self._queue.empty():
            batch.append(self._queue.get_nowait())
            room -= len(batch[-1].records)
        return batch

    def _seconds_to_timer(self) -> float:
        times = [
            due
            for table in self.tables.values()
            if self._may_run_timers(table) and (due := table.next_timer_at()) is not None
        ]
        if not times:
            return 1.0  # look again: a table may have caught up
        return min(max(min(times) + TIMER_GRACE_MS - now_ms(), 1) / 1000, 1.0)

    @staticmethod
    def _may_run_timers(table: Table) -> bool:
        return not table.halted and table.caught_up

    async def _decide(self, deciding: Deciding, batch: list[Fetch]) -> None:
        for tp, key, ended in self._recalls.take():
            deciding.recall(self.tables[tp], key, ended)
        for fetch in batch:
            await self._take_all(deciding, fetch)
            self.fetching.did(fetch)
        if self._queue.empty():
            for table in self.tables.values():
                if self._may_run_timers(table):
                    deciding.fire_timers(table, now_ms() - TIMER_GRACE_MS)

    def _write(self, deciding: Deciding) -> Producer:
        """Open the transaction of the next producer, and hand it every record."""
        producer, self._next = self._producers[self._next], 1 - self._next
        producer.begin_transaction()
        for topic, partition, key, value, headers in deciding.finish(now_ms()):
            producer.produce(topic_name(self.settings, topic), value, key, partition, headers=headers)
        observe(deciding)
        return producer

    async def _take_all(self, deciding: Deciding, fetch: Fetch) -> None:
        table = self.tables[fetch.tp]
        if not fetch.records or not await self.fetching.joins(table, fetch):
            return
        for record in fetch.records:
            await self._take(deciding, table, record)
        behind = now_ms() - fetch.records[-1].timestamp
        metrics.LAG_SECONDS.labels(fetch.room, fetch.partition).set(behind / 1000)

    async def _take(self, deciding: Deciding, table: Table, record: Fetched) -> None:
        try:
            deciding.take(table, record)
        except UnknownSchemaId as unknown:
            await self._learn(unknown.id)
            deciding.take(table, record)

    async def _learn(self, schema_id: int) -> None:
        """A newer writer's schema. One that is none of ours is remembered as such, and goes to the dead letters."""
        try:
            await self._in_thread(registry.learn, self.settings, self.codec, schema_id)
        except DecodeError as error:
            self.codec.refuse(schema_id, str(error))

    # --- commits ---

    async def _previous_committed(self) -> None:
        """Wait for the commit before this one: transactions end in the order in which they were decided."""
        if self._commit is not None:
            await asyncio.shield(self._commit)  # still ours when this is cancelled: `stop` waits for it
            self._commit = None

    async def _commit_batch(self, deciding: Deciding, producer: Producer) -> None:
        offsets = [
            TopicPartition(topic_name(self.settings, f"{room}.commands"), partition, position, metadata=self.log.id)
            for (room, partition), position in deciding.positions.items()
        ]
        began = time.monotonic()
        await self._within(APPEND_SECONDS_MAX + GRACE_SECONDS, append, producer)
        self._appended.set()
        await self._within(COMMIT_SECONDS_MAX + GRACE_SECONDS, commit, producer, offsets, self.fence.metadata)
        self._open.remove(deciding)
        metrics.COMMIT_SECONDS.observe(time.monotonic() - began)
        self._recalls.want(deciding.parked)

    async def _skipped(self, topic: str, partition: int, first: int, last: int) -> int:
        return int(
            await self._in_thread(skipped_records, self.settings, self.deployment, topic, partition, first, last)
        )

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._readers, call, *arguments)

    async def _within(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> None:
        """Raises Stuck when the call does not come back: what the client promises of its time-outs is not relied on."""
        answer = asyncio.get_running_loop().run_in_executor(self._writers, call, *arguments)
        done, _ = await asyncio.wait({answer}, timeout=seconds)
        if not done:
            raise Stuck(f"{getattr(call, '__name__', call)} has not come back for {seconds} s")
        answer.result()


def now_ms() -> int:
    """The wall clock, in milliseconds. Decisions never see it: it only says when a timer may be fired."""
    return time.time_ns() // 1_000_000
