"""What the engine keeps of aggregates that ended and left their state topic: who they are, and commands that wait."""

from __future__ import annotations

from typing import Annotated

from schemas.envelope import Envelope
from schemas.record import Record, doc


class EndedSegment(Record, kw_only=True):
    """Aggregates of one partition that ended in one transaction: their last states are on `<room>.ended`."""

    fingerprints: Annotated[
        bytes, doc("BLAKE2b of 8 bytes (RFC 7693) of the UTF-8 text of each key, one behind the other.")
    ]


class ParkedCommand(Record, kw_only=True):
    """A command for an aggregate that ended: it waits until the last state is read back from `<room>.ended`."""

    key: Annotated[str, doc("The aggregate.")]
    command: Annotated[bytes, doc("The command, in wire format.")]
    envelope: Annotated[Envelope, doc("Who issued it, when, and because of what.")]
