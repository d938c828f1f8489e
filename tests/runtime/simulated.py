"""A model of what Kafka promises a deciding worker, small enough to run thousands of schedules a minute.

One partition of every room. A transaction's records and position appear together or not at all, and
only for the generation that the group has now. The tables, the decisions and the books they close are
the worker's own code (streams/runtime/deciding.py, rows.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from schemas.codec import Codec
from schemas.envelope import Headers
from schemas.log import LogIdentity
from schemas.rooms import MESSAGES
from schemas.topics import PARTITIONS
from streams.runtime.decider import Decider
from streams.runtime.deciding import Deciding
from streams.runtime.records import Output
from streams.runtime.rows import Row, Table

CODEC = Codec.offline(MESSAGES)
IDENTITY = LogIdentity(
    id="0a1b2c3d-0000-4000-8000-000000000001",
    partitions=PARTITIONS,
    cluster="none",
    begun_at=0,
    after="",
    reason="test",
)


@dataclass(frozen=True, slots=True)
class Logged:
    """A committed record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass
class SentBack:
    """A consumer that fetches nothing: where it was sent."""

    seeks: list[tuple[str, int, int]] = field(default_factory=list)

    async def seek(self, topic: str, partition: int, offset: int) -> int:
        self.seeks.append((topic, partition, offset))
        return len(self.seeks)

    async def position(self, topic: str, partition: int) -> int:
        return next((offset for *place, offset in reversed(self.seeks) if place == [topic, partition]), 0)

    def stable_end(self, topic: str, partition: int) -> int:
        return 0


