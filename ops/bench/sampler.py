"""Sampler decisions arrive without taking part: the committed end of the events, and the CPU time of a process."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import psutil
from confluent_kafka import TopicPartition

from connectors.kafka.client import PARTITION_ENDS, consumer, records, topic_name
from ops.bench.machine import cpu_seconds
from process.settings import Settings
from schemas.topics import PARTITIONS

SAMPLE_SECONDS = 0.05
QUIET_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    at: float
    ends: tuple[int, ...]  # committed end of each partition; transaction markers count as well
    cpu_seconds: tuple[float, ...]  # of each process watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """From the first decision seen to the last one."""

    decisions: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.decisions / self.seconds

    @property
    def cpu_micros(self) -> float:
        return self.cpu_seconds / self.decisions * 1e6


class Sampler:
    """Samples the committed end of a room's events; asking for it costs the broker next to nothing."""

    def __init__(self, settings: Settings, processes: Sequence[int]) -> None:
        self._topic = topic_name(settings, "inventory.events")
        self._asker = consumer(settings, "bench-sampler")
        self._settings = settings
        self._processes = [psutil.Process(pid) for pid in processes]
        self._samples: list[Sample] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._asker.close()

    def wait(self, events: int, *, seconds_max: float) -> list[list[int]]:
        """Wait until so many events are committed; returns their offsets.

        Raises TimeoutError, ProcessLookupError when a process that is watched has ended, and ValueError when there
        are more events than that.
        """
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline:
            self._over.wait(SAMPLE_SECONDS)
            if any(process.status() == psutil.STATUS_ZOMBIE for process in self._processes):
                raise ProcessLookupError("the process that was to decide has ended: see its log")
            if self._quiet() and sum(self._samples[-1].ends) >= events:
                offsets = record_offsets(self._settings, self._topic, self._samples[-1].ends)
                found = sum(map(len, offsets))
                if found > events:
                    raise ValueError(f"{self._topic} has {found} events of {events} commands")
                if found == events:
                    return offsets
        last = self._samples[-1].ends if self._samples else ()
        raise TimeoutError(f"{self._topic} ends at {last} after {seconds_max} s; {events} events were expected")

    def _quiet(self) -> bool:
        kept = self._samples[-int(QUIET_SECONDS / SAMPLE_SECONDS) :]
        return bool(kept) and kept[-1].at - kept[0].at > QUIET_SECONDS / 2 and kept[0].ends == kept[-1].ends

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            ends = tuple(
                int(self._asker.get_watermark_offsets(TopicPartition(self._topic, number), 10)[1])
                for number in range(PARTITIONS)
            )
            cpu = tuple(map(cpu_seconds, self._processes))
            self._samples.append(Sample(at=time.monotonic(), ends=ends, cpu_seconds=cpu))

    def pace(self, offsets: list[list[int]], process: int) -> Pace:
        """From the first sample with a decision to the first with all, and this process's CPU time."""

        def seen(sample: Sample) -> int:
            return sum(bisect_left(each, end) for each, end in zip(offsets, sample.ends, strict=True))

        total = sum(map(len, offsets))
        first = next(sample for sample in self._samples if seen(sample) > 0)
        last = next(sample for sample in self._samples if seen(sample) == total)
        return Pace(
            decisions=total - seen(first),
            seconds=max(last.at - first.at, SAMPLE_SECONDS),
            cpu_seconds=last.cpu_seconds[process] - first.cpu_seconds[process],
        )


def record_offsets(settings: Settings, topic: str, ends: Sequence[int]) -> list[list[int]]:
    """Offsets of the committed records of each partition, before these ends."""
    reader = consumer(settings, "bench-offsets", **PARTITION_ENDS)
    try:
        return [[each.offset() for each in records(reader, topic, *place)] for place in enumerate(ends)]
    finally:
        reader.close()
