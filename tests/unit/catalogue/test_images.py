"""What commands to a product's images lead to."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.catalogue.images import ImageFile, ImagePlace, ImageRejection, ImageStatus, Rendition
from schemas.catalogue.messages import (
    AddImage,
    ArrangeImages,
    CatalogueRefusal,
    ConfirmUpload,
    DescribeProduct,
    ImageAdded,
    ImageRejected,
    ImageRendered,
    ImagesArranged,
    ImageUploaded,
    ProductRefused,
    ProductState,
    RecordRenditions,
    RejectImage,
)
from schemas.catalogue.rules import ALT_LENGTH_MAX, IMAGE_BYTES_MAX, IMAGES_MAX, image_id_of
from tests.cases import every
from tests.unit.catalogue.test_catalogue import FACTS, ID, MADE, decided

R, S = CatalogueRefusal, ImageStatus
A, B = "a" * 64, "b" * 64


def add(sha256: str = A, *, alt: str = "A vase", skus: tuple[str, ...] = (), **file: object) -> AddImage:
    announced = ImageFile(**({"sha256": sha256, "content_type": "image/jpeg", "size_bytes": 9} | file))  # type: ignore[arg-type]
    return AddImage(product_id=ID, image=ImagePlace(image_id=image_id_of(sha256), alt=alt, skus=skus), file=announced)


def uploaded(sha256: str = A) -> ConfirmUpload:
    return ConfirmUpload(product_id=ID, image_id=image_id_of(sha256))


def arrange(*places: ImagePlace) -> ArrangeImages:
    return ArrangeImages(product_id=ID, images=places)


RENDITIONS = (Rendition(width=320, height=240, avif="a", webp="w", jpeg="j"),)
RENDERED = RecordRenditions(
    product_id=ID, image_id=image_id_of(A), width=640, height=480, dominant_colour="#c0ffee", renditions=RENDITIONS
)
REJECTED = RejectImage(product_id=ID, image_id=image_id_of(A), reason=ImageRejection.BROKEN, detail="cut off")


def test_an_image_is_announced_uploaded_and_rendered_each_once() -> None:
    product, events = decided(MADE, add(), add(), uploaded(), uploaded(), RENDERED, RENDERED, REJECTED)
    assert [type(event) for event in events] == [ImageAdded, ImageUploaded, ImageRendered]
    [image] = product.images
    assert (image.status, image.width, image.dominant_colour, image.renditions) == (
        S.READY, 640, "#c0ffee", RENDITIONS,
    )  # fmt: skip
    assert product.version == MADE.version + 3


def test_what_was_uploaded_says_what_must_be_there() -> None:
    _, events = decided(MADE, add(), uploaded())
    assert isinstance(events[1], ImageUploaded) and events[1].file == add().file


def test_an_outcome_of_an_image_that_waits_for_none_changes_nothing() -> None:
    for product in (ProductState(), MADE, decided(MADE, add())[0]):
        assert decided(product, RENDERED, REJECTED) == (product, ())


def test_a_rejected_image_says_why_and_may_be_announced_again() -> None:
    rejected, events = decided(MADE, add(), uploaded(), REJECTED, uploaded())
    assert isinstance(events[-1], ImageRejected), "to say that it was uploaded is no mend"
    [image] = rejected.images
    assert (image.status, image.rejection, image.rejection_detail) == (S.REJECTED, ImageRejection.BROKEN, "cut off")
    [again] = decided(rejected, add(alt="Another try"))[0].images
    assert (again.status, again.rejection, again.alt) == (S.AWAITING_UPLOAD, None, "Another try")


def test_who_said_too_early_that_it_was_uploaded_may_say_so_again() -> None:
    early = replace(REJECTED, reason=ImageRejection.NOT_UPLOADED)
    product, _ = decided(MADE, add(), uploaded(), early, uploaded(), RENDERED)
    assert product.images[0].status is S.READY and product.images[0].rejection is None


def test_images_are_put_in_order_described_anew_and_removed() -> None:
    product, _ = decided(MADE, add(A), add(B))
    first, second = (ImagePlace(image_id=image_id_of(each), alt="A vase") for each in (A, B))
    turned, events = decided(product, arrange(second, first), arrange(second, first))
    assert [type(event) for event in events] == [ImagesArranged]
    assert [image.image_id for image in turned.images] == [second.image_id, first.image_id]
    blue = replace(first, alt="In blue", skus=("VASE-BLUE",))
    [left] = decided(turned, arrange(blue))[0].images
    assert (left.image_id, left.alt, left.skus) == (blue.image_id, "In blue", ("VASE-BLUE",))
    assert left.file == add(A).file


def test_what_a_product_is_may_be_said_anew_without_losing_its_images() -> None:
    product, _ = decided(MADE, add(), DescribeProduct(product_id=ID, facts=replace(FACTS, title="Vase")))
    assert len(product.images) == 1


PLACE = ImagePlace(image_id=image_id_of(A), alt="A vase")
FULL = decided(MADE, *(add(f"{n:064d}"[::-1]) for n in range(IMAGES_MAX)))[0]
REFUSED = {
    "type": (MADE, add(content_type="image/svg+xml"), R.IMAGE_MALFORMED),
    "no bytes": (MADE, add(size_bytes=0), R.IMAGE_MALFORMED),
    "too many bytes": (MADE, add(size_bytes=IMAGE_BYTES_MAX + 1), R.IMAGE_MALFORMED),
    "no hash": (MADE, add("A" * 64), R.IMAGE_MALFORMED),
    "another's id": (MADE, replace(add(), image=replace(PLACE, image_id=image_id_of(B))), R.IMAGE_MALFORMED),
    "too many": (FULL, add(), R.TOO_MANY),
    "long words": (MADE, add(alt="x" * (ALT_LENGTH_MAX + 1)), R.TEXT_TOO_LONG),
    "no variant": (MADE, add(skus=("VASE-RED",)), R.IMAGE_OF_NO_VARIANT),
    "an old version": (MADE, replace(add(), expected_version=MADE.version + 1), R.VERSION_MISMATCH),
    "no product": (ProductState(), add(), R.PRODUCT_UNKNOWN),
    "upload of none": (MADE, uploaded(), R.IMAGE_UNKNOWN),
    "order of none": (MADE, arrange(PLACE), R.IMAGE_UNKNOWN),
    "twice": (decided(MADE, add())[0], arrange(PLACE, PLACE), R.IMAGES_NOT_DISTINCT),
    "order with no variant": (decided(MADE, add())[0], arrange(replace(PLACE, skus=("X",))), R.IMAGE_OF_NO_VARIANT),
}


@every("what", REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(what: str) -> None:
    product, command, reason = REFUSED[what]
    after, events = decided(product, command)
    assert after == product
    assert events == (ProductRefused(product_id=ID, command=type(command).__name__, reason=reason),)


def test_a_full_product_takes_an_image_that_it_has() -> None:
    known = add(f"{0:064d}"[::-1])
    assert decided(FULL, known) == (FULL, ())
