"""The limits of a promotion, and what codes look like."""

from __future__ import annotations

import re
import unicodedata

TITLE_LENGTH_MAX = 120
NAMES_MAX = 200  # SKUs or categories that a promotion names in one place
TIERS_MAX = 20
PARTS_MAX = 20  # of a bundle
UNITS_MAX = 9_999  # of a rule: buy, get, parts
PERCENTAGE_MAX = 1_000_000  # basis points; what is more than the target is lost, so 200 % is no mistake
PRIORITY_MAX = 1_000
LIMIT_MAX = 1_000_000_000
CODES_AT_ONCE_MAX = 1_000
CODES_MAX = 100_000  # of one promotion; each takes some 500 bytes of a worker's memory
RESERVATIONS_MAX = 100_000
CODES_PER_CART_MAX = 5
PROMOTIONS_PER_CHECKOUT_MAX = 20
CODE_PATTERN = r"^[A-Z0-9][A-Z0-9-]{2,31}$"
CODE_IN_WORDS = "3 to 32 letters, digits and hyphens; capitals and spaces do not matter"
_CODE, _SPACES = re.compile(CODE_PATTERN), re.compile(r"\s+")


def normalised(code: str) -> str:
    """The one form of a code, however it was typed: capitals, no spaces, full-width letters as plain ones."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", code)).upper()


def is_code(text: str) -> bool:
    """Whether a normalised text has the shape of a code."""
    return _CODE.fullmatch(text) is not None
