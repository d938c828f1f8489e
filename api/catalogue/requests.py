"""What can be asked of the catalogue."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from api.http.fields import Channel, ChannelQuery, Id, Line, OptionalLine, StrictModel
from api.http.texts import paragraphs
from schemas.catalogue.messages import Attribute, ProductFacts, ProductStatus, Variant
from schemas.catalogue.rules import (
    ATTRIBUTES_MAX,
    CATEGORIES_MAX,
    DESCRIPTION_LENGTH_MAX,
    OPTIONS_MAX,
    SLUG_PATTERN,
    VARIANTS_MAX,
    WEIGHT_GRAMS_MAX,
    is_ean13,
)

PAGE_MAX = 100
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=64)]
SlugPath = Annotated[Slug, Path(description="Id of the product: its slug.", examples=["stoneware-vase"])]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

Truth = Annotated[bool, Field(strict=True)]
Number = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]


def ean13(given: str) -> str:
    """An EAN-13, or nothing. Raises ValueError."""
    if given and not is_ean13(given):
        raise ValueError("it is no EAN-13: 13 digits, the last of which checks the others")
    return given


class NewVariant(StrictModel):
    """What is bought of a product."""

    sku: Id
    options: Annotated[
        dict[Name, Line],
        Field(max_length=OPTIONS_MAX, description="What tells it from the others.", examples=[{"colour": "blue"}]),
    ] = {}  # noqa: RUF012
    barcode: Annotated[str, AfterValidator(ean13), Field(description="EAN-13.", examples=["5012345678900"])] = ""
    weight_grams: Annotated[int, Field(strict=True, ge=0, le=WEIGHT_GRAMS_MAX, description="0: not known.")] = 0
    withdrawn: Annotated[bool, Field(strict=True, description="True: it is not shown any more.")] = False

    def made(self) -> Variant:
        """The variant as the catalogue room keeps it."""
        return Variant(**self.model_dump())


class NewProduct(StrictModel):
    """All that a product is."""

    title: Annotated[Line, Field(description="Name shown to the shopper.", examples=["Stoneware vase"])]
    description: Annotated[
        str,
        StringConstraints(max_length=DESCRIPTION_LENGTH_MAX),
        AfterValidator(paragraphs),
        Field(description="Plain text; an empty line parts two paragraphs."),
    ] = ""
    brand: Annotated[OptionalLine, Field(examples=[None])] = None
    categories: Annotated[tuple[Id, ...], Field(max_length=CATEGORIES_MAX, description="The main one first.")] = ()
    attributes: Annotated[
        dict[
            Name,
            Annotated[bool, Field(strict=True)] | Annotated[Decimal, Field(max_digits=18, decimal_places=6)] | Line,
        ],
        Field(max_length=ATTRIBUTES_MAX, description="Text, numbers or truth values.", examples=[{"height_cm": 24}]),
    ] = {}  # noqa: RUF012
    variants: Annotated[tuple[NewVariant, ...], Field(max_length=VARIANTS_MAX)] = ()

    def facts(self) -> ProductFacts:
        """The same, as the log keeps it."""
        return ProductFacts(
            title=self.title,
            description=self.description,
            brand=self.brand or "",
            categories=self.categories,
            attributes={name: _attribute(value) for name, value in self.attributes.items()},
            variants=tuple(each.made() for each in self.variants),
        )


class Publication(StrictModel):
    """When a product is shown."""

    shown_from: Annotated[AwareDatetime | None, Field(description="Null: now.", examples=[None])] = None
    shown_until: Annotated[AwareDatetime | None, Field(description="Null: it stays.", examples=[None])] = None


class ProductQuery(StrictModel):
    """Which products, by their ids."""

    category: Annotated[Id | None, Field(description="Only those in it or below it.")] = None
    channel: ChannelQuery = Channel.WEB
    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Products on a page.")] = 24


class StaffProductQuery(ProductQuery):
    """The same of all there are."""

    status: Annotated[ProductStatus | None, Field(description="Only those that are there.")] = None


def millis(moment: datetime | None) -> int | None:
    """UTC milliseconds."""
    return None if moment is None else round(moment.timestamp() * 1000)


def _attribute(value: bool | Decimal | str) -> Attribute:
    if isinstance(value, bool):
        return Attribute(flag=value)
    return Attribute(number=f"{value.normalize():f}") if isinstance(value, Decimal) else Attribute(text=value)
