"""Every topic: those of each room, and three more. `bloomfield topics` creates and verifies them; nothing else does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.ended import EndedSegment, ParkedCommand
from schemas.outcomes import OutcomeSegment
from schemas.record import Record
from schemas.room import Room
from schemas.rooms import ROOMS
from schemas.searches import SearchFoundNothing

PARTITIONS_SETTING, PARTITIONS_MAX = "BLOOMFIELD_PARTITIONS", 1_000


def partitions_of(environment: Mapping[str, str]) -> int:
    """How many partitions `bloomfield topics create` gives each topic of a room, where there are none; 2 unless chosen.

    So many workers can share the decisions. From then on the number is read from the log itself
    (connectors/kafka/log_identity.py), never from here. Raises ValueError.
    """
    text = (environment.get(PARTITIONS_SETTING) or "2").strip()
    if not text.isdecimal() or not 1 <= int(text) <= PARTITIONS_MAX:
        raise ValueError(f"{PARTITIONS_SETTING} is {text!r}: it must be a number from 1 to {PARTITIONS_MAX}")
    return int(text)


PARTITIONS = partitions_of(os.environ)
REPLY_PARTITIONS = 8  # one for each edge process; more processes share
DAY_MS = 86_400_000
FOREVER = -1
# What a worker reads when it starts is bounded by these: without them nothing is compacted before 1 GB or 7 days.
COMPACTION = {
    "cleanup.policy": "compact",
    "segment.bytes": str(32 * 1024 * 1024),  # the newest segment is never compacted
    "segment.ms": str(30 * 60_000),
    "min.cleanable.dirty.ratio": "0.2",  # a fifth of it superseded
    "max.compaction.lag.ms": str(60 * 60_000),  # and in any case after so long
    "delete.retention.ms": str(DAY_MS),  # tombstones: longer than any reader of state takes from start to end
}
# A broker takes 1 MB in a batch. A dead letter is a command as it came, of up to that, and has more headers.
DEAD_LETTER_BYTES_MAX = 1_100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: what is on it, who writes it, how long it stays."""

    name: str
    key: str
    messages: tuple[type[Record], ...]
    writer: str
    partitions: int | None  # None: as many as the log says that the topics of rooms have
    retention_ms: int
    compacted: bool = False
    bytes_max: int | None = None  # of a batch; None: what the broker takes
    description: str = ""

    @property
    def config(self) -> dict[str, str]:
        """Broker settings of the topic. Times are the broker's: one clock orders commands and timers."""
        common = {"message.timestamp.type": "LogAppendTime", "compression.type": "producer"}
        if self.bytes_max is not None:
            common["max.message.bytes"] = str(self.bytes_max)
        if self.compacted:
            return common | COMPACTION
        return common | {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


REPLIES = Topic(
    name="edge.replies",
    key="command id",
    messages=tuple(room.state for room in ROOMS.values()),
    writer="the deciding agents",
    partitions=REPLY_PARTITIONS,
    retention_ms=600_000,
    description="Decisions, for the edge: the state after a command; the header `refusal` says why it was refused. "
    "Null: the command comes again, and its state is not remembered. The durable truth is the event.",
)

SEARCHES = Topic(
    name="edge.searches",
    key="the text in small letters",
    messages=(SearchFoundNothing,),
    writer="the edge",
    partitions=1,
    retention_ms=90 * DAY_MS,
    description="Searches that found nothing, for the data team. Some may be missing: no shopper waits for them.",
)

LOG = Topic(
    name="bloomfield.log",
    key="log id",
    messages=(),
    writer="ops",
    partitions=1,
    retention_ms=FOREVER,
    compacted=True,
    description="Which log this is, and how many partitions its rooms' topics have. JSON, one record for each id.",
)


def _topics_of(room: Room) -> tuple[Topic, ...]:
    agent = f"streams.{room.name}"
    ended = Topic(
        name=room.topic("ended"),
        key=room.key,
        messages=(room.state,),
        writer=agent,
        partitions=None,
        retention_ms=FOREVER,
        compacted=True,
        description="Last states of finished aggregates; kept for ever, read when a late command needs one.",
    )
    return (
        Topic(
            name=room.topic("commands"),
            key=room.key,
            messages=(*room.commands, *room.hears),
            writer="many",
            partitions=None,
            retention_ms=7 * DAY_MS,
            description="Commands, which may be refused, and answers of other rooms.",
        ),
        Topic(
            name=room.topic("events"),
            key=room.key,
            messages=room.events,
            writer=agent,
            partitions=None,
            retention_ms=FOREVER,
            description="Facts; never deleted by time.",
        ),
        Topic(
            name=room.topic("state"),
            key=room.key,
            messages=(
                room.state,
                *room.parts,
                OutcomeSegment,
                *((EndedSegment, ParkedCommand) if room.recalls else ()),
            ),
            writer=agent,
            partitions=None,
            retention_ms=FOREVER,
            compacted=True,
            description="The table's changelog, and what each command id led to. A part of a row has the row's key, a "
            "zero byte and its name; the engine's own records begin with a zero byte.",
        ),
        *((ended,) if room.recalls else ()),
        Topic(
            name=room.topic("dead-letters"),
            key=room.key,
            messages=(),
            writer=agent,
            partitions=None,
            retention_ms=30 * DAY_MS,
            bytes_max=DEAD_LETTER_BYTES_MAX,
            description="Commands that could not be understood, byte for byte.",
        ),
    )


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (*(each for room in ROOMS.values() for each in _topics_of(room)), REPLIES, SEARCHES, LOG)
}
