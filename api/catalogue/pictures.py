"""Images of a product as they are shown: every size in every format, by its address."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta

from api.http.responses import Body
from connectors.s3.options import pictures_url
from process.settings import Settings
from schemas.catalogue.images import ImageRejection, ImageStatus, ProductImage, Rendition

Pixels = Annotated[int, Meta(description="In pixels.")]
Address = Annotated[str, Meta(description="Never changes what it shows: keep it for ever.")]


class PictureAddresses:
    """Where pictures are shown from."""

    def __init__(self, settings: Settings) -> None:
        self._base = pictures_url(settings)

    def url(self, key: str) -> str:
        """The address of an object."""
        return f"{self._base}/{key}"


class RenditionResponse(Body):
    width: Pixels
    height: Pixels
    avif: Address
    webp: Address
    jpeg: Address

    @classmethod
    def at(cls, rendition: Rendition, pictures: PictureAddresses) -> Self:
        """With the addresses of its files."""
        files = {name: pictures.url(getattr(rendition, name)) for name in ("avif", "webp", "jpeg")}
        return cls(width=rendition.width, height=rendition.height, **files)


class ImageResponse(Body):
    id: str
    alt: Annotated[str, Meta(description="What it shows, for those who do not see it.")]
    skus: Annotated[list[str], Meta(description="Of the variants that it shows; none: it is of all.")]
    width: Annotated[int | None, Meta(description="Of the original, in pixels.")]
    height: Annotated[int | None, Meta(description="Of the original, in pixels.")]
    dominant_colour: Annotated[str | None, Meta(description="For its place, until it is there.", examples=["#c0ffee"])]
    renditions: Annotated[list[RenditionResponse], Meta(description="By width, the smallest first.")]

    @classmethod
    def of_ready(cls, images: tuple[ProductImage, ...], pictures: PictureAddresses) -> tuple[ImageResponse, ...]:
        """Those that shoppers see."""
        return tuple(cls(**_common(each, pictures)) for each in images if each.status is ImageStatus.READY)


class StaffImageResponse(ImageResponse):
    status: ImageStatus
    rejection: Annotated[ImageRejection | None, Meta(description="Why it was rejected.")]
    rejection_detail: Annotated[str | None, Meta(description="What was found.")]

    @classmethod
    def all_of(cls, image: ProductImage, pictures: PictureAddresses) -> Self:
        """All that is known of it."""
        return cls(
            **_common(image, pictures),
            status=image.status,
            rejection=image.rejection,
            rejection_detail=image.rejection_detail or None,
        )


def _common(image: ProductImage, pictures: PictureAddresses) -> dict[str, Any]:
    return {
        "id": image.image_id, "alt": image.alt, "skus": list(image.skus),
        "width": image.width or None, "height": image.height or None, "dominant_colour": image.dominant_colour or None,
        "renditions": [RenditionResponse.at(each, pictures) for each in image.renditions],
    }  # fmt: skip
