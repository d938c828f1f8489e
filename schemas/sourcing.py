"""Which stock a line takes and how many of it can be had: said once, for the cart, the stock view and the checkout.

The units of a SKU come whole from one place; the parts of a bundle may come from several (ops/decisions/0011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from schemas.locations import LOCATIONS
from schemas.prices.messages import Component

Taken = Mapping[str, int]  # by SKU of the stock: the units that one unit of a line takes


def taken_by(sku: str, components: Iterable[Component]) -> dict[str, int]:
    """The stock that one unit of a line takes: its parts, or itself."""
    taken: Counter[str] = Counter()
    for part in components:
        taken[part.sku] += part.quantity
    return dict(taken) or {sku: 1}


def needed(lines: Iterable[tuple[Taken, int]]) -> dict[str, int]:
    """What lines of these quantities take of each SKU's stock, by SKU.

    Lines that share stock (a vase, and a bundle with that vase in it) are summed: the last unit cannot be promised to
    two lines of one basket.
    """
    units: Counter[str] = Counter()
    for taken, quantity in lines:
        for sku, each in taken.items():
            units[sku] += each * quantity
    return {sku: units[sku] for sku in sorted(units)}


def most_at_one_location(available: Mapping[str, int]) -> int:
    """How many units of a SKU can be had at once, given what is available by location; a closed one gives none."""
    return max((units for location, units in available.items() if location in LOCATIONS), default=0)


def whole_ones(taken: Taken, most: Mapping[str, int]) -> int:
    """How many units of a line can be had, given how many of each SKU can be had at once."""
    return min(most.get(sku, 0) // each for sku, each in taken.items())
