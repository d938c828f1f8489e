"""What the engine remembers of the commands it decided: segments of outcomes on each room's state topic."""

from __future__ import annotations

from typing import Annotated

from schemas.record import Millis, Record, doc


class Outcome(Record, kw_only=True):
    """One command id was decided."""

    command_id: Annotated[str, doc("The command.")]
    version: Annotated[int, doc("Event sequence of its aggregate after the decision.")]
    refusal: Annotated[str, doc("Why it was refused, e.g. `cart_closed`; empty when it was not.")] = ""
    reply: Annotated[
        bytes, doc("The state that it was replied, in wire format; empty when nobody waited for it, or it was long.")
    ] = b""


class OutcomeSegment(Record, kw_only=True):
    """Command ids that one transaction decided on one partition."""

    newest_at: Annotated[Millis, doc("When they were decided, in UTC milliseconds: their age counts from it.")]
    outcomes: Annotated[tuple[Outcome, ...], doc("One per command.")]
    low_watermark: Annotated[Millis, doc("Ids of commands up to this time may be forgotten. 0: none are.")] = 0
    issued_until: Annotated[
        Millis,
        doc("The latest time at which one of them was issued: the low_watermark, once this segment is forgotten."),
    ]
