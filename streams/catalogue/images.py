"""What a command to a product's image leads to, and what each event makes of the images.

    announced -> uploaded -> ready
                          -> rejected -> announced again

An outcome of the connector counts for an image that waits for one, and for no other: it may come twice, or when the
image is gone.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.catalogue.images import ImagePlace, ImageRejection, ImageStatus, ProductImage
from schemas.catalogue.messages import (
    AddImage,
    ArrangeImages,
    ConfirmUpload,
    ImageAdded,
    ImageCommand,
    ImageEvent,
    ImageRejected,
    ImageRendered,
    ImagesArranged,
    ImageUploaded,
    ProductState,
    RecordRenditions,
    RejectImage,
)

Images = tuple[ProductImage, ...]


def decide_image(command: ImageCommand, product: ProductState, at: int) -> tuple[ImageEvent, ...]:
    """The events that a command leads to which is not refused; none when what it asks for is so already."""
    product_id, version = command.product_id, product.version + 1
    match command:
        case AddImage(image=place, file=file):
            found = _image(product.images, place.image_id)
            if found is not None and found.status is not ImageStatus.REJECTED:
                return ()
            image = ProductImage(image_id=place.image_id, file=file, alt=place.alt, skus=place.skus)
            return (ImageAdded(product_id=product_id, image=image, version=version, at=at),)
        case ConfirmUpload(image_id=image_id):
            found = _image(product.images, image_id)
            if found is None or not _may_be_uploaded(found):
                return ()
            return (ImageUploaded(product_id=product_id, image_id=image_id, file=found.file, version=version, at=at),)
        case ArrangeImages(images=places):
            if places == tuple(_place(image) for image in product.images):
                return ()
            return (ImagesArranged(product_id=product_id, images=places, version=version, at=at),)
        case RecordRenditions() | RejectImage():
            found = _image(product.images, command.image_id)
            waits = found is not None and found.status is ImageStatus.UPLOADED
            return (_outcome(command, version, at),) if waits else ()
        case _:
            assert_never(command)


def images_after(images: Images, event: ImageEvent) -> Images:
    """The images of a product after the event. Raises AssertionError: it is of an image that is not there."""
    match event:
        case ImageAdded(image=image):
            if _image(images, image.image_id) is None:
                return (*images, image)
            return _with(images, image)
        case ImageUploaded(image_id=image_id):
            changed = replace(
                _known(images, image_id), status=ImageStatus.UPLOADED, rejection=None, rejection_detail=""
            )
        case ImageRendered(image_id=image_id):
            changed = replace(
                _known(images, image_id), status=ImageStatus.READY, width=event.width, height=event.height,
                dominant_colour=event.dominant_colour, renditions=event.renditions,
            )  # fmt: skip
        case ImageRejected(image_id=image_id):
            changed = replace(
                _known(images, image_id), status=ImageStatus.REJECTED,
                rejection=event.reason, rejection_detail=event.detail,
            )  # fmt: skip
        case ImagesArranged(images=places):
            return tuple(replace(_known(images, place.image_id), alt=place.alt, skus=place.skus) for place in places)
        case _:
            assert_never(event)
    return _with(images, changed)


def _may_be_uploaded(image: ProductImage) -> bool:
    """Who said it too early may say it again."""
    return image.status is ImageStatus.AWAITING_UPLOAD or image.rejection is ImageRejection.NOT_UPLOADED


def _outcome(command: RecordRenditions | RejectImage, version: int, at: int) -> ImageRendered | ImageRejected:
    if isinstance(command, RejectImage):
        return ImageRejected(
            product_id=command.product_id, image_id=command.image_id, reason=command.reason, detail=command.detail,
            version=version, at=at,
        )  # fmt: skip
    return ImageRendered(
        product_id=command.product_id, image_id=command.image_id, width=command.width, height=command.height,
        dominant_colour=command.dominant_colour, renditions=command.renditions, version=version, at=at,
    )  # fmt: skip


def _place(image: ProductImage) -> ImagePlace:
    return ImagePlace(image_id=image.image_id, alt=image.alt, skus=image.skus)


def _image(images: Images, image_id: str) -> ProductImage | None:
    return next((image for image in images if image.image_id == image_id), None)


def _known(images: Images, image_id: str) -> ProductImage:
    found = _image(images, image_id)
    assert found is not None, "an event of an image that is not there"
    return found


def _with(images: Images, changed: ProductImage) -> Images:
    return tuple(changed if image.image_id == changed.image_id else image for image in images)
