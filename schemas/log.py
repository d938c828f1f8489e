"""Which log this is: one record of the topic `bloomfield.log`. It is JSON, readable where there is no registry yet."""

from __future__ import annotations

import msgspec


class LogIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """An id of the log, under the key `id`, and how many partitions its rooms have."""

    id: str  # UUID
    partitions: int  # of every topic of a room
    cluster: str  # Kafka's id of the cluster that it was begun on
    begun_at: int  # UTC milliseconds
    after: str  # the log id before; empty: none
    reason: str
    copied_from: str = ""  # the log of another cluster whose records these are; empty: of none
