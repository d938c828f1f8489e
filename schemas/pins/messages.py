"""Pins: products that a search shows first, whatever its ranking says. Key: pin id."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.record import Record, doc
from schemas.room import Room, members

PinId = Annotated[str, an_id("Id of the pin.")]
Queries = Annotated[tuple[str, ...], doc("Searches that it is for, in small letters with single spaces.")]
Products = Annotated[tuple[str, ...], doc("Ids of the products that come first, in this order; none: the pin is off.")]
QUERIES_MAX, QUERY_LENGTH_MAX, PRODUCTS_MAX = 50, 200, 20


class PinRefusal(StrEnum):
    """Why a command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    QUERY_MALFORMED = "query_malformed"
    TOO_MANY = "too_many"  # queries or products
    NOT_DISTINCT = "not_distinct"  # a product is named twice


class SetPin(Record, kw_only=True):
    """Say which products come first for which searches from now on."""

    pin_id: PinId
    queries: Queries
    products: Products


class PinSet(Record, kw_only=True):
    """These products come first for these searches from now on."""

    pin_id: PinId
    queries: Queries
    products: Products


class PinRefused(Record, kw_only=True):
    """A command was refused and changed nothing."""

    pin_id: PinId
    command: Annotated[str, doc("Name of the refused command, e.g. `SetPin`.")]
    reason: Annotated[PinRefusal, doc("Why.")]


class PinState(Record, kw_only=True):
    """State: one pin."""

    pin_id: PinId = ""
    queries: Queries = ()
    products: Products = ()


def normalised(query: str) -> str:
    """A search as pins know it."""
    return " ".join(query.lower().split())


PinsCommand = SetPin
PinsEvent = PinSet | PinRefused

ROOM = Room(
    name="pins",
    key="pin id",
    key_fields=("pin_id",),
    commands=members(PinsCommand),
    events=members(PinsEvent),
    state=PinState,
)
