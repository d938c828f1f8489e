"""Catalogue: what products are, and when they are shown. Key: product id, which is the slug of the product's page, too.

What a SKU costs and what a bundle is made of is the room `prices` (ops/decisions/0020).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.catalogue.images import (
    Colour,
    Detail,
    Height,
    ImageFile,
    ImageId,
    ImagePlace,
    ImageRejection,
    ProductImage,
    Renditions,
    Width,
)
from schemas.ids import an_id
from schemas.record import Millis, Record, Sku, doc
from schemas.room import Room, members

ProductId = Annotated[str, an_id("Id of the product, and its slug: small letters and digits, parted by hyphens.")]
CategoryId = Annotated[str, an_id("Id of a category.")]
Version = Annotated[int, doc("Version of the product after this; the ETag of the edge.")]
Expected = Annotated[int | None, doc("Refuse unless the product has this version; null: do not care.")]
ShownUntil = Annotated[Millis | None, doc("From then on it is archived; null: it stays.")]


class CatalogueRefusal(StrEnum):
    """Why a command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    PRODUCT_UNKNOWN = "product_unknown"
    VERSION_MISMATCH = "version_mismatch"
    SLUG_MALFORMED = "slug_malformed"
    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY = "too_many"  # variants, options, attributes, categories or images
    SKUS_NOT_DISTINCT = "skus_not_distinct"
    OPTIONS_DIFFER = "options_differ"  # not all variants have the same options
    OPTIONS_NOT_DISTINCT = "options_not_distinct"  # two variants that nobody could tell apart
    BARCODE_WRONG = "barcode_wrong"
    WEIGHT_OUT_OF_RANGE = "weight_out_of_range"
    NO_VARIANT = "no_variant"  # there is nothing to show
    NEVER_SHOWN = "never_shown"  # it would be archived before it is shown
    IMAGE_MALFORMED = "image_malformed"  # a type, size, SHA-256 or id that no image of ours has
    IMAGE_UNKNOWN = "image_unknown"
    IMAGES_NOT_DISTINCT = "images_not_distinct"
    IMAGE_OF_NO_VARIANT = "image_of_no_variant"  # it would show a SKU that is no variant of the product


class ProductStatus(StrEnum):
    """Whether shoppers see a product."""

    UNKNOWN = "unknown"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Attribute(Record, kw_only=True):
    """One value that is not null; which one says the attribute's type."""

    text: Annotated[str | None, doc("Words.")] = None
    number: Annotated[str | None, doc("A decimal number, e.g. `12.5`.")] = None
    flag: Annotated[bool | None, doc("Whether it is so.")] = None


class Variant(Record, kw_only=True):
    """What is bought of a product."""

    sku: Sku
    options: Annotated[dict[str, str], doc("What tells it from the others, e.g. colour to blue.")] = {}  # noqa: RUF012
    barcode: Annotated[str, doc("EAN-13; empty: none.")] = ""
    weight_grams: Annotated[int, doc("With its packaging; 0: not known.")] = 0
    withdrawn: Annotated[bool, doc("True: it is not shown any more.")] = False


class ProductFacts(Record, kw_only=True):
    """What a product is."""

    title: Annotated[str, doc("Name shown to the shopper.")]
    description: Annotated[str, doc("What is written on its page; plain text, paragraphs parted by empty lines.")] = ""
    brand: Annotated[str, doc("Who makes it; empty: not said.")] = ""
    categories: Annotated[tuple[CategoryId, ...], doc("Where it is found, the main one first.")] = ()
    attributes: Annotated[dict[str, Attribute], doc("By name, e.g. height_cm.")] = {}  # noqa: RUF012
    variants: Annotated[tuple[Variant, ...], doc("In the order in which they are offered.")] = ()


Facts = Annotated[ProductFacts, doc("All that it is.")]


class DescribeProduct(Record, kw_only=True):
    """Say all that a product is. What nobody knows yet becomes a draft."""

    product_id: ProductId
    facts: Facts
    expected_version: Expected = None


class PublishProduct(Record, kw_only=True):
    """Show a product, now or from a time on. Replaces what was said of that before."""

    product_id: ProductId
    shown_from: Annotated[Millis, doc("From when; a time that is over means now.")]
    shown_until: ShownUntil = None
    expected_version: Expected = None


class ArchiveProduct(Record, kw_only=True):
    """Show a product no longer. It can be published again."""

    product_id: ProductId
    expected_version: Expected = None


class TurnProduct(Record, kw_only=True):
    """The time has come to show a product, or to archive it. Sent by its timer."""

    product_id: ProductId
    due_at: Annotated[Millis, doc("When it was due.")]


