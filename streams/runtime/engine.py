"""One worker: Faust feeds it, an epoch per assignment decides and commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from connectors.kafka.client import brokers, topic_name
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from streams.runtime import metrics
from streams.runtime.decider import Decider
from streams.runtime.deciding import TablePartition
from streams.runtime.epoch import Epoch
from streams.runtime.feed import SESSION_SECONDS, Feed, Fence, NoMember
from streams.runtime.fetching import Fetch, NotBrought
from streams.runtime.rows import Table
from streams.runtime.transactions import transactional_producers
from streams.runtime.watchdog import BrokerWatch, Watchdog, exit_now

LOG = structlog.get_logger()

STOP_SECONDS_MAX = 25.0  # an append, a commit and an abort, each of which has a bound of its own
STILL_SECONDS_MAX = 45.0  # without any progress; loading is progress, and each wait in it ends before that


class Engine:
    """Runs deciders. A room plugs in as a Decider; nothing here knows any room."""

    def __init__(
        self,
        settings: Settings,
        log: LogIdentity,
        deciders: Mapping[str, Decider[Any, Any, Any]],
        codec: Codec,
        *,
        deployment: str,
        slot: str,
        local: bool = True,
    ) -> None:
        self.settings, self.log = settings, log
        self.deciders, self.codec, self.local = dict(deciders), codec, local
        self.deployment = deployment
        self._alive_at = time.monotonic()
        self._epoch: Epoch | None = None
        rooms = {topic_name(settings, decider.room.topic("commands")): name for name, decider in deciders.items()}
        self.feed = Feed(settings, topic_name(settings, deployment), slot, rooms, self)
        Watchdog(
            pause_seconds_max=SESSION_SECONDS,
            silence_seconds_max=STILL_SECONDS_MAX,
            progress_at=self.progress_at,
        ).start()  # before the first call that needs the broker
        self._producers = transactional_producers(settings, f"{deployment}-{slot}")
        BrokerWatch(brokers(settings)).start()  # only now: until here the broker is waited for
        LOG.info("producers_ready", slot=slot)
        self._left: tuple[Fence, dict[TablePartition, Table]] | None = None  # of the epoch before

    # --- what the feed calls ---

    async def take(self, fetch: Fetch) -> None:
        """Records were fetched; those of no assignment are fetched again."""
        if self._epoch is not None:
            await self._epoch.accept(fetch)

    async def assigned(self, partitions: set[TablePartition]) -> None:
        """Begin the epoch of these partitions."""
        try:
            fence = self.feed.fence()  # now: after an await it may be another assignment's
            await self._end_epoch()
            if self.feed.fence() != fence:
                return  # partitions are being assigned anew
        except NoMember as error:
            LOG.warning("assignment_dropped", reason=str(error))
            return  # the group is joined again, and that assigns partitions anew
        self.feed.forget_waiting()
        left, self._left = self._left, None
        if partitions:
            self._epoch = Epoch(
                self.settings,
                self.log,
                self.deciders,
                self.codec,
                fence,
                self.deployment,
                partitions,
                self._producers,
                self._failed,
                self.feed,
                kept=left[1] if left is not None and fence.follows(left[0]) else {},
                local=self.local,
            )
            self._epoch.start()
        LOG.info("partitions_assigned", partitions=len(partitions), generation=fence.generation, member=fence.member)

    async def revoked(self) -> None:
        """End the epoch: others may have its partitions."""
        await self._end_epoch()

    async def stopping(self) -> None:
        """What was taken is finished; what is cut off is decided by the next worker."""
        epoch = self._epoch
        deadline = time.monotonic() + 5
        while epoch is not None and epoch.busy and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await self._end_epoch()

    async def beat(self) -> None:
        """Every second: how much waits, and does what waits come?"""
        self._alive_at = time.monotonic()
        epoch = self._epoch
        if epoch is None:
            return
        self._count_waiting(epoch)
        try:
            await epoch.look_for_lost_fetches()
        except NotBrought as error:
            exit_now("the consumer does not bring commands that wait", where=str(error))

    async def _end_epoch(self) -> None:
        epoch, self._epoch = self._epoch, None
        if epoch is not None:
            stopping = asyncio.ensure_future(epoch.stop())
            await asyncio.wait({stopping}, timeout=STOP_SECONDS_MAX)
            if not stopping.done():
                exit_now("an epoch did not stop", generation=epoch.fence.generation)
            stopping.result()
            self._left = (epoch.fence, epoch.sound_tables())
            metrics.forget(epoch.partitions)
            LOG.info("epoch_ended", generation=epoch.fence.generation)

    @staticmethod
    def _failed(error: BaseException) -> None:
        exit_now("the epoch failed; nothing of its open transaction is kept", error=repr(error))

    def _count_waiting(self, epoch: Epoch) -> None:
        for (room, partition), table in epoch.tables.items():
            topic = topic_name(self.settings, table.room.topic("commands"))
            end = self.feed.end(topic, partition)
            if 0 < end < table.position:  # restored under us: what is read from its beginning would be skipped
                exit_now("the log ends before our position", topic=topic, end=end, position=table.position)
            metrics.WAITING.labels(room, partition).set(max(0, end - table.position))

    def progress_at(self) -> float:
        """When the worker last got on: its loop, its epoch, a rebalance, the agents that fetches are handed to."""
        since = self.feed.rebalancing_since
        if since is not None:
            return min(self._alive_at, since)  # what was handed over is dropped
        epoch = self._epoch
        loading = epoch is not None and not epoch.loaded  # what is handed over waits for that
        times: list[float] = [self._alive_at, *([] if loading else self.feed.waiting_since)]
        return min(times if epoch is None else [*times, epoch.progress_at])

    def not_ready(self) -> str | None:
        """Why this worker cannot decide now; None when it can."""
        epoch = self._epoch
        if epoch is None:
            return "no partitions are assigned"
        if not epoch.loaded:
            done, of = (sum(getattr(each, name) for each in epoch.loading.values()) for name in ("done", "of"))
            return f"loaded {len(epoch.tables)} of {len(epoch.partitions)} partitions, {done} of {of} records"
        return (
            "; ".join(
                f"halted {room}/{number}, {_where(table)}: {table.halted}"
                for (room, number), table in epoch.tables.items()
                if table.halted
            )
            or None
        )

    def run(self) -> None:
        """Serve until told to stop (SIGTERM). Exits the process."""
        self.feed.run()


def _where(table: Table) -> str:
    """A timer has no offset, nor has a command that was set apart until what had ended was read back."""
    return "no offset" if table.halted_at is None else f"at offset {table.halted_at}"
