"""What a checkout needs of the stock, and what could not be had."""

from __future__ import annotations

from typing import Annotated

from schemas.record import Record, Sku, doc


class MissingLine(Record, kw_only=True):
    """A SKU that could not be had."""

    sku: Sku
    requested: Annotated[int, doc("Units asked for.")]
    available: Annotated[int, doc("The most that one location had.")]


class Demand(Record, kw_only=True):
    """What one SKU's stock must give, and how far that is. Lines that share stock are summed."""

    quantity: Annotated[int, doc("Units needed.")]
    location: Annotated[str, doc("Location that was asked last.")]
    held: Annotated[bool, doc("True: it holds them.")] = False
    committed: Annotated[bool, doc("True: they are sold.")] = False
    most_available: Annotated[int, doc("The most that a location which refused had.")] = 0
