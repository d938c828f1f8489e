"""What a query asks, what a title says, and what a text may become."""

from __future__ import annotations

import re

from api.search import ranking, suggestions
from api.search.facets import BANDS, Filters, all_of, counts, literal
from connectors.opensearch.documents import heads
from connectors.opensearch.index import definition, synonyms
from tests.cases import every


@every(
    "title,said",
    [
        ("Rose card", ["card"]),
        ("Dahlia tubers, pompon", ["tubers", "pompon"]),
        ("Striped pitcher (for tulips)", ["pitcher"]),
        ("Philips DLA5556 For iPod Car Charger", ["Philips"]),
        ("Lenovo Laser mouse, 2000 DPI", ["mouse", "DPI"]),
        ("HP Bluetooth Laser mouse", ["mouse"]),
        ("Admiral's Coat rose", ["rose"]),
        ("", []),
    ],
)
def test_a_thing_is_what_the_last_word_of_a_phrase_says(title: str, said: list[str]) -> None:
    assert heads(title) == said


def test_whose_it_is_does_not_say_what_it_is() -> None:
    assert heads("DELL W009C", brand="DELL") == []


@every(
    "text,suggested,meant",
    [
        ("red rosses", [(4, 6, "roses", 0.8)], "red roses"),
        ("tulps and rosses", [(0, 5, "tulips", 0.83), (10, 6, "roses", 0.8)], "tulips and roses"),
        ("mums", [(0, 4, "must", 0.5)], "mums"),
        ("roses", [], "roses"),
    ],
)
def test_a_word_is_taken_for_another_only_if_they_are_alike(
    text: str, suggested: list[tuple[int, int, str, float]], meant: str
) -> None:
    answer = [
        {"offset": offset, "length": length, "options": [{"text": word, "score": score}]}
        for offset, length, word, score in suggested
    ]
    assert ranking.corrected(text, answer) == meant


def test_no_words_mean_everything() -> None:
    assert ranking.query("")["bool"]["must"] == {"match_all": {}}


def test_a_facet_is_counted_as_all_others_leave_it() -> None:
    filters = Filters(categories=("a", "b"), bands=("6000-",), attributes={"colour": ("blue",)}, in_stock=True)
    groups = filters.groups()
    assert set(groups) == {"category", "price", "attribute:colour", "in_stock"}
    asked = counts(filters)
    assert asked["brand"]["filter"] == all_of(groups)
    for facet in groups:
        assert asked[facet]["filter"] == all_of(groups, but=facet), facet
        assert len(asked[facet]["filter"]["bool"]["filter"]) == 3
    assert groups["price"]["bool"]["should"] == [{"range": {"price": {"gte": 6_000}}}]


def test_price_bands_meet_without_gap_or_overlap() -> None:
    bands = list(BANDS.values())
    assert bands[0][0] == 0 and bands[-1][1] is None
    assert [high for _, high in bands[:-1]] == [low for low, _ in bands[1:]]


def test_what_was_typed_stands_for_itself_in_a_pattern() -> None:
    for text in ("a.b", "c++", "50%", "x[1]", '"q"', "a-b", "#1", "é~@&<>"):
        assert re.fullmatch(literal(text).replace('\\"', '"'), text), text


@every(
    "text,words,wanted",
    [
        ("red ro", ["rose", "roses"], ["red rose", "red roses"]),
        ("ro", ["roses"], ["roses"]),
        ("red ", [], []),
        ("", ["a"], ["a"]),
    ],
)
def test_only_the_last_word_is_completed(text: str, words: list[str], wanted: list[str]) -> None:
    assert suggestions.completed(text, words) == wanted


def test_synonyms_are_groups_of_words_without_comments() -> None:
    assert synonyms()
    assert not [line for line in synonyms() if "#" in line or not re.search(r",|=>", line)]
    filters = definition(["a, b"])["settings"]["analysis"]["filter"]
    assert filters["others_call_it"]["synonyms"] == [*synonyms(), "a, b"]
