"""What may be meant by a text of which the last word is still being typed: one question for all of it. Pure."""

from __future__ import annotations

from typing import Any

from api.search import ranking
from api.search.facets import literal
from api.search.ranking import IN_STOCK_SCORE

Json = dict[str, Any]
PRODUCTS, CATEGORIES, QUERIES = 6, 4, 6
SHOWN = ["id", "title", "in_stock", "brand", "categories", "variants"]


def question(text: str) -> Json:
    """Products, categories, and words that the last one may become."""
    begun = ranking.words(text.lower())
    last = begun[-1] if begun else ""
    title = {"match": {"title.prefixes": {"query": text, "operator": "and", "boost": 4}}}
    anywhere = {"match_bool_prefix": {"spelling": {"query": text, "operator": "and"}}}
    codes = {"prefix": {"codes": {"value": text.lower(), "boost": 10}}}
    in_stock = {"constant_score": {"filter": {"term": {"in_stock": True}}, "boost": IN_STOCK_SCORE}}
    found = {"bool": {"should": [title, anywhere, codes], "minimum_should_match": 1}}
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
            "words": {"terms": {"field": "names", "size": QUERIES, "include": _beginning(last)}},
        },
    }


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
