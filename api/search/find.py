"""How an answer is found: all words as they were typed; else as they were meant; else most of them; else nothing.

Where few products have all the words others of the same kind follow: a shopper who wants a moon vase wants a vase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.search import ranking
from api.search.facets import Filters, all_of, counts
from api.search.ranking import ORDERS, Reach, Sort
from connectors.opensearch.reads import Index, ViewLost

Json = dict[str, Any]
FEW = 4  # products: fewer leave room for others of their kind
SOME_OF_MIN = 3  # words, of which one may be missing
SHOWN = ["id", "title", "brand", "categories", "price", "in_stock", "variants"]  # of a product, its picture apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched; `text` may be empty: then for everything."""

    text: str
    filters: Filters
    sort: Sort = Sort.RELEVANCE
    size: int = 24
    channel: str = "web"  # whose prices are shown
    pinned: tuple[str, ...] = ()  # ids of what comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """An answer of OpenSearch, and what it is an answer to."""

    text: str  # what was searched in the end
    reach: Reach
    view: str  # the moment that all pages show
    answer: Json

    @property
    def hits(self) -> list[Json]:
        """The products of the page."""
        found: list[Json] = self.answer["hits"]["hits"]
        return found

    @property
    def total(self) -> int:
        """How many products there are on all pages."""
        return int(self.answer["hits"]["total"]["value"])

    @property
    def matched(self) -> int:
        """How many there would be without the filters."""
        return int(self.answer["aggregations"]["matched"]["doc_count"])


def body(wanted: Wanted, text: str, reach: Reach) -> Json:
    """The search of a page; the filters come after the counts."""
    return {
        "query": ranking.query(text, reach, wanted.pinned),
        "post_filter": all_of(wanted.filters.groups()),
        "sort": ORDERS[wanted.sort],
        "size": wanted.size,
        "track_total_hits": True,
        "_source": [*SHOWN, "image"],
    }


async def first_page(index: Index, wanted: Wanted) -> SearchAnswer:
    """The first page. Raises Away."""
    found = await _search(index, wanted, wanted.text, Reach.ALL_WORDS)
    if not found.matched and wanted.text:
        meant = await as_meant(index, wanted.text)
        if meant != wanted.text:
            found = await _search(index, wanted, meant, Reach.ALL_WORDS)
    words = len(ranking.words(found.text))
    if 0 < found.matched < FEW and words > 1:
        return await _search(index, wanted, found.text, Reach.KIND)
    if not found.matched and words >= SOME_OF_MIN:
        return await _search(index, wanted, found.text, Reach.SOME_WORDS)
    return found


async def later_page(index: Index, wanted: Wanted, *, view: str, reach: Reach, after: list[Any]) -> Json:
    """A page behind a place, of the same moment. Raises Away, ViewLost."""
    return await index.at(view, body(wanted, wanted.text, reach) | {"search_after": after})


async def as_they_are(index: Index, ids: list[str]) -> list[Json]:
    """What is shown of these products now, in this order; those that left the index are missing. Raises Away."""
    answer = await index.now({"query": {"ids": {"values": ids}}, "size": len(ids), "_source": [*SHOWN, "image"]})
    found = {str(each["_id"]): each["_source"] for each in answer["hits"]["hits"]}
    return [found[each] for each in ids if each in found]


async def as_meant(index: Index, text: str) -> str:
    """A text with its unknown words as they were meant, as far as that can be told."""
    answer = await index.now({"size": 0, "suggest": ranking.spelling(text)})
    return ranking.corrected(text, answer["suggest"]["words"])


async def _search(index: Index, wanted: Wanted, text: str, reach: Reach) -> SearchAnswer:
    asked = body(wanted, text, reach) | {"aggs": counts(wanted.filters)}
    try:
        view = await index.view()
        answer = await index.at(view, asked)
    except ViewLost:  # the index was replaced within the last moment
        index.forget_view()
        view = await index.view()
        answer = await index.at(view, asked)
    return SearchAnswer(text=text, reach=reach, view=view, answer=answer)
