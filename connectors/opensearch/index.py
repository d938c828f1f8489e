"""The index: how a product's words are taken apart, and what can be asked of each field."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from connectors.opensearch.client import OpenSearch, next_version

Json = dict[str, Any]

STEMMER = "english"
PREFIX_LENGTH_MAX = 15
GC_DELETES = "1h"  # how long the version of a deleted document is remembered: no late write brings it back


def synonyms() -> list[str]:
    """The groups that the search knows before staff have set any (api/synonyms)."""
    text = resources.files("connectors.opensearch").joinpath("synonyms.txt").read_text()
    return [line for each in text.splitlines() if (line := each.partition("#")[0].strip())]


def definition(of_staff: Sequence[str] = ()) -> Json:
    """Settings and mapping of an index of products; `of_staff`: groups of synonyms that are added to ours."""
    return {
        "settings": {
            "number_of_shards": 1,
            "number_of_replicas": 0,
            "refresh_interval": "1s",
            "gc_deletes": GC_DELETES,
            "analysis": _analysis([*synonyms(), *of_staff]),
        },
        "mappings": {"dynamic": "strict", "properties": _fields()},
    }


def ensure(server: OpenSearch, alias: str) -> bool:
    """Make an empty index for an alias that stands for none; True: it was made. One that is there learns new fields.

    Raises Unreachable, or SearchRefused: also when a field is another now, until `bloomfield reindex`.
    """
    if server.indices_of(alias):
        server.call("PUT", f"/{alias}/_mapping", {"properties": _fields()})
        return False
    index = next_version(alias, server.versions_of(alias))
    server.create(index, definition())
    server.point(alias, index)
    return True


def _analysis(synonym_lines: list[str]) -> Json:
    plain = ["lowercase", "asciifolding"]
    stemmed = [*plain, "stemmed"]

    def analyzer(*filters: str, tokenizer: str = "standard") -> Json:
        return {"type": "custom", "tokenizer": tokenizer, "char_filter": ["apostrophes"], "filter": list(filters)}

    return {
        "char_filter": {
            # Typed as they may be: mother's, mother’s, mothers.
            "apostrophes": {"type": "mapping", "mappings": [f"{mark}=>" for mark in "'’‘`´ʼ＇"]},
        },
        "filter": {
            "stemmed": {"type": "stemmer", "language": STEMMER},
            "stopped": {"type": "stop", "stopwords": "_english_"},
            "others_call_it": {"type": "synonym_graph", "synonyms": synonym_lines},
            # "houseplants" and "house plants", "wild flower" and "wildflower".
            "joined": {"type": "shingle", "max_shingle_size": 2, "token_separator": "", "output_unigrams": True},
            "joined_only": {
                "type": "shingle",
                "max_shingle_size": 2,
                "token_separator": "",
                "output_unigrams": False,
                "output_unigrams_if_no_shingles": True,
            },
            "prefixes": {"type": "edge_ngram", "min_gram": 1, "max_gram": PREFIX_LENGTH_MAX},
        },
        "analyzer": {
            "words": analyzer(*stemmed, "stopped"),
            "words_asked": analyzer(*stemmed, "others_call_it", "stopped"),
            "exact": analyzer(*plain),
            "joined": analyzer(*plain, "joined", "stemmed"),
            "joined_asked": analyzer(*plain, "joined_only", "stemmed"),
            "prefixes": analyzer(*plain, "prefixes"),
        },
        "normalizer": {"code": {"type": "custom", "filter": ["lowercase"]}},
    }


def _fields() -> Json:
    def text(**more: Any) -> Json:
        return {"type": "text", "analyzer": "words", "search_analyzer": "words_asked", **more}

    searched = {"copy_to": ["all", "spelling"]}
    named = {"copy_to": ["all", "spelling", "names"]}
    exact = {"type": "text", "analyzer": "exact"}
    keyword = {"type": "keyword"}
    unsearched = {"type": "object", "enabled": False}
    return {
        "id": keyword,
        "title": text(
            **named,
            fields={
                "exact": exact,
                "prefixes": {"type": "text", "analyzer": "prefixes", "search_analyzer": "exact"},
                "sorted": {"type": "keyword", "normalizer": "code"},
            },
        ),
        "heads": text(),
        "description": text(**searched),
        "brand": text(**searched, fields={"facet": keyword}),
        "categories": keyword,
        "category_words": text(**named),
        "attributes": keyword,
        "facts": text(**searched),
        "all": text(fields={"joined": {"type": "text", "analyzer": "joined"}}),
        "names": exact | {"fielddata": True},  # words of which a text that is being typed may become one
        "spelling": exact | {"fielddata": True},
        "codes": {"type": "keyword", "normalizer": "code"},
        "price": {"type": "integer"},
        "in_stock": {"type": "boolean"},
        "on_offer": {"type": "boolean"},
        "variants": unsearched,
        "image": unsearched,
    }
