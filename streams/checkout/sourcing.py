"""Which stock a cart needs, and in which order locations are asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.cart.messages import CartLine
from schemas.locations import LOCATIONS
from schemas.orders.messages import Allocation
from schemas.prices.messages import Price
from schemas.sourcing import needed, taken_by


def next_location(refused: str) -> str | None:
    """The location to ask after this one refused; None when it was the last."""
    if refused not in LOCATIONS:
        return None  # Closed since it was asked.
    later = LOCATIONS[LOCATIONS.index(refused) + 1 :]
    return later[0] if later else None


def demands(lines: Iterable[CartLine], prices: Mapping[str, Price]) -> tuple[Allocation, ...]:
    """What each SKU's stock must give, by SKU: one hold per stock row, asked of the first location first."""
    units = needed((taken_by(line.sku, prices[line.sku].components), line.quantity) for line in lines)
    return tuple(Allocation(sku=sku, location=LOCATIONS[0], quantity=units[sku]) for sku in units)
