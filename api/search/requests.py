"""What can be asked of the search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.http.fields import Channel, ChannelQuery, Id, Line, StrictModel
from api.http.texts import text
from api.search.facets import BANDS, Filters
from api.search.find import Wanted
from api.search.ranking import Sort

PAGE_MAX = 100
TEXT_LENGTH_MAX = 200
CHOSEN_MAX = 50  # values of one facet
ATTRIBUTE_PATTERN = r"^[a-z][a-z0-9_]{0,39}:.{1,120}$"


def band(given: str) -> str:
    """One of the price bands. Raises ValueError that names them."""
    if given not in BANDS:
        raise ValueError(f"{given!r:.40} is no price band; there are {', '.join(BANDS)}")
    return given


Text = Annotated[str, StringConstraints(max_length=TEXT_LENGTH_MAX), AfterValidator(text)]
Band = Annotated[str, AfterValidator(band), Field(json_schema_extra={"enum": list(BANDS)})]
Attribute = Annotated[str, StringConstraints(pattern=ATTRIBUTE_PATTERN)]


class SearchQuery(StrictModel):
    """Which products. A filter may be given several times: its values widen the result, several filters narrow it."""

    q: Annotated[
        Text, Field(description="Words, a SKU or a barcode; empty: every product.", examples=["red roses"])
    ] = ""
    category: Annotated[tuple[Id, ...], Field(max_length=CHOSEN_MAX, description="In one of these, or below it.")] = ()
    brand: Annotated[tuple[Line, ...], Field(max_length=CHOSEN_MAX, description="Of one of these.")] = ()
    price: Annotated[
        tuple[Band, ...],
        Field(max_length=len(BANDS), description="Pence of the cheapest variant: from-to, without to."),
    ] = ()
    attribute: Annotated[
        tuple[Attribute, ...],
        Field(max_length=CHOSEN_MAX, description="`name:value`; the values of one name widen the result."),
    ] = ()
    in_stock: Annotated[bool, Field(description="True: only what can be bought now.")] = False
    on_offer: Annotated[bool, Field(description="True: only what costs less than usual.")] = False
    channel: ChannelQuery = Channel.WEB
    sort: Annotated[Sort, Field(description="What is sold out comes last in any order.")] = Sort.RELEVANCE
    after: Annotated[str | None, Field(max_length=4_000, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Products on a page.")] = 24

    def wanted(self, pinned: tuple[str, ...], families: Mapping[str, tuple[str, ...]]) -> Wanted:
        """The same, as it is searched; with the ids of what comes first, and all that is in a category."""
        attributes: dict[str, tuple[str, ...]] = {}
        for each in self.attribute:
            name, _, value = each.partition(":")
            attributes[name] = (*attributes.get(name, ()), value)
        filters = Filters(
            categories=self.category,
            families=families,
            brands=self.brand,
            bands=self.price,
            attributes=attributes,
            in_stock=self.in_stock,
            on_offer=self.on_offer,
        )
        return Wanted(
            text=self.q, filters=filters, sort=self.sort, size=self.limit, channel=self.channel, pinned=pinned
        )


class SuggestQuery(StrictModel):
    """What was typed so far."""

    q: Annotated[Text, StringConstraints(min_length=1), Field(description="As far as typed.", examples=["red ro"])]
    channel: ChannelQuery = Channel.WEB
