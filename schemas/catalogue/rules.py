"""The limits of a product, and what its ids and barcodes look like."""

from __future__ import annotations

import re
from typing import Literal, get_args

TITLE_LENGTH_MAX = 120
DESCRIPTION_LENGTH_MAX = 10_000
VARIANTS_MAX = 200
OPTIONS_MAX = 5
ATTRIBUTES_MAX = 50
CATEGORIES_MAX = 10
WEIGHT_GRAMS_MAX = 100_000
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
IMAGES_MAX = 20
IMAGE_BYTES_MAX = 20 * 1024 * 1024
IMAGE_PIXELS_MAX = 50_000_000  # more than a good camera has
IMAGE_SIDE_MIN = 160  # pixels; the smallest rendition
ALT_LENGTH_MAX = 250
ImageType = Literal["image/jpeg", "image/png", "image/webp", "image/avif"]
IMAGE_TYPES: tuple[str, ...] = get_args(ImageType)
SHA256_PATTERN = r"^[0-9a-f]{64}$"
EAN_PATTERN = r"^[0-9]{13}$"
_SLUG, _EAN, _SHA256 = (re.compile(each) for each in (SLUG_PATTERN, EAN_PATTERN, SHA256_PATTERN))


def is_slug(text: str) -> bool:
    """Whether a text may stand in the address of a page: small letters and digits, parted by single hyphens."""
    return len(text) <= 64 and _SLUG.fullmatch(text) is not None


def is_ean13(text: str) -> bool:
    """Whether a text is 13 digits, the last of which checks the others (GS1 General Specifications, 7.9)."""
    if not _EAN.fullmatch(text):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text))
    return weighted % 10 == 0


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 in small hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None


def image_id_of(sha256: str) -> str:
    """The id of the image with this file: 128 bits tell all files apart."""
    return sha256[:32]
