"""All rooms over the model of Kafka: the engine decides and commits, workers die, the provider hears what is committed.

Takes the place of tests/rooms.py in tests/shop.py, so that the same shop is run through the real engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from schemas.envelope import begin, derive_id
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOM_OF, ROOMS
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from tests.fake_provider import FakeProvider
from tests.rooms import START
from tests.runtime.simulated import CODEC, Log, Worker

ROUNDS_MAX = 20_000


class LoggedRooms:
    """The rooms of a shop: commands in, events out, decided by the real engine with crashes between."""

    def __init__(
        self, seed: int, provider: FakeProvider, *, local: bool, crash: float = 0.0, repeat: float = 0.0
    ) -> None:
        self.random = Random(seed)
        self.log = Log(now=START)
        self.local, self.crash, self.repeat = local, crash, repeat
        self.events: list[Record] = []
        self._provider = provider
        self._worker = Worker(self.log, DECIDERS, local=local)
        self._heard = {(room, partition): 0 for room in ROOMS for partition in range(PARTITIONS)}
        self._deeds: list[tuple[str, Callable[[], Iterable[Record]]]] = []
        self._commands = 0

    @property
    def states(self) -> dict[tuple[str, str], Any]:
        """Every row, as the worker has it."""
        return {
            (room, key): table.row(key).state for (room, _), table in self._worker.tables.items() for key in table.rows
        }

    def state(self, room: str, key: str) -> Any:
        """The row of a key."""
        return self.states.get((room, key), DECIDERS[room].initial)

    def send(self, *commands: Record) -> None:
        """Somebody outside commands something, now."""
        for command in commands:
            self._commands += 1
            self._post(command, derive_id("outside", self._commands))

    def _post(self, command: Record, command_id: str) -> None:
        room = ROOM_OF[type(command)]
        key = room.key_of(command)
        envelope = begin(command_id=command_id, occurred_at=self.log.now, actor="guest", channel="web")
        record = (room.topic("commands"), partition_of(key, PARTITIONS), key.encode(), CODEC.encode(command))
        self.log.append(*record, envelope.headers())
        if self.random.random() < self.repeat:  # a producer that got no answer sends again
            self.log.append(*record, envelope.headers())

    def run(self, *, patience_ms: int = 0) -> None:
        """Decide, commit, crash and let the provider act until all is quiet and patience is at its end."""
        until = self.log.now + patience_ms
        for _ in range(ROUNDS_MAX):
            if self._round():
                continue
            due = min((due for table in self._worker.tables.values() if (due := table.next_timer_at())), default=None)
            if due is None or due > until:
                self.log.now = max(self.log.now, until)
                return
            self.log.now = max(self.log.now, due)
        raise AssertionError("the rooms never come to rest")

    def _round(self) -> bool:
        self.log.now += self.random.randrange(5)
        self._worker.decide(self.random.randrange(1, 8))
        moved = self._worker.open is not None
        if moved and self.random.random() < self.crash:
            self._worker = Worker(self.log, DECIDERS, local=self.local)  # died before the commit
            return True
        assert self._worker.commit(), "the only worker was refused"
        if self.random.random() < self.crash:
            self._worker = Worker(self.log, DECIDERS, local=self.local)  # died after it
        self._listen()
        if self._deeds and (not moved or self.random.random() < 0.3):
            name, deed = self._deeds.pop(self.random.randrange(len(self._deeds)))
            for number, command in enumerate(deed()):
                self._post(command, derive_id(name, f"outcome/{number}"))
            return True
        return moved

    def _listen(self) -> None:
        for (room, partition), heard in self._heard.items():
            records = self.log.topics.get((f"{room}.events", partition), [])
            for record in records[heard:]:
                event = CODEC.decode(record.value)
                self.events.append(event)
                event_id = dict(record.headers)["event-id"].decode()
                self._deeds.extend((f"{event_id}/{n}", deed) for n, deed in enumerate(self._provider.hear(event)))
            self._heard[(room, partition)] = len(records)