class AddImage(Record, kw_only=True):
    """Announce an image, at the end of the product's others. Said again of one that was rejected, it may try again."""

    product_id: ProductId
    image: Annotated[ImagePlace, doc("Which, and what it shows.")]
    file: Annotated[ImageFile, doc("What is going to be uploaded.")]
    expected_version: Expected = None


class ConfirmUpload(Record, kw_only=True):
    """The file of an image has been uploaded: verify and render it."""

    product_id: ProductId
    image_id: ImageId


class ArrangeImages(Record, kw_only=True):
    """Say which images a product has, in which order, and what they show. One that is left out is removed."""

    product_id: ProductId
    images: Annotated[tuple[ImagePlace, ...], doc("In the order of the page.")]
    expected_version: Expected = None


class RecordRenditions(Record, kw_only=True):
    """An image was verified, and its renditions are in the object store."""

    product_id: ProductId
    image_id: ImageId
    width: Width
    height: Height
    dominant_colour: Colour
    renditions: Renditions


class RejectImage(Record, kw_only=True):
    """What was uploaded cannot become an image."""

    product_id: ProductId
    image_id: ImageId
    reason: Annotated[ImageRejection, doc("Why.")]
    detail: Detail = ""


class ProductDescribed(Record, kw_only=True):
    """A product is this from now on."""

    product_id: ProductId
    facts: Facts
    refiled: Annotated[tuple[Sku, ...], doc("SKUs whose categories are others now: of variants, new or gone.")] = ()
    version: Version
    at: Millis


class ProductScheduled(Record, kw_only=True):
    """A product is going to be shown."""

    product_id: ProductId
    shown_from: Annotated[Millis, doc("From when.")]
    shown_until: ShownUntil = None
    version: Version
    at: Millis


class ProductPublished(Record, kw_only=True):
    """A product is shown from now on."""

    product_id: ProductId
    shown_until: ShownUntil = None
    version: Version
    at: Millis


class ProductArchived(Record, kw_only=True):
    """A product is shown no longer."""

    product_id: ProductId
    version: Version
    at: Millis


class ImageAdded(Record, kw_only=True):
    """A product is going to have an image, once its file is uploaded and found good."""

    product_id: ProductId
    image: Annotated[ProductImage, doc("As it is announced.")]
    version: Version
    at: Millis


class ImageUploaded(Record, kw_only=True):
    """The file of an image was uploaded, as staff say: it is to be verified and rendered."""

    product_id: ProductId
    image_id: ImageId
    file: Annotated[ImageFile, doc("What must be there.")]
    version: Version
    at: Millis


class ImageRendered(Record, kw_only=True):
    """An image is ready to be shown."""

    product_id: ProductId
    image_id: ImageId
    width: Width
    height: Height
    dominant_colour: Colour
    renditions: Renditions
    version: Version
    at: Millis


class ImageRejected(Record, kw_only=True):
    """What was uploaded did not become an image."""

    product_id: ProductId
    image_id: ImageId
    reason: Annotated[ImageRejection, doc("Why.")]
    detail: Detail = ""
    version: Version
    at: Millis


class ImagesArranged(Record, kw_only=True):
    """A product has these images from now on, in this order."""

    product_id: ProductId
    images: Annotated[tuple[ImagePlace, ...], doc("All of them.")]
    version: Version
    at: Millis


class ProductRefused(Record, kw_only=True):
    """A command was refused and changed nothing."""

    product_id: ProductId
    command: Annotated[str, doc("Name of the refused command, e.g. `PublishProduct`.")]
    reason: Annotated[CatalogueRefusal, doc("Why.")]


class ProductState(Record, kw_only=True):
    """State: one product."""

    product_id: ProductId = ""
    status: Annotated[ProductStatus, doc("Whether shoppers see it.")] = ProductStatus.UNKNOWN
    facts: Facts = ProductFacts(title="")
    shown_from: Annotated[Millis | None, doc("When it is shown, while it is scheduled.")] = None
    shown_until: ShownUntil = None
    images: Annotated[tuple[ProductImage, ...], doc("In the order of the page.")] = ()
    version: Annotated[int, doc("Number of changes so far.")] = 0
    changed_at: Annotated[Millis, doc("When it last changed.")] = 0


ImageCommand = AddImage | ConfirmUpload | ArrangeImages | RecordRenditions | RejectImage
ImageEvent = ImageAdded | ImageUploaded | ImageRendered | ImageRejected | ImagesArranged
CatalogueCommand = DescribeProduct | PublishProduct | ArchiveProduct | TurnProduct | ImageCommand
CatalogueEvent = ProductDescribed | ProductScheduled | ProductPublished | ProductArchived | ImageEvent | ProductRefused

ROOM = Room(
    name="catalogue",
    key="product id",
    key_fields=("product_id",),
    commands=members(CatalogueCommand),
    events=members(CatalogueEvent),
    state=ProductState,
)
