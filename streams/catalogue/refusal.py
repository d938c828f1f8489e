"""Why a command to a product is refused."""

from __future__ import annotations

from schemas.catalogue.images import ImageFile, ImagePlace
from schemas.catalogue.messages import (
    AddImage,
    ArrangeImages,
    CatalogueCommand,
    CatalogueRefusal,
    ConfirmUpload,
    DescribeProduct,
    ProductFacts,
    ProductState,
    PublishProduct,
    RecordRenditions,
    RejectImage,
    TurnProduct,
    Variant,
)
from schemas.catalogue.rules import (
    ALT_LENGTH_MAX,
    ATTRIBUTES_MAX,
    CATEGORIES_MAX,
    DESCRIPTION_LENGTH_MAX,
    IMAGE_BYTES_MAX,
    IMAGE_TYPES,
    IMAGES_MAX,
    OPTIONS_MAX,
    TITLE_LENGTH_MAX,
    VARIANTS_MAX,
    WEIGHT_GRAMS_MAX,
    image_id_of,
    is_ean13,
    is_sha256,
    is_slug,
)


def refusal(command: CatalogueCommand, product: ProductState, at: int) -> CatalogueRefusal | None:
    """The first reason that applies, by descending precedence."""
    if isinstance(command, TurnProduct | RecordRenditions | RejectImage):
        return None  # What they are about may be over by now; then they lead to nothing.
    if not product.version and not isinstance(command, DescribeProduct):
        return CatalogueRefusal.PRODUCT_UNKNOWN
    if isinstance(command, ConfirmUpload):
        known = command.image_id in {image.image_id for image in product.images}
        return None if known else CatalogueRefusal.IMAGE_UNKNOWN
    if command.expected_version not in (None, product.version):
        return CatalogueRefusal.VERSION_MISMATCH
    if isinstance(command, DescribeProduct):
        return _of_facts(command.facts) if is_slug(command.product_id) else CatalogueRefusal.SLUG_MALFORMED
    if isinstance(command, PublishProduct):
        if all(variant.withdrawn for variant in product.facts.variants):
            return CatalogueRefusal.NO_VARIANT
        if command.shown_until is not None and command.shown_until <= max(command.shown_from, at):
            return CatalogueRefusal.NEVER_SHOWN
    if isinstance(command, AddImage):
        return _of_new_image(command, product)
    if isinstance(command, ArrangeImages):
        return _of_images(command.images, product)
    return None


def _of_new_image(command: AddImage, product: ProductState) -> CatalogueRefusal | None:
    there = {image.image_id for image in product.images}
    if command.image.image_id not in there and len(there) >= IMAGES_MAX:
        return CatalogueRefusal.TOO_MANY
    if not _is_file(command.file) or command.image.image_id != image_id_of(command.file.sha256):
        return CatalogueRefusal.IMAGE_MALFORMED
    return _of_place(command.image, product)


def _is_file(file: ImageFile) -> bool:
    return is_sha256(file.sha256) and file.content_type in IMAGE_TYPES and 0 < file.size_bytes <= IMAGE_BYTES_MAX


def _of_images(places: tuple[ImagePlace, ...], product: ProductState) -> CatalogueRefusal | None:
    ids = {place.image_id for place in places}
    if not ids <= {image.image_id for image in product.images}:
        return CatalogueRefusal.IMAGE_UNKNOWN
    if len(ids) < len(places):
        return CatalogueRefusal.IMAGES_NOT_DISTINCT
    return next((reason for place in places if (reason := _of_place(place, product))), None)


def _of_place(place: ImagePlace, product: ProductState) -> CatalogueRefusal | None:
    if len(place.alt) > ALT_LENGTH_MAX:
        return CatalogueRefusal.TEXT_TOO_LONG
    if not set(place.skus) <= {variant.sku for variant in product.facts.variants}:
        return CatalogueRefusal.IMAGE_OF_NO_VARIANT
    return None


def _of_facts(facts: ProductFacts) -> CatalogueRefusal | None:
    if max(len(facts.title), len(facts.brand)) > TITLE_LENGTH_MAX or len(facts.description) > DESCRIPTION_LENGTH_MAX:
        return CatalogueRefusal.TEXT_TOO_LONG
    if (
        len(facts.variants) > VARIANTS_MAX
        or len(facts.attributes) > ATTRIBUTES_MAX
        or len(facts.categories) > CATEGORIES_MAX
        or any(len(variant.options) > OPTIONS_MAX for variant in facts.variants)
    ):
        return CatalogueRefusal.TOO_MANY
    return _of_variants(facts.variants)


def _of_variants(variants: tuple[Variant, ...]) -> CatalogueRefusal | None:
    if len({variant.sku for variant in variants}) < len(variants):
        return CatalogueRefusal.SKUS_NOT_DISTINCT
    if len({frozenset(variant.options) for variant in variants}) > 1:
        return CatalogueRefusal.OPTIONS_DIFFER
    if len({frozenset(variant.options.items()) for variant in variants}) < len(variants):
        return CatalogueRefusal.OPTIONS_NOT_DISTINCT
    if not all(variant.barcode == "" or is_ean13(variant.barcode) for variant in variants):
        return CatalogueRefusal.BARCODE_WRONG
    if not all(0 <= variant.weight_grams <= WEIGHT_GRAMS_MAX for variant in variants):
        return CatalogueRefusal.WEIGHT_OUT_OF_RANGE
    return None
