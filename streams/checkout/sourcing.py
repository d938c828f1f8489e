"""Which stock a cart needs, and in which order locations are asked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from schemas.cart.messages import CartLine
from schemas.checkout.messages import PricedLine
from schemas.locations import LOCATIONS
from schemas.orders.messages import Allocation


def next_location(refused: str) -> str | None:
    """The location to ask after this one refused; None when it was the last."""
    if refused not in LOCATIONS:
        return None  # Closed since it was asked.
    later = LOCATIONS[LOCATIONS.index(refused) + 1 :]
    return later[0] if later else None


def demands(lines: Iterable[CartLine], prices: Mapping[str, PricedLine]) -> tuple[Allocation, ...]:
    """What each SKU's stock must give, by SKU.

    Lines that share stock (a vase, and a bundle with that vase in it) are summed: one hold per stock row,
    so that the last unit cannot be promised to two lines of one basket.
    """
    units: Counter[str] = Counter()
    for line in lines:
        parts = prices[line.sku].components
        for part in parts:
            units[part.sku] += part.quantity * line.quantity
        if not parts:
            units[line.sku] += line.quantity
    return tuple(Allocation(sku=sku, location=LOCATIONS[0], quantity=units[sku]) for sku in sorted(units))
