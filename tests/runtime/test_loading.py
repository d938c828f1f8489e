"""Reading a partition back from a real broker, at the moments where it would be easy to read too little."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from connectors.kafka.client import log_end, producer, topic_name
from connectors.kafka.log_identity import required
from process.settings import Settings
from schemas.codec import FRAME_BYTES, DecodeError
from schemas.inventory.messages import ReceiveStock, StockState
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from streams.runtime.loading import load, skipped_records
from tests.runtime.simulated import CODEC

KEY = "VASE@warehouse"
PLACE = partition_of(KEY, PARTITIONS)


def worker_like(settings: Settings, name: str) -> Producer:
    made = producer(
        settings, **{"transactional.id": f"{settings.topic_prefix}{name}", "transaction.timeout.ms": 10_000}
    )
    made.init_transactions(30)
    return made


def write_row(settings: Settings, out: Producer, on_hand: int) -> None:
    topic = topic_name(settings, "inventory.state")
    value = CODEC.encode(StockState(on_hand=on_hand))
    out.produce(topic, value, KEY, PLACE, headers=[("version", b"1"), ("due", b"77")])


def loaded(settings: Settings) -> Stock:
    table = load(settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
    state: Stock = table.row(KEY).state
    return state


def test_a_row_and_a_position_are_read_back_as_they_were_committed(settings: Settings, member: Consumer) -> None:
    out = worker_like(settings, "w")
    out.begin_transaction()
    write_row(settings, out, 47)
    commands = topic_name(settings, "inventory.commands")
    out.send_offsets_to_transaction(
        [TopicPartition(commands, PLACE, 9, metadata=required(settings).id)], member.consumer_group_metadata(), 10
    )
    out.commit_transaction(10)
    table = load(settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
    assert (table.position, table.row(KEY).state, table.row(KEY).version) == (9, Stock(on_hand=47), 1)
    assert table.next_timer_at() == 77


def test_loading_waits_for_a_transaction_that_is_still_open_on_the_rows(settings: Settings, member: Consumer) -> None:
    """A dead worker's transaction may yet be committed: its rows lie behind the last stable offset."""
    out = worker_like(settings, "w")
    out.begin_transaction()
    write_row(settings, out, 47)
    out.flush(10)
    with ThreadPoolExecutor(1) as pool:
        state = pool.submit(loaded, settings)
        end = log_end(settings, topic_name(settings, "inventory.state"), PLACE)
        assert end == 1, "the log end counts records of open transactions"
        assert not state.done()
        out.commit_transaction(10)
        assert state.result(30) == Stock(on_hand=47)


def test_loading_waits_until_a_pending_position_is_settled(settings: Settings, member: Consumer) -> None:
    out = worker_like(settings, "w")
    commands = topic_name(settings, "inventory.commands")
    out.begin_transaction()
    write_row(settings, out, 5)
    out.flush(10)
    out.send_offsets_to_transaction(
        [TopicPartition(commands, PLACE, 3, metadata=required(settings).id)], member.consumer_group_metadata(), 10
    )
    with ThreadPoolExecutor(1) as pool:
        table = pool.submit(load, settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
        assert log_end(settings, topic_name(settings, "inventory.state"), PLACE) == 1  # a round trip to the broker
        assert not table.done()
        out.commit_transaction(10)
        found = table.result(30)
    assert (found.position, found.row(KEY).state) == (3, Stock(on_hand=5))


def test_wall_clock_timers_wait_for_the_last_command_that_is_there(settings: Settings) -> None:
    out = producer(settings)
    commands = topic_name(settings, "inventory.commands")
    for _ in range(3):
        out.produce(commands, CODEC.encode(ReceiveStock(sku="VASE", location="warehouse", quantity=1)), KEY, PLACE)
    out.flush(10)
    table = load(settings, required(settings), "deciders", INVENTORY, CODEC, PLACE)
    assert (table.position, table.caught_up_at) == (0, 3)


def test_offsets_of_transaction_markers_are_not_records(settings: Settings) -> None:
    out = worker_like(settings, "w")
    topic = topic_name(settings, "inventory.commands")
    for commit in (True, False, True):
        out.begin_transaction()
        out.produce(topic, b"x", KEY, PLACE)
        out.flush(10)
        out.commit_transaction(10) if commit else out.abort_transaction(10)
    assert skipped_records(settings, "deciders", topic, PLACE, 0, 6) == 2
    assert skipped_records(settings, "deciders", topic, PLACE, 1, 4) == 0


def test_a_row_of_a_newer_writer_is_looked_up_while_loading_and_not_in_a_decision(
    settings: Settings, registry: str
) -> None:
    newer = b"\0" + (2**31 - 1).to_bytes(4, "big") + CODEC.encode(StockState(on_hand=47))[FRAME_BYTES:]
    out = producer(settings)
    out.produce(topic_name(settings, "inventory.state"), newer, KEY, PLACE, headers=[("version", b"1")])
    assert out.flush(10) == 0
    with pytest.raises(DecodeError, match="not in the registry"):
        load(replace(settings, registry=registry), required(settings), "deciders", INVENTORY, CODEC, PLACE)
