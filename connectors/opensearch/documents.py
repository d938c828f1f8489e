"""What the index has of a product: one document, its variants inside. Pure.

A product is in the index while it is published and one of its variants is neither withdrawn nor without a price
(ops/decisions/0020). Units are not in it, only whether something can be bought: so few changes of stock change a
document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from schemas.catalogue.images import ImageStatus, ProductImage
from schemas.catalogue.messages import Attribute, ProductState, ProductStatus, Variant
from schemas.prices.messages import SkuPrice

# A version says how new each part of a document is, the product first: while that stands its variants do, and while
# their prices stand so does whose stock they take (ops/decisions/0021). Together 63 bits, which is what OpenSearch has.
PRICE_BITS, STOCK_BITS = 17, 28
PRODUCT_VERSION_MAX, PRICE_VERSIONS_MAX, STOCK_VERSIONS_MAX = 2**18 - 1, 2**PRICE_BITS - 1, 2**STOCK_BITS - 1


class VariantDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A variant that is shown. Not searched by itself; what is searched of it stands in the product's fields."""

    sku: str
    options: dict[str, str]
    price: Annotated[int, Meta(description="Pence, VAT included.")]
    in_stock: bool


class ProductDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A product that is shown."""

    id: str
    title: str
    heads: Annotated[str, Meta(description="What of the title says what it is: a rose card is a card.")]
    description: str
    brand: str
    categories: tuple[str, ...]
    category_words: Annotated[str, Meta(description="The categories' ids as words.")]
    attributes: Annotated[tuple[str, ...], Meta(description="`name=value` of each attribute and option: facets.")]
    facts: Annotated[str, Meta(description="Words of the attributes and options: searched.")]
    codes: Annotated[tuple[str, ...], Meta(description="SKUs and barcodes, in small letters: found as they are.")]
    price: Annotated[int, Meta(description="Pence, of the cheapest variant.")]
    in_stock: Annotated[bool, Meta(description="Whether one of its variants can be bought.")]
    on_offer: Annotated[bool, Meta(description="Whether one of its variants costs less than usual.")] = False
    variants: tuple[VariantDocument, ...]
    image: Annotated[ProductImage | None, Meta(description="The first that is ready. Shown, not searched.")] = None


class Made(NamedTuple):
    """What the index should have of a product: nothing, when it is not shown."""

    id: str
    document: ProductDocument | None
    version: int


KINDS = ("kind", "type", "product_type")  # attributes that say what a thing is
_ASIDES = re.compile(r"\([^)]*\)|\b(?:for|with|from)\b[^,;:(]*", re.IGNORECASE)  # what it fits, or comes with
# A phrase ends at a mark, at a word that joins two of them, and at a number or a model's name.
_PHRASES = re.compile(r"[,;:/+|]|\s-\s|\b(?:of|in|on|to|and|by|at)\b|\S*\d\S*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")

WEB = "web"  # the channel whose prices are sorted by

PriceOf = Callable[[str], SkuPrice | None]
CanBeBought = Callable[[str, SkuPrice], bool]


def document(product: ProductState, price_of: PriceOf, can_be_bought: CanBeBought) -> ProductDocument | None:
    """A product as it is searched; None: it is not shown."""
    if product.status is not ProductStatus.PUBLISHED:
        return None
    facts = product.facts
    shown = [(each, price) for each in facts.variants if not each.withdrawn and (price := _on_sale(each, price_of))]
    if not shown:
        return None
    variants = tuple(
        VariantDocument(
            sku=each.sku,
            options=each.options,
            price=price.for_channel(WEB).unit_price_minor,
            in_stock=can_be_bought(each.sku, price),
        )
        for each, price in shown
    )
    options = dict.fromkeys(pair for each in variants for pair in each.options.items())
    return ProductDocument(
        id=product.product_id,
        title=facts.title,
        heads=" ".join([*heads(facts.title, brand=facts.brand), *_kinds(facts.attributes.items())]),
        description=facts.description,
        brand=facts.brand,
        categories=facts.categories,
        category_words="; ".join(each.replace("-", " ") for each in facts.categories),
        attributes=tuple(
            dict.fromkeys(
                [f"{name}={value_text(each)}" for name, each in facts.attributes.items()]
                + [f"{name}={value}" for name, value in options]
            )
        ),
        facts="; ".join([*_words(facts.attributes.items()), *(value for _, value in options)]),
        codes=tuple(dict.fromkeys(code.lower() for each, _ in shown for code in (each.sku, each.barcode) if code)),
        price=min(each.price for each in variants),
        in_stock=any(each.in_stock for each in variants),
        on_offer=any(price.for_channel(WEB).unit_price_minor < price.unit_price_minor for _, price in shown),
        variants=variants,
        image=next((each for each in product.images if each.status is ImageStatus.READY), None),
    )


def heads(title: str, *, brand: str = "") -> list[str]:
    """The words of a title that say what a thing is: in English the last of each phrase; not whose, not what for."""
    phrases = (_WORD.findall(phrase) for phrase in _PHRASES.split(_ASIDES.sub(",", title)))
    makers = {word.lower() for word in _WORD.findall(brand)}
    return [words[-1] for words in phrases if words and words[-1].lower() not in makers]


def version(*, product: int, prices: int, stock: int) -> int:
    """The version of a document, given the product's, and the sums of its prices' and stock rows' versions.

    Raises ValueError when one of them is larger than its share of the number.
    """
    if product > PRODUCT_VERSION_MAX or prices > PRICE_VERSIONS_MAX or stock > STOCK_VERSIONS_MAX:
        raise ValueError(f"versions {product}, {prices}, {stock} are beyond what a document's version can say")
    return (product << PRICE_BITS | prices) << STOCK_BITS | stock


def value_text(attribute: Attribute) -> str:
    """An attribute's value as a facet writes it."""
    if attribute.flag is not None:
        return "true" if attribute.flag else "false"
    return attribute.number if attribute.number is not None else attribute.text or ""


def _on_sale(variant: Variant, price_of: PriceOf) -> SkuPrice | None:
    price = price_of(variant.sku)
    return None if price is None or price.withdrawn else price


def _kinds(attributes: Iterable[tuple[str, Attribute]]) -> Iterable[str]:
    return (head for name, each in attributes if name in KINDS for head in heads(each.text or ""))


def _words(attributes: Iterable[tuple[str, Attribute]]) -> Iterable[str]:
    """Texts as they are; of a flag that is set its name. Numbers say nothing by themselves."""
    for name, each in attributes:
        if each.text:
            yield each.text
        elif each.flag:
            yield name.replace("_", " ")
