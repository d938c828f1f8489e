"""The search: products with their facets, page by page, and suggestions while somebody types."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response

from api.catalogue.pictures import PictureAddresses
from api.categories.categories import Categories
from api.http.docs import reads
from api.http.parts import part
from api.http.responses import respond
from api.log.commands import Commands
from api.pins.pins import Pins
from api.prices.prices import Prices
from api.search import find, suggestions
from api.search.find import SearchAnswer, Wanted
from api.search.pages import PageCipher, PageStart, list_of
from api.search.requests import SearchQuery, SuggestQuery
from api.search.responses import (
    Facets,
    FoundProduct,
    SearchResponse,
    SuggestedCategory,
    SuggestedProduct,
    SuggestResponse,
    away,
    list_lost,
)
from connectors.opensearch.reads import Away, Index, ViewLost
from schemas.searches import SearchFoundNothing
from schemas.topics import SEARCHES

router = APIRouter(prefix="/v1/search", tags=["search"])
Json = dict[str, Any]


@router.get("", **reads(SearchResponse, "search_unavailable", "list_lost"))
async def search(request: Request, query: Annotated[SearchQuery, Query()]) -> Response:
    """Products that answer a text, the best first, and how many each filter would leave.

    All pages of a list show the order of the moment of the first; prices and stock on them are those of now.
    """
    wanted = query.wanted(part(request, Pins).first(query.q), part(request, Categories).families)
    try:
        if query.after is not None:
            return respond(await _later(request, wanted, query.after))
        found = await find.first_page(part(request, Index), wanted)
    except Away as error:
        raise away(error) from error
    except ViewLost as error:
        raise list_lost() from error
    if not found.matched:
        _tell_of_nothing(request, wanted.text)
    return respond(_first(request, wanted, found))


@router.get("/suggest", **reads(SuggestResponse, "search_unavailable"))
async def suggest(request: Request, query: Annotated[SuggestQuery, Query()]) -> Response:
    """Queries, products and categories that may be meant by what was typed so far."""
    try:
        answer = await part(request, Index).now(
            suggestions.question(query.q, part(request, Categories).titled(query.q))
        )
    except Away as error:
        raise away(error) from error
    prices, titles, groups = (
        part(request, Prices).of(query.channel),
        part(request, Categories).title,
        answer["aggregations"],
    )
    pictures = part(request, PictureAddresses)
    shown = (FoundProduct.shown(each["_source"], prices, pictures) for each in answer["hits"]["hits"])
    words = [str(each["key"]) for each in groups["words"]["buckets"]]
    return respond(
        SuggestResponse(
            queries=suggestions.completed(query.q, words),
            products=[
                SuggestedProduct(id=each.id, title=each.title, price=each.price, in_stock=each.in_stock)
                for each in shown
                if each is not None
            ],
            categories=[
                SuggestedCategory(id=key, title=titles(key), count=count)
                for key, count in suggestions.categories(groups).items()
            ],
        )
    )


def _first(request: Request, wanted: Wanted, found: SearchAnswer) -> SearchResponse:
    place = PageStart(
        of=list_of(wanted), text=found.text, reach=found.reach, view=found.view, pinned=wanted.pinned, after=[]
    )
    return SearchResponse(
        products=_shown(request, wanted, [each["_source"] for each in found.hits]),
        total=found.total,
        searched=found.text,
        did_you_mean=None if found.text == wanted.text else found.text,
        reach=found.reach,
        facets=Facets.counted(found.answer["aggregations"], wanted.filters, part(request, Categories)),
        next=_next(request, wanted, place, found.answer),
    )


async def _later(request: Request, wanted: Wanted, cursor: str) -> SearchResponse:
    index, place = part(request, Index), part(request, PageCipher).opened(cursor, wanted)
    searched = replace(wanted, text=place.text, pinned=place.pinned)
    answer = await find.later_page(index, searched, view=place.view, reach=place.reach, after=place.after)
    live = await find.as_they_are(index, [str(each["_id"]) for each in answer["hits"]["hits"]])
    return SearchResponse(
        products=_shown(request, wanted, live),
        total=int(answer["hits"]["total"]["value"]),
        searched=place.text,
        did_you_mean=None if place.text == wanted.text else place.text,
        reach=place.reach,
        facets=None,
        next=_next(request, wanted, place, answer),
    )


def _shown(request: Request, wanted: Wanted, sources: list[Json]) -> list[FoundProduct]:
    prices, pictures = part(request, Prices).of(wanted.channel), part(request, PictureAddresses)
    return [shown for each in sources if (shown := FoundProduct.shown(each, prices, pictures)) is not None]


def _next(request: Request, wanted: Wanted, place: PageStart, answer: Json) -> str | None:
    hits = answer["hits"]["hits"]
    if len(hits) < wanted.size:
        return None
    behind = PageStart(
        of=place.of, text=place.text, reach=place.reach, pinned=place.pinned,
        view=str(answer.get("pit_id", place.view)), after=hits[-1]["sort"],
    )  # fmt: skip
    return part(request, PageCipher).sealed(behind)


def _tell_of_nothing(request: Request, text: str) -> None:
    """For the data team; nobody waits for it."""
    commands = part(request, Commands)
    envelope = commands.envelope(str(uuid4()), "guest", "web")
    commands.tell(SEARCHES, text.lower(), SearchFoundNothing(text=text, at=time.time_ns() // 1_000_000), envelope)
