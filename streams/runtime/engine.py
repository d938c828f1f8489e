"""One worker: Faust feeds it, an epoch per assignment decides and commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import faust
import structlog
from faust.types import TP

from connectors.kafka import topic_name
from connectors.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from streams.runtime import feed, metrics
from streams.runtime.decider import Decider
from streams.runtime.deciding import TablePlace
from streams.runtime.epoch import Epoch, Fence, NoMember, transactional_producers
from streams.runtime.fetching import Fetch
from streams.runtime.rows import Table
from streams.runtime.watchdog import BrokerWatch, Watchdog, exit_now

LOG = structlog.get_logger()

STOP_SECONDS_MAX = 25.0  # an append, a commit and an abort, each of which has a bound of its own
BEATS_TO_COME = 2  # after which commands that wait are sought, and again after so many more
MISSED_BEATS_MAX = 20
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
        self.deployment, self.group = deployment, topic_name(settings, deployment)
        self._alive_at = time.monotonic()
        self._epoch: Epoch | None = None
        self.app = feed.make_app(settings, self.group, slot)
        Watchdog(
            pause_seconds_max=feed.SESSION_SECONDS,
            silence_seconds_max=STILL_SECONDS_MAX,
            progress_at=self.progress_at,
        ).start()  # before the first call that needs the broker
        self._rooms = {topic_name(settings, decider.room.topic("commands")): name for name, decider in deciders.items()}
        self._producers = transactional_producers(settings, f"{deployment}-{slot}")
        BrokerWatch(settings.kafka).start()  # only now: until here the broker is waited for
        LOG.info("producers_ready", slot=slot)
        self._left: tuple[Fence, dict[TablePlace, Table]] | None = None  # of the epoch before
        self._missed: dict[TablePlace, tuple[int, int]] = {}  # at which position, for how many beats
        self._only_markers: dict[TablePlace, tuple[int, int]] = {}  # from where, to where
        self.app.on_partitions_revoked.connect(self._revoked)
        self.app.on_partitions_assigned.connect(self._assigned)
        self.app.on_before_shutdown.connect(self._shutdown)
        self.app.timer(1.0)(self._beat)
        for decider in self.deciders.values():
            self._add_agent(decider)

    def _add_agent(self, decider: Decider[Any, Any, Any]) -> None:
        async def agent(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._take(event)

        channel = feed.commands_channel(self.app, self.settings, decider.room.topic("commands"))
        self.app.agent(channel, name=f"streams.{decider.room.name}")(agent)

    async def _take(self, event: faust.EventT) -> None:
        message = event.message
        place = (message.topic, message.partition)
        self.app.handed_over.pop(place, None)
        doubtful = place in self.app.dropped
        self.app.dropped.discard(place)
        records, seeks = message.value
        epoch = self._epoch
        if epoch is not None:
            await epoch.accept(
                Fetch(
                    room=self._rooms[message.topic],
                    partition=message.partition,
                    generation=message.generation_id,
                    records=records,
                    doubtful=doubtful,
                    seeks=seeks,
                )
            )

    async def _assigned(self, _app: faust.App, assigned: set[Any], **_: Any) -> None:
        try:
            fence = feed.fence_of(self.app, self.group)  # now: after an await it may be another assignment's
            await self._end_epoch()
            if feed.fence_of(self.app, self.group) != fence:
                return  # partitions are being assigned anew
        except NoMember as error:
            LOG.warning("assignment_dropped", reason=str(error))
            return  # the group is joined again, and that assigns partitions anew
        self.app.handed_over.clear()  # what was fetched before is fetched again
        left, self._left = self._left, None
        places = {(self._rooms[place.topic], place.partition) for place in assigned if place.topic in self._rooms}
        if places:
            self._epoch = Epoch(
                self.settings,
                self.log,
                self.deciders,
                self.codec,
                fence,
                self.deployment,
                places,
                self._producers,
                self._failed,
                self._seek,
                kept=left[1] if left is not None and fence.follows(left[0]) else {},
                local=self.local,
            )
            self._epoch.start()

        LOG.info("partitions_assigned", partitions=len(places), generation=fence.generation, member=fence.member)

    async def _revoked(self, _app: faust.App, _places: set[Any], **_: Any) -> None:
        await self._end_epoch()

    async def _shutdown(self, _app: faust.App, **_: Any) -> None:
        epoch = self._epoch
        deadline = time.monotonic() + 5
        while epoch is not None and epoch.busy and time.monotonic() < deadline:
            await asyncio.sleep(0.02)  # what was taken is finished; what is cut off is decided by the next worker
        await self._end_epoch()

    async def _end_epoch(self) -> None:
        epoch, self._epoch = self._epoch, None
        if epoch is not None:
            stopping = asyncio.ensure_future(epoch.stop())
            await asyncio.wait({stopping}, timeout=STOP_SECONDS_MAX)
            if not stopping.done():
                exit_now("an epoch did not stop", generation=epoch.fence.generation)
            stopping.result()
            self._left = (epoch.fence, epoch.sound_tables())
            metrics.forget(epoch.places)
            LOG.info("epoch_ended", generation=epoch.fence.generation)

    async def _seek(self, topic: str, partition: int, offset: int) -> int:
        return await feed.seek(self.app, topic, partition, offset)

    @staticmethod
    def _failed(error: BaseException) -> None:
        exit_now("the epoch failed; nothing of its open transaction is kept", error=repr(error))

    async def _beat(self) -> None:
        self._alive_at = time.monotonic()
        epoch = self._epoch
        if epoch is not None:
            self._count_waiting(epoch)
        if epoch is not None and epoch.loaded:
            await self._look_for_lost_fetches(epoch)

    def _count_waiting(self, epoch: Epoch) -> None:
        for (room, partition), table in epoch.tables.items():
            topic = topic_name(self.settings, table.room.topic("commands"))
            end = self.app.consumer.highwater(TP(topic, partition)) or 0  # none before the first fetch
            if 0 < end < table.position:  # restored under us: what is read from its beginning would be skipped
                exit_now("the log ends before our position", topic=topic, end=end, position=table.position)
            metrics.WAITING.labels(room, partition).set(max(0, end - table.position))

    async def _look_for_lost_fetches(self, epoch: Epoch) -> None:
        """A fetch that never reached its agent leaves commands behind that nothing brings: the consumer is sent back.

        Also while other partitions are busy: in a shop that is open, one of them always is. A consumer that does not
        bring them all the same ends the process.
        """
        for place, table in list(epoch.tables.items()):
            commands = TP(topic_name(self.settings, table.room.topic("commands")), table.partition)
            position = await self.app.consumer.position(commands) or 0
            if self._epoch is not epoch:
                return  # its partitions were taken away while the consumer was asked
            ahead = max(position, feed.stable_end(self.app, *commands))
            only_markers = self._only_markers.get(place) == (table.position, ahead)
            on_its_way = epoch.full or epoch.fetching.in_hand(place)
            if on_its_way or table.halted or ahead <= table.position or only_markers:
                self._missed.pop(place, None)
                continue
            since, beats = self._missed.get(place, (-1, 0))
            beats = beats + 1 if since == table.position else 1
            self._missed[place] = (table.position, beats)
            if beats == 1:
                continue  # it may be between the consumer and us
            if not await epoch.fetching.lost(table, ahead):
                self._only_markers[place] = (table.position, ahead)
            elif beats > MISSED_BEATS_MAX:
                exit_now(
                    "the consumer does not bring commands that wait", topic=commands.topic, position=table.position
                )
            elif self._epoch is epoch and beats % BEATS_TO_COME == 0:
                await epoch.fetching.again(table)

    def progress_at(self) -> float:
        """When the worker last got on: its loop, its epoch, a rebalance, the agents that fetches are handed to."""
        since: float | None = self.app.rebalancing_since
        if since is not None:
            return min(self._alive_at, since)  # what was handed over is dropped
        epoch = self._epoch
        loading = epoch is not None and not epoch.loaded  # what is handed over waits for that
        times: list[float] = [self._alive_at, *([] if loading else list(self.app.handed_over.values()))]
        return min(times if epoch is None else [*times, epoch.progress_at])

    def not_ready(self) -> str | None:
        """Why this worker cannot decide now; None when it can."""
        epoch = self._epoch
        if epoch is None:
            return "no partitions are assigned"
        if not epoch.loaded:
            done, of = (sum(getattr(each, name) for each in epoch.loading.values()) for name in ("done", "of"))
            return f"loaded {len(epoch.tables)} of {len(epoch.places)} partitions, {done} of {of} records"
        return (
            "; ".join(
                f"halted {room}/{number} {_where(table)}: {table.halted}"
                for (room, number), table in epoch.tables.items()
                if table.halted
            )
            or None
        )

    def run(self) -> None:
        """Serve until told to stop (SIGTERM). Exits the process."""
        faust.Worker(
            self.app, loglevel="WARN", override_logging=False, redirect_stdouts=False
        ).execute_from_commandline()


def _where(table: Table) -> str:
    return "by a timer or a command that waited" if table.halted_at is None else f"at offset {table.halted_at}"
