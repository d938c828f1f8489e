"""State topics are compacted by the limits that stand in the catalogue of topics: seen by what is left on disk."""

from __future__ import annotations

import os

from connectors.kafka.client import log_end, producer, topic_name
from connectors.kafka.log_identity import required
from process.settings import Settings
from schemas.inventory.messages import StockState
from schemas.topics import COMPACTION
from streams.inventory.room import INVENTORY
from streams.runtime.loading import load, skipped_records
from tests.runtime.simulated import CODEC
from tests.waiting import eventually

KEYS = 200
PLACE = 0
SEGMENTS = 3
PADDING_BYTES = 4_000  # so that few records fill a segment


def test_what_was_superseded_leaves_the_disk_and_what_stands_is_read_back(settings: Settings) -> None:
    """Before, nothing was compacted until a segment had 1 GB or was 7 days old."""
    topic = topic_name(settings, "inventory.state")
    written = SEGMENTS * int(COMPACTION["segment.bytes"]) // PADDING_BYTES
    out = producer(settings, **{"linger.ms": 20})
    for number in range(written):
        value = CODEC.encode(StockState(on_hand=number))
        headers = [("version", b"1"), ("padding", os.urandom(PADDING_BYTES))]
        out.produce(topic, value, f"sku-{number % KEYS}@warehouse", PLACE, headers=headers)
        out.poll(0)
    assert out.flush(60) == 0
    end = log_end(settings, topic, PLACE)
    assert end == written

    # The newest segment is never compacted; of all that is older, one record of each key may stay.
    newest_at_most = int(COMPACTION["segment.bytes"]) // PADDING_BYTES + 1
    eventually(lambda: skipped_records(settings, "reader", topic, PLACE, 0, end) <= newest_at_most + KEYS)
    table = load(settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
    assert {key: table.row(key).state.on_hand for key in table.rows} == {
        f"sku-{number % KEYS}@warehouse": number for number in range(written - KEYS, written)
    }
