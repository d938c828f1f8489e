"""A real worker ends by itself where it can no longer be relied on; whoever supervises it starts another."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faust.tables.recovery import Recovery
from faust.transport.consumer import ThreadDelegateConsumer

from connectors.log_identity import required
from connectors.settings import Settings
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from streams.runtime import engine
from streams.runtime.epoch import Epoch
from streams.runtime.loading import load
from streams.runtime.watchdog import EXIT_STATUS
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC
from tests.runtime.test_recall_on_kafka import send
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


@contextmanager
def worker(settings: Settings, fault: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", __name__, settings.kafka, settings.topic_prefix, fault]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def last_words(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == EXIT_STATUS, said
    return said


def decided(settings: Settings, key: str) -> int:
    place = partition_of(key, PARTITIONS)
    return load(settings, required(settings), "deciders", DECIDERS["inventory"], CODEC, place).position


def test_a_rebalance_that_does_not_end_is_noticed(settings: Settings) -> None:
    with worker(settings, "the rebalance hangs") as process:
        assert "no progress" in last_words(process)


def test_an_epoch_that_does_not_stop_is_not_waited_for(settings: Settings) -> None:
    send(settings, ReceiveStock(sku="VASE", location="shop", quantity=1))
    with worker(settings, "the epoch does not stop") as process:
        eventually(lambda: decided(settings, "VASE@shop"))
        process.send_signal(signal.SIGTERM)
        assert "an epoch did not stop" in last_words(process)


def test_a_log_that_is_cut_back_under_a_worker_ends_it(settings: Settings) -> None:
    """What comes into a restored one would be skipped in silence, up to the position in the one before."""
    send(settings, *(ReceiveStock(sku="VASE", location="shop", quantity=1 + count) for count in range(5)))
    with worker(settings, "the log is cut back") as process:
        assert "the log ends before our position" in last_words(process)
    assert decided(settings, "VASE@shop") == 5


async def _never(*_: object, **__: object) -> None:
    await asyncio.Event().wait()


def _rebalance_hangs() -> None:
    engine.STILL_SECONDS_MAX = 3.0
    Recovery._resume_streams = _never


def _epoch_does_not_stop() -> None:
    engine.STOP_SECONDS_MAX = 0.5
    Epoch.stop = _never  # type: ignore[method-assign]


def _log_is_cut_back() -> None:
    ThreadDelegateConsumer.highwater = lambda *_: 1


FAULTS: dict[str, Callable[[], None]] = {
    "the log is cut back": _log_is_cut_back,
    "the rebalance hangs": _rebalance_hangs,
    "the epoch does not stop": _epoch_does_not_stop,
}

if __name__ == "__main__":
    kafka, prefix, fault = sys.argv[1:]
    sys.argv[1:] = []
    FAULTS[fault]()
    own = settings_of(kafka, prefix)
    engine.Engine(own, required(own), DECIDERS, CODEC, deployment="deciders", slot="0").run()
