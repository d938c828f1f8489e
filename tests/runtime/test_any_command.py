"""Whatever is sent, if it is well-formed: it is decided, or refused, or set aside. It never stops a partition."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.envelope import begin, derive_id
from schemas.placing import partition_of
from schemas.rooms import ROOM_OF
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table
from tests.runtime.any_command import commands
from tests.runtime.simulated import CODEC, IDENTITY, Logged
from tests.seeds import some

NOW = 1_790_000_000_000
RECORD_BYTES_MAX = 1_000_000  # what a producer and the broker take


@settings(deadline=None, max_examples=some(400), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(commands(), min_size=1, max_size=12))
def test_no_well_formed_command_stops_a_partition(commands: list[Any]) -> None:
    tables = {(name, p): Table(decider, CODEC, p) for name, decider in DECIDERS.items() for p in range(PARTITIONS)}
    deciding = Deciding(tables, CODEC, IDENTITY)
    for number, command in enumerate(commands):
        room = ROOM_OF[type(command)]
        key = room.key_of(command)
        envelope = begin(
            command_id=derive_id("any", str(number)), occurred_at=NOW, actor="guest", channel="web", reply_to=0
        )
        table = tables[room.name, partition_of(key, PARTITIONS)]
        fetched = Logged(table.position, NOW, key.encode(), CODEC.encode(command), envelope.headers())
        deciding.take(table, fetched)
        assert table.position == fetched.offset + 1
    written = deciding.finish(NOW)
    assert {place: table.halted for place, table in tables.items() if table.halted} == {}
    assert max(len(value or b"") for _, _, _, value, _ in written) < RECORD_BYTES_MAX
    assert not [key for topic, _, key, _, _ in written if topic.endswith(".events") and b"\0" in (key or b"")]
