"""Bounded concurrency that keeps the order of each key, and the offsets up to which everything is done."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

Job = Callable[[], None]
Partition = tuple[str, int]  # topic, partition


class KeyedExecutor:
    """A pool of threads in which jobs of one key run one after another."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="keyed")
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Job]] = {}
        self._failure: BaseException | None = None

    def submit(self, key: str, job: Job) -> None:
        """Run the job after all earlier ones of its key."""
        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is not None:
                waiting.append(job)
                return
            self._waiting[key] = deque()
        self._pool.submit(self._run, key, job)

    def check(self) -> None:
        """Raise what a job raised."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Wait for the jobs that run; those that wait are dropped."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, key: str, job: Job) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - kept, and raised in the main thread by check()
            self._failure = self._failure or error
            return  # its key stays closed: nothing may overtake it
        with self._lock:
            waiting = self._waiting[key]
            if not waiting:
                del self._waiting[key]
                return
            following = waiting.popleft()
        self._pool.submit(self._run, key, following)


class Offsets:
    """Which records are begun, which done, and what may be committed: all before the first that is not done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Partition, dict[int, bool]] = {}  # offset -> done, in the order of the log
        self._next: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}

    def begin(self, partition: Partition, offset: int) -> None:
        """A record was read."""
        with self._lock:
            self._open.setdefault(partition, {})[offset] = False

    def done(self, partition: Partition, offset: int) -> None:
        """All that a record asked for is done."""
        with self._lock:
            records = self._open[partition]
            records[offset] = True
            while records:
                first = next(iter(records))
                if not records[first]:
                    return
                del records[first]
                self._next[partition] = first + 1

    def under_way(self) -> tuple[int, int]:
        """How many records are not done, and how many cannot be committed: the first one holds up all behind it."""
        with self._lock:
            records = [done for each in self._open.values() for done in each.values()]
            return records.count(False), len(records)

    def to_commit(self) -> dict[Partition, int]:
        """New positions since the last time."""
        with self._lock:
            moved = {
                partition: offset
                for partition, offset in self._next.items()
                if self._committed.get(partition) != offset
            }
            self._committed.update(moved)
            return moved
