"""`bloomfield relevance`: how well queries are answered, measured on a judged set in an index of its own."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import typer
from rich.console import Console

from api.search.facets import Filters
from api.search.find import Wanted, first_page
from connectors.opensearch.bulk import BULK_MAX, write
from connectors.opensearch.client import OpenSearch, Unreachable, next_version
from connectors.opensearch.documents import Made
from connectors.opensearch.index import definition
from connectors.opensearch.reads import Away, Index
from ops.search.judged import DEPTH, JudgedSet, NoJudgedSet, florist, folder, ndcg
from ops.tables import show
from process.settings import Settings

ALIAS = "relevance"
TRIES_MAX = 60
LOOKED_AT = 50  # of a ranking: what nobody rated is left out of it before the first ten are taken

app = typer.Typer(help=__doc__)
Rankings = dict[str, list[str]]  # ids by query
PLAIN: dict[str, Any] = {"type": "text"}  # OpenSearch's own: the standard analyzer, and BM25


@app.command("relevance")
def relevance(
    set_folder: Annotated[
        Path | None, typer.Argument(help="products.ndjson[.gz] and judgments.csv; without it the florist's set.")
    ] = None,
    worst: Annotated[int, typer.Option(help="Show so many of the queries that are answered worst.")] = 0,
) -> None:
    """Load a judged set into an index of its own, ask its queries, and print NDCG@10 with plain BM25 beside it."""
    out = Console(highlight=False)
    try:
        judged = florist() if set_folder is None else folder(set_folder)
    except NoJudgedSet as error:
        raise typer.BadParameter(str(error)) from error
    ours, plain = measure(Settings.from_environment().opensearch, judged)
    rows = [(name, *_row(judged, found)) for name, found in (("ours", ours), ("plain BM25", plain))]
    columns = ("ranking", f"NDCG@{DEPTH}", "judged only", "empty", "answered though there is none")
    show(out, f"{len(answerable(judged))} queries with an answer, {_without(judged)} without", columns, rows)
    poor = sorted(answerable(judged), key=lambda query: ndcg(ours[query], judged.queries[query]))[:worst]
    for query in poor:
        out.print(f"{ndcg(ours[query], judged.queries[query]):.2f} {query}: {', '.join(ours[query][:DEPTH])}")


def measure(url: str, judged: JudgedSet) -> tuple[Rankings, Rankings]:
    """The rankings of all queries: ours, and plain BM25's over title and description."""
    with OpenSearch(url) as server:
        ours, plain = _fresh(server, f"{ALIAS}-ours"), _fresh(server, f"{ALIAS}-plain")
        try:
            server.create(ours[1], definition())
            fields = {"title": PLAIN, "description": PLAIN}
            server.create(plain[1], {"mappings": {"dynamic": False, "properties": fields}})
            for alias, index in (ours, plain):
                server.point(alias, index)
                _fill(server, index, judged)
            return asyncio.run(_ours(url, ours[0], judged)), {
                query: _plain(server, plain[0], query) for query in judged.queries
            }
        finally:
            server.delete(ours[1], plain[1])


def answerable(judged: JudgedSet) -> list[str]:
    """The queries that have an answer."""
    return [query for query, ratings in judged.queries.items() if any(ratings.values())]


def mean(judged: JudgedSet, found: Rankings, *, judged_only: bool = False) -> float:
    """NDCG@10 over the queries that have an answer."""
    return fmean(ndcg(found[query], judged.queries[query], judged_only=judged_only) for query in answerable(judged))


def unanswered(judged: JudgedSet, found: Rankings) -> list[str]:
    """The queries that have an answer, and got none."""
    return [query for query in answerable(judged) if not found[query]]


def needlessly(judged: JudgedSet, found: Rankings) -> list[str]:
    """The queries that got an answer though nothing answers them. Only of sets where nothing is rated for those."""
    return [query for query, ratings in judged.queries.items() if not ratings and found[query]]


def _row(judged: JudgedSet, found: Rankings) -> tuple[str, ...]:
    figures = mean(judged, found), mean(judged, found, judged_only=True)
    lists = unanswered(judged, found), needlessly(judged, found)
    return (*(f"{figure:.3f}" for figure in figures), *(f"{len(each)} {', '.join(each[:5])}" for each in lists))


def _without(judged: JudgedSet) -> int:
    return len(judged.queries) - len(answerable(judged))


def _fresh(server: OpenSearch, alias: str) -> tuple[str, str]:
    return alias, next_version(alias, server.versions_of(alias))


def _fill(server: OpenSearch, index: str, judged: JudgedSet) -> None:
    products = iter(judged.products())
    for made in iter(lambda: [Made(each.id, each, 1) for each in islice(products, BULK_MAX)], []):
        write(server, index, made, refresh=False)
    server.call("POST", f"/{index}/_refresh")


async def _ours(url: str, alias: str, judged: JudgedSet) -> Rankings:
    index = Index(url, alias)
    try:
        return {query: await _found(index, query) for query in judged.queries}
    finally:
        await index.close()


async def _found(index: Index, query: str) -> list[str]:
    for _ in range(TRIES_MAX):
        try:
            found = await first_page(index, Wanted(text=query, filters=Filters(), size=LOOKED_AT))
            return [str(each["_id"]) for each in found.hits]
        except Away as away:  # the machine is busy: it is no shopper who waits
            await asyncio.sleep(away.seconds)
    raise Unreachable(f"no answer to {query!r} in {TRIES_MAX} tries")


def _plain(server: OpenSearch, alias: str, query: str) -> list[str]:
    asked = {"multi_match": {"query": query, "fields": ["title", "description"], "type": "most_fields"}}
    answer = server.call("POST", f"/{alias}/_search", {"query": asked, "size": LOOKED_AT, "_source": False})
    return [str(each["_id"]) for each in answer["hits"]["hits"]]
