"""What was found, as it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from api.catalogue.pictures import ImageResponse, PictureAddresses
from api.categories.categories import Categories
from api.http.problems import Problem
from api.http.responses import Amount, Body, Next, pounds
from api.prices.prices import ChannelPrices
from api.search import facets
from api.search.facets import BANDS, BRAND, CATEGORY, IN_STOCK, ON_OFFER, PRICE, Filters, band_title
from api.search.ranking import Reach
from connectors.opensearch.documents import VariantDocument
from connectors.opensearch.reads import Away
from schemas.catalogue.images import ProductImage

Json = Mapping[str, Any]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a document."""

    id: str
    title: str
    brand: str
    categories: tuple[str, ...]
    in_stock: bool
    variants: tuple[VariantDocument, ...]
    image: ProductImage | None = None


class FoundVariant(Body):
    sku: str
    options: dict[str, str]
    price: Annotated[Amount, Meta(description="VAT included.")]
    regular_price: Annotated[Amount | None, Meta(description="What it costs otherwise, while it costs less.")]
    in_stock: bool


class FoundProduct(Body):
    id: Annotated[str, Meta(description="The slug of its page.")]
    title: str
    brand: str | None
    categories: list[str]
    price: Annotated[Amount, Meta(description="Of the cheapest variant, VAT included.")]
    in_stock: Annotated[bool, Meta(description="Whether one of its variants can be bought now.")]
    variants: list[FoundVariant]
    image: Annotated[ImageResponse | None, Meta(description="The first of its page.")]

    @classmethod
    def shown(cls, source: Json, prices: ChannelPrices, pictures: PictureAddresses) -> Self | None:
        """With the prices of this moment; None: nothing of it is for sale any more."""
        found = msgspec.convert(source, Shown)
        variants = [
            FoundVariant(
                sku=each.sku,
                options=each.options,
                price=pounds(price.unit_price_minor),
                in_stock=each.in_stock,
                regular_price=None if (regular := prices.regular(each.sku)) is None else pounds(regular),
            )
            for each in found.variants
            if (price := prices.on_sale(each.sku)) is not None
        ]
        if not variants:
            return None
        return cls(
            id=found.id, title=found.title, brand=found.brand or None, categories=list(found.categories),
            price=pounds(min(each.price.amount_minor for each in variants)), in_stock=found.in_stock, variants=variants,
            image=next(iter(ImageResponse.of_ready((found.image,), pictures)), None) if found.image else None,
        )  # fmt: skip


class FacetValue(Body):
    value: Annotated[str, Meta(description="As the parameter of the facet takes it.")]
    title: Annotated[str, Meta(description="As people read it.", examples=["£10 to £20"])]
    count: Annotated[int, Meta(description="Products with it, given what is chosen of all other facets.")]
    chosen: bool


class AttributeFacet(Body):
    name: str
    values: Annotated[list[FacetValue], Meta(description="`value` goes behind `name:`.")]


class Facets(Body):
    category: list[FacetValue]
    brand: list[FacetValue]
    price: list[FacetValue]
    attribute: list[AttributeFacet]
    in_stock: FacetValue
    on_offer: FacetValue

    @classmethod
    def counted(cls, answer: Json, filters: Filters, categories: Categories) -> Self:
        """From the aggregations that `facets.counts` asked for."""
        stock, offers = (answer[name]["values"]["doc_count"] for name in (IN_STOCK, ON_OFFER))
        return cls(
            category=_values(_counts(answer[CATEGORY]) | _wholes(answer), filters.categories, titled=categories.title),
            brand=_values(_counts(answer[BRAND]), filters.brands),
            price=_values(_counts(answer[PRICE]), filters.bands, order=list(BANDS), titled=band_title),
            attribute=_attributes(answer, filters),
            in_stock=FacetValue(value="true", title="In stock", count=stock, chosen=filters.in_stock),
            on_offer=FacetValue(value="true", title="On offer", count=offers, chosen=filters.on_offer),
        )


class SearchResponse(Body):
    products: Annotated[list[FoundProduct], Meta(description="A page may be shorter than its limit, and not the last.")]
    total: Annotated[int, Meta(description="Products on all pages.")]
    searched: Annotated[str, Meta(description="What was searched for; not `q` where a word of it was unknown.")]
    did_you_mean: Annotated[
        str | None, Meta(description="Not null: `q` has unknown words, and was searched like this.")
    ]
    reach: Annotated[
        Reach,
        Meta(
            description="`all_words`: every product has all the words. `kind`: few have; others of their kind follow. "
            "`some_words`: none has; these have most of them."
        ),
    ]
    facets: Annotated[Facets | None, Meta(description="Null on later pages.")]
    next: Next


class SuggestedProduct(Body):
    id: str
    title: str
    price: Amount
    in_stock: bool


class SuggestedCategory(Body):
    id: str
    title: str
    count: Annotated[int, Meta(description="Products in it that have to do with what was typed.")]


class SuggestResponse(Body):
    queries: Annotated[list[str], Meta(description="What was typed, with its last word completed.")]
    products: list[SuggestedProduct]
    categories: list[SuggestedCategory]


def away(error: Away) -> Problem:
    """OpenSearch does not answer."""
    return Problem(
        "search_unavailable",
        "The search does not answer at the moment. Everything else does; try again after `Retry-After`.",
        headers={"Retry-After": str(round(error.seconds))},
    )


def list_lost() -> Problem:
    """A page of a list that is not kept any more."""
    return Problem("list_lost", "This list is not kept any more. Search again, from the first page.")


def _counts(facet: Json) -> dict[str, int]:
    return {str(each["key"]): int(each["doc_count"]) for each in facet["values"]["buckets"]}


def _wholes(answer: Json) -> dict[str, int]:
    """Products in each category that has others below it; one that has none is not told of."""
    if facets.FAMILY not in answer:
        return {}
    buckets = answer[facets.FAMILY]["values"]["buckets"]
    return {name: each["doc_count"] for name, each in buckets.items() if each["doc_count"]}


def _values(
    counts: Mapping[str, int],
    chosen: Sequence[str],
    *,
    order: Iterable[str] = (),
    titled: Callable[[str], str] = str,
) -> list[FacetValue]:
    """The most frequent first; what was chosen is there also when nothing has it."""
    every = dict.fromkeys(chosen, 0) | dict(counts)
    names = list(order) or sorted(every, key=lambda value: (-every[value], value))
    return [
        FacetValue(value=name, title=titled(name), count=every.get(name, 0), chosen=name in chosen) for name in names
    ]


def _attributes(answer: Json, filters: Filters) -> list[AttributeFacet]:
    by_name: dict[str, dict[str, int]] = {}
    of_all = _counts(answer[facets.ATTRIBUTE])
    for pair, count in of_all.items():
        name, _, value = pair.partition("=")
        if name not in filters.attributes:
            by_name.setdefault(name, {})[value] = count
    for name in filters.attributes:
        own = _counts(answer[facets.attribute(name)])
        by_name[name] = {pair.partition("=")[2]: count for pair, count in own.items()}
    return [
        AttributeFacet(name=name, values=_values(by_name[name], filters.attributes.get(name, ())))
        for name in sorted(by_name)
    ]
