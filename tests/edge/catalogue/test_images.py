"""What may be announced as an image, and what is shown of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from api.catalogue.images import NewImage
from api.catalogue.pictures import ImageResponse, PictureAddresses, StaffImageResponse
from schemas.catalogue.images import ImageFile, ImageRejection, ImageStatus, ProductImage, Rendition
from schemas.catalogue.rules import ALT_LENGTH_MAX, IMAGE_BYTES_MAX
from tests.cases import every
from tests.nowhere import NOWHERE

NEW: dict[str, Any] = {"content_type": "image/png", "size_bytes": 12, "sha256": "0a" * 32, "alt": "A vase"}
WRONG: list[dict[str, Any]] = [
    {"content_type": "image/svg+xml"},
    {"content_type": "text/html"},
    {"size_bytes": 0},
    {"size_bytes": IMAGE_BYTES_MAX + 1},
    {"size_bytes": "12"},
    {"sha256": "0A" * 32},
    {"sha256": "0a" * 31},
    {"alt": ""},
    {"alt": "x" * (ALT_LENGTH_MAX + 1)},
    {"skus": ["no sku"]},
    {"name": "vase.png"},
]


def test_an_image_is_announced_by_its_file() -> None:
    assert NewImage.model_validate(NEW).size_bytes == 12


@every("changed", WRONG)
def test_what_is_no_image_of_ours_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        NewImage.model_validate(NEW | changed)
    assert refused.value.errors()[0]["loc"][0] in changed


FILE = ImageFile(sha256="0a" * 32, content_type="image/png", size_bytes=12)
READY = ProductImage(
    image_id="one", file=FILE, alt="A vase", status=ImageStatus.READY, width=640, height=480,
    dominant_colour="#c0ffee",
    renditions=(Rendition(width=320, height=240, avif="images/a", webp="images/w", jpeg="images/j"),),
)  # fmt: skip
WAITS = ProductImage(image_id="two", file=FILE, alt="A vase")
REJECTED = ProductImage(
    image_id="three", file=FILE, alt="A vase", status=ImageStatus.REJECTED,
    rejection=ImageRejection.BROKEN, rejection_detail="cut off",
)  # fmt: skip
SETTINGS = replace(NOWHERE, s3="http://s3:9000", s3_public="https://objects.example.co.uk")


def test_shoppers_see_what_is_ready_with_the_address_of_every_file() -> None:
    [shown] = ImageResponse.of_ready((WAITS, READY, REJECTED), PictureAddresses(SETTINGS))
    assert (shown.id, shown.width, shown.dominant_colour) == ("one", 640, "#c0ffee")
    [rendition] = shown.renditions
    assert rendition.avif == "https://objects.example.co.uk/bloomfield-images/images/a"
    assert (rendition.width, rendition.height) == (320, 240)


def test_a_cdn_stands_before_the_bucket_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOOMFIELD_PICTURES", "https://cdn.example.co.uk")
    assert PictureAddresses(SETTINGS).url("images/a") == "https://cdn.example.co.uk/images/a"


def test_staff_see_why_an_image_is_not_shown() -> None:
    shown = StaffImageResponse.all_of(REJECTED, PictureAddresses(SETTINGS))
    assert (shown.status, shown.rejection, shown.rejection_detail) == ("rejected", "broken", "cut off")
