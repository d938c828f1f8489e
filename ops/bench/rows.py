"""State records as a worker leaves them behind, without a worker having decided anything."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Iterator

from confluent_kafka import Producer

from connectors.kafka.client import producer, topic_name
from process.settings import Settings
from schemas.codec import Codec
from schemas.envelope import Headers
from schemas.inventory.holds import Hold
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import StockState
from schemas.outcomes import Outcome, OutcomeSegment
from schemas.placing import partition_of
from schemas.room import address
from schemas.topics import PARTITIONS
from streams.runtime.rows import part_key, segment_key

PARTITION = 0
LOCATION = "warehouse"
HOLD_EVERY = 10  # one row in ten has a hold, and so a timer
IDS_PER_PAGE = 500
HOLD_MS = 900_000


def write_rows(settings: Settings, codec: Codec, count: int) -> None:
    """So many stock rows on one partition."""
    out = _producer(settings)
    ends = _now_ms() + HOLD_MS
    for number, key in enumerate(itertools.islice(_keys(), count)):
        held = number % HOLD_EVERY == 0
        row = StockState(on_hand=100, threshold=5, held=int(held), hold_count=int(held))
        headers: Headers = [("version", b"3"), *([("due", b"%d" % ends)] if held else [])]
        _put(out, settings, key.encode(), codec.encode(row), headers)
        if held:
            hold = Hold(quantity=1, expires_at=ends, answer_to=address("checkout", str(uuid.uuid4())))
            _put(out, settings, part_key(key, str(uuid.uuid4())), codec.encode(hold), [("version", b"3")])
    _flush(out)


def write_ids(settings: Settings, codec: Codec, count: int) -> None:
    """The segments of so many commands on one partition, none of which anybody waited for."""
    out = _producer(settings)
    for number in range(count // IDS_PER_PAGE):
        outcomes = tuple(Outcome(command_id=str(uuid.uuid4()), version=3) for _ in range(IDS_PER_PAGE))
        now = _now_ms()
        segment = OutcomeSegment(newest_at=now, outcomes=outcomes, issued_until=now)
        _put(out, settings, segment_key(number), codec.encode(segment), [("version", b"0")])
    _flush(out)


def _keys() -> Iterator[str]:
    keys = (stock_key(f"row-{number}", LOCATION) for number in itertools.count())
    return (key for key in keys if partition_of(key, PARTITIONS) == PARTITION)


def _producer(settings: Settings) -> Producer:
    return producer(settings, **{"linger.ms": 20, "queue.buffering.max.messages": 500_000})


def _put(out: Producer, settings: Settings, key: bytes, value: bytes, headers: Headers) -> None:
    out.produce(topic_name(settings, "inventory.state"), value, key, PARTITION, headers=headers)
    out.poll(0)


def _flush(out: Producer) -> None:
    if out.flush(60):
        raise TimeoutError("the broker did not take all records within 60 s")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
