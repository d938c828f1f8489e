"""Which products answer a query, and in what order: the query as OpenSearch is asked it. Pure.

All words must be found somewhere in a product; where they are found, and whether side by side, decides its place. Above
that stand two tiers: what can be bought now, and above all a SKU or barcode that is exactly what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

# A score of words alone is well below 1 000. A float has 24 bits: between the tiers there is room for its differences.
ALL_WORDS_SCORE, IN_STOCK_SCORE, PINNED_SCORE, EXACT_SCORE = 300, 1_000, 100_000, 1_000_000
PIN_STEP = 5_000  # from one pinned product to the next, more than all else of a score below PINNED_SCORE
# `heads` say what a thing is; `spelling` has the words as they are: what was typed comes before a synonym of it.
WEIGHTS = {
    "title": 5.0, "title.exact": 3.0, "heads": 3.0, "brand": 4.0, "category_words": 1.0, "facts": 2.0,
    "description": 2.5, "spelling": 0.5,
}  # fmt: skip
PHRASE_WEIGHT = 8.0
LIKENESS_MIN = 0.7  # of a word that is taken for another, from 0 to 1: two letters of seven may be wrong
SOME_WORDS = "2<75%"  # of three words two, of four three; of one or two all
WORD = re.compile(r"\w+", re.UNICODE)


class Reach(StrEnum):
    """How far from what was asked for a product may be."""

    ALL_WORDS = "all_words"
    KIND = "kind"  # behind those that have all words others of the kind: other wreaths behind a Christmas wreath
    SOME_WORDS = "some_words"


class Sort(StrEnum):
    """In what order products are shown."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    TITLE = "title"


ORDERS: Mapping[Sort, list[Json]] = {
    Sort.RELEVANCE: [{"_score": "desc"}, {"id": "asc"}],
    Sort.PRICE: [{"in_stock": "desc"}, {"price": "asc"}, {"id": "asc"}],
    Sort.PRICE_DESCENDING: [{"in_stock": "desc"}, {"price": "desc"}, {"id": "asc"}],
    Sort.TITLE: [{"in_stock": "desc"}, {"title.sorted": "asc"}, {"id": "asc"}],
}


def words(text: str) -> list[str]:
    """The words of a text, as they were typed."""
    return WORD.findall(text)


def query(text: str, reach: Reach = Reach.ALL_WORDS, pinned: Sequence[str] = ()) -> Json:
    """The products that answer a text, scored; an empty one: all of them.

    Those that are pinned are among them, and come first in their order while they can be bought.
    """
    tier = {"constant_score": {"filter": {"term": {"in_stock": True}}, "boost": IN_STOCK_SCORE}}
    if not text:
        return {"bool": {"must": {"match_all": {}}, "should": [tier, *_first(pinned)]}}
    codes = {"constant_score": {"filter": {"term": {"codes": text}}, "boost": EXACT_SCORE}}
    ways = [
        *_anywhere(text, reach),
        {"term": {"codes": text}},
        *([{"ids": {"values": list(pinned)}}] if pinned else []),
    ]
    found = {"bool": {"should": ways, "minimum_should_match": 1}}
    return {"bool": {"filter": found, "should": [*_places(text, reach), tier, codes, *_first(pinned)]}}


def _first(pinned: Sequence[str]) -> Sequence[Json]:
    there = {"term": {"in_stock": True}}
    return [
        {
            "constant_score": {
                "filter": {"bool": {"filter": [{"ids": {"values": [each]}}, there]}},
                "boost": PINNED_SCORE + PIN_STEP * (len(pinned) - place),
            }
        }
        for place, each in enumerate(pinned)
    ]


def _anywhere(text: str, reach: Reach) -> Sequence[Json]:
    if reach is Reach.SOME_WORDS:
        return [{"match": {"all": {"query": text, "minimum_should_match": SOME_WORDS}}}]
    of_the_kind = [{"match": {"heads": words(text)[-1]}}] if reach is Reach.KIND else []
    return [
        *of_the_kind,
        {"match": {"all": {"query": text, "operator": "and"}}},
        {"match": {"all.joined": {"query": text, "operator": "and", "analyzer": "joined_asked"}}},
    ]


def _places(text: str, reach: Reach) -> Sequence[Json]:
    every = [
        {"constant_score": {"filter": each, "boost": ALL_WORDS_SCORE}} for each in _anywhere(text, Reach.ALL_WORDS)
    ]
    return [
        *(every if reach is Reach.KIND else []),
        *({"match": {field: {"query": text, "boost": weight}}} for field, weight in WEIGHTS.items()),
        {"match_phrase": {"title": {"query": text, "slop": 1, "boost": PHRASE_WEIGHT}}},
    ]


def spelling(text: str) -> Json:
    """The question which words were meant by those that no product has."""
    return {
        "text": text,
        "words": {
            "term": {
                "field": "spelling", "suggest_mode": "missing", "sort": "score", "size": 1, "prefix_length": 1,
                "max_edits": 2, "min_word_length": 4, "string_distance": "damerau_levenshtein",
            }
        },
    }  # fmt: skip


def corrected(text: str, suggestions: Sequence[Json]) -> str:
    """A text with the words that were meant, given the answer; the same text when there is nothing to mend."""
    mended = text
    for each in sorted(suggestions, key=lambda entry: -int(entry["offset"])):
        if each["options"] and each["options"][0]["score"] >= LIKENESS_MIN:
            begin, end = each["offset"], each["offset"] + each["length"]
            mended = mended[:begin] + str(each["options"][0]["text"]) + mended[end:]
    return mended
