"""A small shop to demonstrate with: gifts, books and a child's coat, and baskets of the sizes that real ones have."""

from __future__ import annotations

import random
from dataclasses import dataclass

STANDARD, REDUCED, ZERO = 2000, 500, 0  # VAT rates in hundredths of a per cent (gov.uk/vat-rates)
UNITS = 400  # of every product, so that large baskets find enough

# Basket sizes in lines: a few large wholesale baskets, most of a handful, as an online gift shop sees them.
BASKET_LINES = (1, 1, 2, 2, 3, 4, 6, 9, 14, 22, 35, 60)


@dataclass(frozen=True, slots=True)
class Product:
    """Something on sale."""

    sku: str
    title: str
    pence: int
    vat_basis_points: int


_KINDS = (
    ("VASE", "stoneware vase", 1850, STANDARD),
    ("LANTERN", "metal lantern", 1295, STANDARD),
    ("MUG", "enamel mug", 795, STANDARD),
    ("CANDLE", "beeswax candle", 450, STANDARD),
    ("BOOK", "pocket field guide", 899, ZERO),
    ("COAT", "child's rain coat", 2400, ZERO),
    ("SEAT", "child car seat", 8900, REDUCED),
    ("TIN", "biscuit tin", 1150, STANDARD),
)
_COLOURS = ("white", "cream", "sage", "slate", "ochre", "rose", "navy", "moss")

CATALOGUE = tuple(
    Product(f"{kind}-{colour.upper()}", f"{title}, {colour}", pence + 10 * number, vat)
    for kind, title, pence, vat in _KINDS
    for number, colour in enumerate(_COLOURS)
)
SCARCE = Product("BELL-BRASS", "brass desk bell, the last two", 3300, STANDARD)


def baskets(seed: int) -> list[dict[str, int]]:
    """One basket per size, quantities mostly one and sometimes a dozen."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    return [
        {product.sku: chance.choice((1, 1, 1, 2, 2, 3, 6, 12)) for product in chance.sample(CATALOGUE, lines)}
        for lines in BASKET_LINES
    ]
