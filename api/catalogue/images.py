"""Images of a product: announced by staff, uploaded past us to the object store, put in order."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta
from pydantic import Field, StringConstraints

from api.catalogue.pictures import PictureAddresses, StaffImageResponse
from api.catalogue.requests import SlugPath
from api.catalogue.responses import PRODUCTS, StaffProductResponse
from api.http.auth import CurrentStaff, bearer
from api.http.conditional import IfMatch, expected_version
from api.http.docs import STAFF_ONLY, writes
from api.http.fields import Id, Line, StrictModel
from api.http.parts import part
from api.http.problems import Problem
from api.http.responses import Body, DateTime, moment
from api.prices.prices import Prices
from connectors.s3.uploads import UPLOAD_SECONDS, Uploads
from schemas.catalogue.images import ImageFile, ImagePlace, ImageStatus
from schemas.catalogue.messages import AddImage, ArrangeImages, ConfirmUpload, ProductState
from schemas.catalogue.rules import (
    ALT_LENGTH_MAX,
    IMAGE_BYTES_MAX,
    IMAGES_MAX,
    SHA256_PATTERN,
    VARIANTS_MAX,
    ImageType,
    image_id_of,
)
from schemas.record import Record

router = APIRouter(
    prefix="/v1/admin/products/{slug}/images", tags=["catalogue (staff)"], dependencies=[Depends(bearer)]
)

REFUSALS = (*STAFF_ONLY, "not_found", "version_mismatch", "refused")
ImageIdPath = Annotated[
    Id,
    Path(
        description="The first 32 digits of its file's SHA-256.",
        examples=["9f86d081884c7d659a2feaa0c55ad015"],
    ),
]
Alt = Annotated[
    Line,
    Field(max_length=ALT_LENGTH_MAX, description="What it shows, for those who do not see it.", examples=["A vase"]),
]
Shows = Annotated[
    tuple[Id, ...],
    Field(max_length=VARIANTS_MAX, description="SKUs of the variants that it shows; none: of all.", examples=[[]]),
]


class NewImage(StrictModel):
    """An image that is going to be uploaded."""

    content_type: Annotated[ImageType, Field(examples=["image/jpeg"])]
    size_bytes: Annotated[int, Field(strict=True, ge=1, le=IMAGE_BYTES_MAX, description="Of the file.")]
    sha256: Annotated[
        str,
        StringConstraints(pattern=SHA256_PATTERN),
        Field(description="Of the file, in small hexadecimal digits.", examples=["0" * 64]),
    ]
    alt: Alt
    skus: Shows = ()


class ImageDetails(StrictModel):
    """What is said of an image that is there."""

    image_id: Id
    alt: Alt
    skus: Shows = ()

    def made(self) -> ImagePlace:
        """The same, as the log keeps it."""
        return ImagePlace(**self.model_dump())


class Arrangement(StrictModel):
    """All images of a product, in the order of its page."""

    images: Annotated[tuple[ImageDetails, ...], Field(max_length=IMAGES_MAX, description="One left out is removed.")]


class UploadResponse(Body):
    method: Literal["PUT"]
    url: Annotated[str, Meta(description="Of the object store. It is signed for this file and nothing else.")]
    headers: Annotated[dict[str, str], Meta(description="Send all of them as they are; a browser adds its length.")]
    expires_at: DateTime


class AnnouncedImageResponse(Body):
    image: StaffImageResponse
    upload: Annotated[UploadResponse | None, Meta(description="Where to put the file; null: it is there already.")]
    version: Annotated[int, Meta(description="Of the product.")]


@router.put("/{image_id}", **writes(AnnouncedImageResponse, *REFUSALS))
async def announce_image(
    request: Request,
    staff: CurrentStaff,
    slug: SlugPath,
    image_id: ImageIdPath,
    body: NewImage,
    if_match: IfMatch = "",
) -> Response:
    """Say which file is going to be uploaded, and hear where to PUT it within five minutes.

    The same file again is the same image: whoever was interrupted, or came too late, asks again. Afterwards PUT
    `…/uploaded`.
    """
    if image_id != image_id_of(body.sha256):
        raise _not_of_this_file()
    command = AddImage(
        product_id=slug,
        image=ImagePlace(image_id=image_id, alt=body.alt, skus=body.skus),
        file=ImageFile(sha256=body.sha256, content_type=body.content_type, size_bytes=body.size_bytes),
        expected_version=expected_version(if_match),
    )

    def show(product: ProductState, _command: object) -> AnnouncedImageResponse:
        image = next(each for each in product.images if each.image_id == image_id)
        waits = image.status is ImageStatus.AWAITING_UPLOAD
        return AnnouncedImageResponse(
            image=StaffImageResponse.all_of(image, part(request, PictureAddresses)),
            upload=_upload(part(request, Uploads), image.file) if waits else None,
            version=product.version,
        )

    return await PRODUCTS.decide(request, command, show, sender=staff.sender)


@router.put("/{image_id}/uploaded", **writes(StaffProductResponse, *REFUSALS))
async def confirm_upload(request: Request, staff: CurrentStaff, slug: SlugPath, image_id: ImageIdPath) -> Response:
    """Say that the file is there. It is verified and rendered; the product shows when it is ready, or why it is not."""
    return await _decide(request, staff, ConfirmUpload(product_id=slug, image_id=image_id))


@router.put("", **writes(StaffProductResponse, *REFUSALS))
async def arrange_images(
    request: Request, staff: CurrentStaff, slug: SlugPath, body: Arrangement, if_match: IfMatch = ""
) -> Response:
    """Say which images the product has, in which order and what they show. One that is left out is removed."""
    places = tuple(each.made() for each in body.images)
    return await _decide(
        request, staff, ArrangeImages(product_id=slug, images=places, expected_version=expected_version(if_match))
    )


def _not_of_this_file() -> Problem:
    reason = "it does not begin with the image's id; PUT to the first 32 of its digits"
    errors = [{"in": "body", "field": "sha256", "reason": reason, "rule": "catalogue"}]
    return Problem("validation_failed", f"sha256: {reason}.", errors=errors)


def _upload(uploads: Uploads, file: ImageFile) -> UploadResponse:
    to = uploads.presigned(sha256=file.sha256, content_type=file.content_type, size_bytes=file.size_bytes)
    expires_at = time.time_ns() // 1_000_000 + UPLOAD_SECONDS * 1000
    return UploadResponse(method="PUT", url=to.url, headers=to.headers, expires_at=moment(expires_at))


async def _decide(request: Request, staff: CurrentStaff, command: Record) -> Response:
    def show(product: ProductState, _command: object) -> StaffProductResponse:
        return StaffProductResponse.all_of(product, part(request, Prices).of(None), part(request, PictureAddresses))

    return await PRODUCTS.decide(request, command, show, sender=staff.sender)
