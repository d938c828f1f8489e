"""A real worker with a fault: it ends by itself where it can no longer be relied on, and otherwise mends it.

Whoever supervises workers starts another in the place of one that ended.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from faust.tables.recovery import Recovery
from faust.transport.consumer import ThreadDelegateConsumer

from connectors.kafka.client import producer, topic_name
from connectors.kafka.log_identity import required
from process.settings import Settings
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from streams.runtime import engine, feed, fetching, loading
from streams.runtime.epoch import Epoch
from streams.runtime.loading import load
from streams.runtime.watchdog import EXIT_STATUS
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC
from tests.runtime.test_recall_on_kafka import send
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
LOST = "VASE@shop"


@contextmanager
def worker(settings: Settings, fault: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", __name__, settings.kafka, settings.topic_prefix, fault]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


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


def test_a_lost_fetch_is_fetched_again_while_other_partitions_are_busy(settings: Settings) -> None:
    """No later record of its partition comes to show the gap, and a shop that is open is never idle."""
    lost, busy = partition_of(LOST, PARTITIONS), 1 - partition_of(LOST, PARTITIONS)
    there = next(f"T{number}" for number in range(99) if partition_of(f"T{number}@shop", PARTITIONS) == lost)
    elsewhere = next(f"E{number}" for number in range(99) if partition_of(f"E{number}@shop", PARTITIONS) == busy)
    over = threading.Event()

    def trade() -> None:
        for count in itertools.count(1):
            send(settings, ReceiveStock(sku=elsewhere, location="shop", quantity=count))
            if over.wait(0.1):
                return

    with worker(settings, "a fetch is lost"), ThreadPoolExecutor(1) as pool:
        send(settings, ReceiveStock(sku=there, location="shop", quantity=1))
        eventually(lambda: decided(settings, LOST) == 1)
        trading = pool.submit(trade)
        try:
            send(settings, ReceiveStock(sku=LOST.split("@")[0], location="shop", quantity=1))
            eventually(lambda: decided(settings, LOST) > 1, seconds_max=PATIENCE_SECONDS)
        finally:
            over.set()
            trading.result(60)


def test_a_consumer_that_does_not_bring_what_waits_ends_its_worker(settings: Settings) -> None:
    send(settings, ReceiveStock(sku=LOST.split("@")[0], location="shop", quantity=1))
    with worker(settings, "a partition is not read") as process:
        assert "the consumer does not bring commands that wait" in last_words(process)
    assert decided(settings, LOST) == 0


def test_a_transaction_that_somebody_leaves_open_on_its_commands_does_not_end_a_worker(settings: Settings) -> None:
    """What lies behind it cannot be read by anybody: that is no fault of the consumer."""
    send(settings, ReceiveStock(sku=LOST.split("@")[0], location="shop", quantity=1))
    with worker(settings, "waits are short") as process:
        eventually(lambda: decided(settings, LOST) == 1)
        foreign = producer(settings, **{"transactional.id": f"{settings.topic_prefix}foreign"})
        foreign.init_transactions(30)
        foreign.begin_transaction()
        foreign.produce(topic_name(settings, "inventory.commands"), b"?", LOST, partition_of(LOST, PARTITIONS))
        assert foreign.flush(30) == 0
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(8)  # the harm itself: for longer than anything of this worker waits
        foreign.commit_transaction(30)
        eventually(lambda: decided(settings, LOST) > 1)  # set aside: it is no command
        assert process.poll() is None


def test_a_worker_that_is_stopped_leaves_its_group_at_once(settings: Settings) -> None:
    """A static member, too: else its partitions would wait until its session is over."""
    send(settings, ReceiveStock(sku=LOST.split("@")[0], location="shop", quantity=1))
    group = topic_name(settings, "deciders")
    admin = AdminClient({"bootstrap.servers": settings.kafka})

    def members() -> int:
        return len(admin.describe_consumer_groups([group])[group].result(30).members)

    with worker(settings, "none") as process:
        eventually(lambda: decided(settings, LOST) == 1)
        assert members() == 1
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert members() == 0


async def _never(*_: object, **__: object) -> None:
    await asyncio.Event().wait()


def _waits_are_short() -> None:
    loading.STILL_SECONDS_MAX = 1.0
    fetching.MISSED_BEATS_MAX = 4


def _rebalance_hangs() -> None:
    engine.STILL_SECONDS_MAX = 3.0
    Recovery._resume_streams = _never


def _epoch_does_not_stop() -> None:
    engine.STOP_SECONDS_MAX = 0.5
    Epoch.stop = _never  # type: ignore[method-assign]


def _log_is_cut_back() -> None:
    ThreadDelegateConsumer.highwater = lambda *_: 1


def _lose(*, fetches: int) -> None:
    whole, left = feed._BatchConsumer.getmany, iter(range(fetches))

    async def getmany(self: Any, timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        async for place, message in whole(self, timeout):
            if all(record.key != LOST.encode() for record in message.value[0]) or next(left, None) is None:
                yield place, message

    feed._BatchConsumer.getmany = getmany  # type: ignore[method-assign]


def _fetch_is_lost() -> None:
    _lose(fetches=1)


def _partition_is_not_read() -> None:
    fetching.MISSED_BEATS_MAX = 4
    _lose(fetches=1_000_000)


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "waits are short": _waits_are_short,
    "a fetch is lost": _fetch_is_lost,
    "a partition is not read": _partition_is_not_read,
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
