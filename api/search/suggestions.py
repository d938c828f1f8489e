"""What may be meant by a text of which the last word is still being typed: one question for all of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.search import ranking
from api.search.facets import literal
from api.search.ranking import IN_STOCK_SCORE

Json = dict[str, Any]
PRODUCTS, CATEGORIES, QUERIES = 6, 4, 6
_NONE = "_"  # a group that nothing is in: there must be one
SHOWN = ["id", "title", "in_stock", "brand", "categories", "variants"]


def question(text: str, titled: Mapping[str, Sequence[str]]) -> Json:
    """Products, categories, and words that the last one may become.

    `titled`: all that is in each category whose title is meant; their products are counted whether found or not.
    """
    begun = ranking.words(text.lower())
    last = begun[-1] if begun else ""
    title = {"match": {"title.prefixes": {"query": text, "operator": "and", "boost": 4}}}
    anywhere = {"match_bool_prefix": {"spelling": {"query": text, "operator": "and"}}}
    codes = {"prefix": {"codes": {"value": text.lower(), "boost": 10}}}
    in_stock = {"constant_score": {"filter": {"term": {"in_stock": True}}, "boost": IN_STOCK_SCORE}}
    found = {"bool": {"should": [title, anywhere, codes], "minimum_should_match": 1}}
    wholes = {key: {"terms": {"categories": list(ids)}} for key, ids in titled.items()} | {_NONE: {"match_none": {}}}
    return {
        "query": {"bool": {"must": found, "should": [in_stock]}},
        "size": PRODUCTS,
        "sort": ranking.ORDERS[ranking.Sort.RELEVANCE],
        "_source": SHOWN,
        "track_total_hits": False,
        "aggs": {
            "categories": {
                "terms": {
                    "field": "categories",
                    "size": CATEGORIES,
                    "include": _category("-".join(begun), last),
                }
            },
            "titled": {"global": {}, "aggs": {"categories": {"filters": {"filters": wholes}}}},
            "words": {"terms": {"field": "names", "size": QUERIES, "include": _beginning(last)}},
        },
    }


def categories(answer: Json) -> dict[str, int]:
    """Ids of categories, those whose titles are meant first; with their products."""
    titled = answer["titled"]["categories"]["buckets"]
    found = {key: int(titled[key]["doc_count"]) for key in titled if titled[key]["doc_count"]}
    others = {str(each["key"]): int(each["doc_count"]) for each in answer["categories"]["buckets"]}
    return dict([*found.items(), *((key, count) for key, count in others.items() if key not in found)][:CATEGORIES])


def completed(text: str, words: list[str]) -> list[str]:
    """The text with its last word completed in each of these ways."""
    found = ranking.WORD.search(text[::-1])
    begun = text[: len(text) - found.end()] if found else text
    return [f"{begun}{word}" for word in words]


def _beginning(text: str) -> str:
    return f"{literal(text)}.*"


def _category(words: str, last: str) -> str:
    """A category whose id has all these words side by side, or one that begins like the last."""
    return f"(.*-)?({literal(words)}|{literal(last)}).*"