@dataclass(slots=True)
class Log:
    """The broker: topics, positions, the generation that may commit, and the clock that stamps records."""

    topics: dict[tuple[str, int], list[Logged]] = field(default_factory=dict)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    generation: int = 0
    now: int = 1_000_000
    _offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    def append(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        place = (topic, partition)
        offset = self._offsets.get(place, 0)
        self._offsets[place] = offset + 1
        self.topics.setdefault(place, []).append(Logged(offset, self.now, key, value, headers))

    def commit(self, generation: int, outputs: list[Output], positions: dict[tuple[str, int], int]) -> bool:
        """False: refused, nothing happened."""
        if generation != self.generation:
            return False
        for output in outputs:
            self.append(*output)
        for place in positions:  # the transaction's marker takes an offset too
            self._offsets[(f"{place[0]}.state", place[1])] = self._offsets.get((f"{place[0]}.state", place[1]), 0) + 1
        self.positions.update(positions)
        return True

    def compact(self, topic: str) -> None:
        """Keep the newest record of each key, as the broker's cleaner does some time or other."""
        for place, records in self.topics.items():
            if place[0] == topic:
                newest = {record.key: record.offset for record in records}
                self.topics[place] = [record for record in records if newest[record.key] == record.offset]

    def end(self, topic: str, partition: int) -> int:
        return self._offsets.get((topic, partition), 0)


class Worker:
    """A worker that has been assigned every partition, under one generation."""

    def __init__(self, log: Log, deciders: dict[str, Decider[Any, Any, Any]], *, local: bool) -> None:
        log.generation += 1
        self.log, self.generation, self.local = log, log.generation, local
        self.tables = {
            (name, partition): self._load(decider, partition)
            for name, decider in deciders.items()
            for partition in range(PARTITIONS)
        }
        self.open: tuple[list[Output], dict[tuple[str, int], int]] | None = None

    def _load(self, decider: Decider[Any, Any, Any], partition: int) -> Table:
        table = Table(decider, CODEC, partition)
        table.position = self.log.positions.get((decider.room.name, partition), 0)
        for record in self.log.topics.get((decider.room.topic("state"), partition), ()):
            headers = dict(record.headers)
            due = headers.get("due")
            assert record.key is not None
            table.restore(record.key, record.value, int(headers["version"]), None if due is None else int(due))
        table.restored()
        table.caught_up_at = self.log.end(decider.room.topic("commands"), partition)
        return table

    def decide(self, batch_max: int, *, answered: Callable[[], bool] = lambda: True) -> None:
        """Take what waits, decide it, and leave the transaction open.

        `answered`: whether the look for a finished aggregate for which commands wait is over; it begins in an instant.
        """
        assert self.open is None
        deciding = Deciding(self.tables, CODEC, IDENTITY, local=self.local)
        for table in self.tables.values():
            for key in table.parked.keys:  # nothing is open: their commands were parked in committed transactions
                if answered():
                    deciding.recall(table, key, self._find(table, key))
        for (room, partition), table in self.tables.items():
            waiting = [
                record
                for record in self.log.topics.get((f"{room}.commands", partition), ())
                if record.offset >= table.position
            ]
            for record in waiting[:batch_max]:
                deciding.take(table, record)
        for table in self.tables.values():
            if table.position >= table.caught_up_at:
                deciding.fire_timers(table, self.log.now)
        for table in self.tables.values():
            assert not table.halted, f"{table.halted}: {table.bug!r}"
        if deciding.positions:
            self.open = (deciding.finish(self.log.now), dict(deciding.positions))

    def _find(self, table: Table, key: str) -> Row | None:
        """As streams/runtime/recall.py does."""
        for record in reversed(self.log.topics.get((table.room.topic("ended"), table.partition), [])):
            if record.key == key.encode():
                return Row(state=CODEC.decode(record.value), version=int(dict(record.headers)["version"]))
        return None

    def commit(self) -> bool:
        """Commit the open transaction. False: refused; this worker is a zombie and must be dropped."""
        if self.open is None:
            return True
        outputs, positions = self.open
        self.open = None
        return self.log.commit(self.generation, outputs, positions)


STEPS = {"feed": 8, "decide": 10, "commit": 10, "crash": 2, "pause": 2, "wake_zombies": 4, "compact": 1, "lose": 0.3}


class Schedule:
    """Crash, fence, wake zombies, repeat, compact and lose positions at random; then come to rest.

    `feed(log, random)` appends commands, some of them repeated.
    """

    def __init__(self, seed: int, log: Log, deciders: dict[str, Decider[Any, Any, Any]], feed: Any) -> None:
        self.random, self.log, self.deciders, self._feed = Random(seed), log, deciders, feed
        self.worker = self._replace()
        self._zombies: list[Worker] = []

    def run(self, steps: int) -> None:
        """Some steps at random, then quiet."""
        for _ in range(steps):
            self.log.now += self.random.randrange(0, 2_000)
            [step] = self.random.choices(list(STEPS), list(STEPS.values()))
            getattr(self, step)()
        assert self.worker.commit()
        self.log.now += 60_000  # every hold expires
        self.worker.decide(1_000)
        while self.worker.open is not None:
            assert self.worker.commit()
            self.worker.decide(1_000)

    def _replace(self) -> Worker:
        return Worker(self.log, self.deciders, local=True)

    def feed(self) -> None:
        self._feed(self.log, self.random)

    def decide(self) -> None:
        if self.worker.open is None:
            self.worker.decide(self.random.randrange(1, 6))

    def commit(self) -> None:
        assert self.worker.commit(), "the worker of the newest generation was refused"

    def crash(self) -> None:
        """SIGKILL: the open transaction is never committed."""
        self.worker = self._replace()

    def pause(self) -> None:
        """SIGSTOP beyond the session: another worker takes over, this one wakes up later."""
        self._zombies.append(self.worker)
        self.worker = self._replace()

    def wake_zombies(self) -> None:
        for zombie in self._zombies:
            if zombie.open is None:
                zombie.decide(3)
            assert zombie.open is None or not zombie.commit(), "a fenced worker committed"
        self._zombies = []

    def compact(self) -> None:
        for name in self.deciders:
            self.log.compact(f"{name}.state")
            self.log.compact(f"{name}.ended")

    def lose(self) -> None:
        """An operator resets the group: every command is read again."""
        self.log.positions.clear()
        self.worker = self._replace()
