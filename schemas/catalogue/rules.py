"""The limits of a product, and what its ids and barcodes look like."""

from __future__ import annotations

import re

TITLE_LENGTH_MAX = 120
DESCRIPTION_LENGTH_MAX = 10_000
VARIANTS_MAX = 200
OPTIONS_MAX = 5
ATTRIBUTES_MAX = 50
CATEGORIES_MAX = 10
WEIGHT_GRAMS_MAX = 100_000
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
EAN_PATTERN = r"^[0-9]{13}$"
_SLUG, _EAN = re.compile(SLUG_PATTERN), re.compile(EAN_PATTERN)


def is_slug(text: str) -> bool:
    """Whether a text may stand in the address of a page: small letters and digits, parted by single hyphens."""
    return len(text) <= 64 and _SLUG.fullmatch(text) is not None


def is_ean13(text: str) -> bool:
    """Whether a text is 13 digits, the last of which checks the others (GS1 General Specifications, 7.9)."""
    if not _EAN.fullmatch(text):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text))
    return weighted % 10 == 0
