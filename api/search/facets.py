"""Filters, and how many products each of their values would leave. Pure.

Within one facet the values chosen widen the result, several facets narrow it. So a facet counts what all others leave:
a second brand that is offered beside a chosen one says how many it would add.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CATEGORY, BRAND, PRICE, ATTRIBUTE, IN_STOCK, ON_OFFER = (
    "category", "brand", "price", "attribute", "in_stock", "on_offer",
)  # fmt: skip
FIELDS = {CATEGORY: "categories", BRAND: "brand.facet"}
FAMILY = "family"  # the categories that have others below them, each counted with those
VALUES_MAX = 200  # of a facet, those with the most products
ATTRIBUTE_VALUES_MAX = 1_000  # of all attributes together
# From and to in pence, up to but without the second; by what a request calls them.
BANDS: Mapping[str, tuple[int, int | None]] = {
    "0-1000": (0, 1_000),
    "1000-2000": (1_000, 2_000),
    "2000-4000": (2_000, 4_000),
    "4000-6000": (4_000, 6_000),
    "6000-": (6_000, None),
}
_SPECIAL = re.compile(r"([.?+*|{}\[\]()\"\\#@&<>~^$-])")  # of Lucene's regular expressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a shopper has chosen."""

    categories: tuple[str, ...] = ()
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by a category, all that is in it
    brands: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by name
    in_stock: bool = False
    on_offer: bool = False

    def groups(self) -> dict[str, Json]:
        """A filter for each facet of which something is chosen; an attribute is a facet of its own."""
        chosen: dict[str, Json] = {}
        if self.categories:
            every = dict.fromkeys(each for name in self.categories for each in self.families.get(name, (name,)))
            chosen[CATEGORY] = {"terms": {FIELDS[CATEGORY]: list(every)}}
        if self.brands:
            chosen[BRAND] = {"terms": {FIELDS[BRAND]: self.brands}}
        if self.bands:
            bands = [{"range": {"price": _range(*BANDS[band])}} for band in self.bands]
            chosen[PRICE] = {"bool": {"should": bands, "minimum_should_match": 1}}
        for name, values in self.attributes.items():
            chosen[attribute(name)] = {"terms": {"attributes": [f"{name}={value}" for value in values]}}
        if self.in_stock:
            chosen[IN_STOCK] = {"term": {"in_stock": True}}
        if self.on_offer:
            chosen[ON_OFFER] = {"term": {"on_offer": True}}
        return chosen


def band_title(band: str) -> str:
    """A price band as people read it, e.g. `£10 to £20`."""
    low, high = BANDS[band]
    if high is None:
        return f"£{low // 100} and over"
    return f"£{low // 100} to £{high // 100}" if low else f"Under £{high // 100}"


def attribute(name: str) -> str:
    """The facet of one attribute."""
    return f"{ATTRIBUTE}:{name}"


def all_of(groups: Mapping[str, Json], *, but: str = "") -> Json:
    """What passes every filter, or every one but that of one facet."""
    return {"bool": {"filter": [chosen for name, chosen in groups.items() if name != but]}}


def counts(filters: Filters) -> Json:
    """The question how many products each value has. It must be asked of the query without the filters."""
    groups = filters.groups()

    def facet(name: str, inner: Json) -> Json:
        return {"filter": all_of(groups, but=name), "aggs": {"values": inner}}

    wholes = {name: {"terms": {FIELDS[CATEGORY]: ids}} for name, ids in filters.families.items()}
    bands = [{"key": key, "from": low, **({} if high is None else {"to": high})} for key, (low, high) in BANDS.items()]
    asked = {
        "matched": {"filter": {"match_all": {}}},
        CATEGORY: facet(CATEGORY, {"terms": {"field": FIELDS[CATEGORY], "size": VALUES_MAX}}),
        BRAND: facet(BRAND, {"terms": {"field": FIELDS[BRAND], "size": VALUES_MAX}}),
        PRICE: facet(PRICE, {"range": {"field": "price", "ranges": bands}}),
        ATTRIBUTE: facet("", {"terms": {"field": "attributes", "size": ATTRIBUTE_VALUES_MAX}}),
        IN_STOCK: facet(IN_STOCK, {"filter": {"term": {"in_stock": True}}}),
        ON_OFFER: facet(ON_OFFER, {"filter": {"term": {"on_offer": True}}}),
    }
    if wholes:
        asked[FAMILY] = facet(CATEGORY, {"filters": {"filters": wholes}})
    for name in filters.attributes:
        own = f"{literal(name)}=.*"
        values = {"terms": {"field": "attributes", "size": VALUES_MAX, "include": own}}
        asked[attribute(name)] = facet(attribute(name), values)
    return asked


def literal(text: str) -> str:
    """A text as a regular expression of Lucene that means itself."""
    return _SPECIAL.sub(r"\\\1", text)


def _range(low: int, high: int | None) -> Json:
    return {"gte": low} if high is None else {"gte": low, "lt": high}
