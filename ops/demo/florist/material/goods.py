"""What a thing on sale is, before it becomes a product of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# gov.uk, VAT Notice 701/38 (seeds and plants): plants, seeds and bulbs grown for food, culinary herbs among them, are
# zero-rated; ornamental ones and cut flowers are not. Notice 701/10: books are zero-rated, greetings cards are not.
STANDARD, ZERO = 2000, 0

Value = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a shopper chooses: its name, and its values with what each does to the price and the weight.

    A value is (text, word of the SKU, factor of the price, factor of the weight).
    """

    name: str
    values: tuple[tuple[str, str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProduct:
    """One thing on sale, with its options."""

    title: str
    text: str  # two to four sentences
    categories: tuple[str, ...]
    pence: int  # of the variant whose factors are 1
    grams: int  # of the same
    attributes: Mapping[str, Value] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    maker: str = ""
    vat: int = STANDARD


def colours(*names: str) -> Option:
    """A choice of colours at one price."""
    return Option(name="colour", values=tuple((name, name.replace(" ", "").upper(), 1, 1) for name in names))


def counted(name: str, unit: str, *counts: int, saving: float = 0.94) -> Option:
    """A choice of counts; each step up costs a little less apiece. The price is that of one."""
    values = []
    for place, count in enumerate(counts):
        noun = unit.removesuffix("s") if count == 1 else unit
        values.append((f"{count} {noun}", str(count), count * saving**place, float(count)))
    return Option(name=name, values=tuple(values))


def sizes(**factors: float) -> Option:
    """A choice of sizes, by what each costs and weighs beside the first."""
    return Option(
        name="size",
        values=tuple(
            (name.replace("_", " "), name.replace("_", "").upper(), factor, factor) for name, factor in factors.items()
        ),
    )


def pots(*centimetres: int) -> Option:
    """A choice of pot sizes: price and weight rise with the width."""
    first = centimetres[0]
    return Option(
        name="size",
        values=tuple((f"{wide} cm", str(wide), (wide / first) ** 1.7, (wide / first) ** 2.4) for wide in centimetres),
    )
