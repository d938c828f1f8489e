"""Pictures of a product: uploaded by staff, verified and rendered by the S3 connector.

An image is known by its file: its id is the first half of the file's SHA-256. The same file again is the same image.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.record import Record, Sku, doc

ImageId = Annotated[str, an_id("Id of the image: the first half of its file's SHA-256, 32 hexadecimal digits.")]
Alt = Annotated[str, doc("What it shows, for those who do not see it.")]
Shows = Annotated[tuple[Sku, ...], doc("SKUs of the variants that it shows; none: it is of all.")]


class ImageStatus(StrEnum):
    """How far an image is. Shoppers see those that are ready."""

    UNKNOWN = "unknown"
    AWAITING_UPLOAD = "awaiting_upload"
    UPLOADED = "uploaded"  # it is being verified and rendered
    READY = "ready"
    REJECTED = "rejected"


class ImageRejection(StrEnum):
    """Why a file does not become an image, by descending precedence."""

    UNKNOWN = "unknown"
    NOT_UPLOADED = "not_uploaded"
    FILE_DIFFERS = "file_differs"  # not of the size or the SHA-256 that was announced
    NOT_AN_IMAGE = "not_an_image"
    TYPE_DIFFERS = "type_differs"  # an image, but not of the type that was announced
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    ANIMATED = "animated"
    BROKEN = "broken"  # it begins like an image and cannot be read to its end


class Rendition(Record, kw_only=True):
    """The image in one size, in three formats; each is the key of an object that never changes."""

    width: Annotated[int, doc("In pixels.")]
    height: Annotated[int, doc("In pixels.")]
    avif: Annotated[str, doc("Key of the AVIF file.")]
    webp: Annotated[str, doc("Key of the WebP file.")]
    jpeg: Annotated[str, doc("Key of the JPEG file.")]


Renditions = Annotated[tuple[Rendition, ...], doc("By width, the smallest first.")]
Width = Annotated[int, doc("Of the original, upright, in pixels; 0: not known yet.")]
Height = Annotated[int, doc("Of the original, upright, in pixels; 0: not known yet.")]
Colour = Annotated[str, doc("Its most frequent colour, e.g. `#c0ffee`; empty: not known yet.")]
Detail = Annotated[str, doc("What was found, for people.")]


class ImageFile(Record, kw_only=True):
    """A file as it is announced before it is uploaded."""

    sha256: Annotated[str, doc("Its SHA-256, 64 hexadecimal digits.")]
    content_type: Annotated[str, doc("Its media type, e.g. `image/jpeg`.")]
    size_bytes: Annotated[int, doc("Its size.")]


class ProductImage(Record, kw_only=True):
    """One image of a product."""

    image_id: ImageId
    file: Annotated[ImageFile, doc("What was, or will be, uploaded.")]
    alt: Alt
    skus: Shows = ()
    status: Annotated[ImageStatus, doc("How far it is.")] = ImageStatus.AWAITING_UPLOAD
    rejection: Annotated[ImageRejection | None, doc("Why it was rejected; null: it was not.")] = None
    rejection_detail: Detail = ""
    width: Width = 0
    height: Height = 0
    dominant_colour: Colour = ""
    renditions: Renditions = ()


class ImagePlace(Record, kw_only=True):
    """What staff say of an image that is there; its place in the list is its place on the page."""

    image_id: ImageId
    alt: Alt
    skus: Shows = ()
