"""Products as they are shown, and why a change of one is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from msgspec import Meta

from api.catalogue.pictures import ImageResponse, PictureAddresses, StaffImageResponse
from api.http.conditional import etag_of
from api.http.problems import Problem
from api.http.responses import Amount, Body, DateTime, moment, pounds
from api.log.gateway import Gateway
from api.prices.prices import ChannelPrices
from api.prices.responses import ComponentResponse, ScheduledPriceResponse
from schemas.catalogue.messages import ROOM as CATALOGUE_ROOM
from schemas.catalogue.messages import (
    Attribute,
    CatalogueRefusal,
    ConfirmUpload,
    ProductState,
    ProductStatus,
    Variant,
)
from schemas.catalogue.rules import IMAGES_MAX


class VariantResponse(Body):
    sku: str
    options: dict[str, str]
    barcode: str | None
    weight_grams: int | None
    withdrawn: bool
    price: Annotated[Amount | None, Meta(description="VAT included; null: it is not for sale.")]
    regular_price: Annotated[Amount | None, Meta(description="What it costs otherwise, while it costs less.")]
    vat_basis_points: Annotated[int | None, Meta(description="VAT rate in hundredths of a per cent.")]
    components: Annotated[list[ComponentResponse], Meta(description="What a bundle is made of.")]

    @classmethod
    def priced(cls, variant: Variant, prices: ChannelPrices, **more: Any) -> Self:
        """The variant with its price of this moment."""
        price, regular = prices.on_sale(variant.sku), prices.regular(variant.sku)
        return cls(
            sku=variant.sku, options=variant.options, barcode=variant.barcode or None,
            weight_grams=variant.weight_grams or None, withdrawn=variant.withdrawn,
            price=None if price is None else pounds(price.unit_price_minor),
            regular_price=None if price is None or regular is None else pounds(regular),
            vat_basis_points=None if price is None else price.vat_basis_points,
            components=[ComponentResponse.of(each) for each in price.components] if price else [],
            **more,
        )  # fmt: skip


class StaffVariantResponse(VariantResponse):
    schedule: Annotated[list[ScheduledPriceResponse], Meta(description="What it costs for a while.")]

    @classmethod
    def all_of(cls, variant: Variant, prices: ChannelPrices) -> Self:
        """The variant with its regular price, and what is scheduled."""
        return cls.priced(variant, prices, schedule=ScheduledPriceResponse.all_of(prices.on_sale(variant.sku)))


class ProductResponse(Body):
    id: Annotated[str, Meta(description="The slug of its page.")]
    title: str
    description: str
    brand: str | None
    categories: list[str]
    attributes: dict[str, str | int | float | bool]
    variants: tuple[VariantResponse, ...]
    images: Annotated[tuple[ImageResponse, ...], Meta(description="In the order of the page.")]
    version: Annotated[int, Meta(description="Rises with every change; what `If-Match` is held against.")]

    @classmethod
    def shown(cls, product: ProductState, prices: ChannelPrices, pictures: PictureAddresses) -> Self:
        """As shoppers see it: what is not withdrawn and has a price. No variant: it is not shown."""
        every = (VariantResponse.priced(each, prices) for each in product.facts.variants if not each.withdrawn)
        return cls(
            **_common(product),
            variants=tuple(each for each in every if each.price is not None),
            images=ImageResponse.of_ready(product.images, pictures),
        )

    def etag(self, json: bytes) -> str:
        """Prices change without the product."""
        return etag_of(self.version, json)


class StaffProductResponse(ProductResponse):
    variants: tuple[StaffVariantResponse, ...]
    images: Annotated[tuple[StaffImageResponse, ...], Meta(description="In the order of the page.")]
    status: ProductStatus
    shown_from: DateTime | None
    shown_until: DateTime | None
    changed_at: DateTime

    @classmethod
    def all_of(cls, product: ProductState, prices: ChannelPrices, pictures: PictureAddresses) -> Self:
        """All that is known of it."""
        return cls(
            **_common(product),
            variants=tuple(StaffVariantResponse.all_of(each, prices) for each in product.facts.variants),
            images=tuple(StaffImageResponse.all_of(each, pictures) for each in product.images),
            status=product.status,
            shown_from=_moment(product.shown_from),
            shown_until=_moment(product.shown_until),
            changed_at=moment(product.changed_at),
        )


class ProductPage(Body):
    products: list[ProductResponse]
    next: Annotated[str | None, Meta(description="Send it as `after` to get the next page; null: this is the last.")]


class StaffProductPage(Body):
    products: list[StaffProductResponse]
    next: Annotated[str | None, Meta(description="Send it as `after` to get the next page; null: this is the last.")]


def not_found() -> Problem:
    """One problem for a product that is not there and for one that is not shown."""
    return Problem("not_found", "There is no such product. List them, and take the id of one that is there.")


def _image_unknown(product: ProductState, command: Any) -> Problem:
    if isinstance(command, ConfirmUpload):
        return Problem("not_found", f"{product.product_id} has no such image. GET it, and take the id of one it has.")
    return _refused("it has no such image; announce a new one first", "images")(product, command)


def _common(product: ProductState) -> dict[str, Any]:
    facts = product.facts
    return {
        "id": product.product_id, "title": facts.title, "description": facts.description, "brand": facts.brand or None,
        "categories": list(facts.categories), "version": product.version,
        "attributes": {name: _value(each) for name, each in facts.attributes.items()},
    }  # fmt: skip


def _value(attribute: Attribute) -> str | int | float | bool:
    if attribute.flag is not None:
        return attribute.flag
    if attribute.number is None:
        return attribute.text or ""
    return float(attribute.number) if "." in attribute.number else int(attribute.number)


def _moment(time: int | None) -> str | None:
    return None if time is None else moment(time)


def _refused(detail: str, field: str) -> Callable[[ProductState, Any], Problem]:
    return lambda _product, _command: Problem(
        "validation_failed", detail, errors=[{"in": "body", "field": field, "reason": detail, "rule": "catalogue"}]
    )


def _mismatch(product: ProductState, _command: Any) -> Problem:
    return Problem(
        "version_mismatch",
        f"Somebody changed the product: it has version {product.version}. GET it, and send its ETag as If-Match.",
    )


R = CatalogueRefusal
PRODUCTS: Gateway[ProductState] = Gateway(
    room=CATALOGUE_ROOM,
    location="/v1/admin/products/{0.product_id}",
    refused="The product was refused",
    refusals={
        R.PRODUCT_UNKNOWN: lambda _product, _command: not_found(),
        R.VERSION_MISMATCH: _mismatch,
        R.SKUS_NOT_DISTINCT: _refused("two variants have one SKU; name each once", "variants"),
        R.OPTIONS_DIFFER: _refused("not all variants have the same options; give each a value of each", "variants"),
        R.OPTIONS_NOT_DISTINCT: _refused("two variants have the same options: nobody could choose", "variants"),
        R.NO_VARIANT: _refused("it has no variant that is not withdrawn; describe one first", "variants"),
        R.IMAGE_UNKNOWN: _image_unknown,
        R.IMAGES_NOT_DISTINCT: _refused("an image is named twice; name each once", "images"),
        R.IMAGE_OF_NO_VARIANT: _refused("it is to show a SKU that is no variant of the product", "skus"),
        R.TOO_MANY: _refused(f"it has {IMAGES_MAX} images, and more are not taken; remove one first", "images"),
        R.NEVER_SHOWN: _refused("it would be archived before it is shown; say a later time", "shown_until"),
    },
)
