"""Cursors: of one list, and of nobody else's making."""

from __future__ import annotations

import pytest

from api.http.problems import Problem
from api.search.facets import Filters
from api.search.find import Wanted
from api.search.pages import PageCipher, PageStart, list_of
from api.search.ranking import Reach, Sort

WANTED = Wanted(text="roses", filters=Filters(brands=("Hartsease Growers",)))
PLACE = PageStart(
    of=list_of(WANTED),
    text="roses",
    reach=Reach.ALL_WORDS,
    view="a-moment",
    pinned=("old-brass-rose",),
    after=[1012.3457, "old-brass-rose"],
)


def test_a_cursor_is_opened_as_it_was_sealed_also_after_a_secret_was_renewed() -> None:
    cursor = PageCipher("former").sealed(PLACE)
    assert PageCipher("new", "former").opened(cursor, WANTED) == PLACE
    assert cursor.isascii() and "a-moment" not in cursor


def test_the_length_of_a_page_may_change() -> None:
    longer = Wanted(text=WANTED.text, filters=WANTED.filters, size=100)
    assert PageCipher("s").opened(PageCipher("s").sealed(PLACE), longer) == PLACE


def test_any_other_is_refused() -> None:
    seals = PageCipher("s")
    cursor = seals.sealed(PLACE)
    others = (
        Wanted(text="rose", filters=WANTED.filters),
        Wanted(text="roses", filters=Filters()),
        Wanted(text="roses", filters=WANTED.filters, sort=Sort.PRICE),
    )
    for given, wanted in (
        *((cursor, other) for other in others),
        (PageCipher("other").sealed(PLACE), WANTED),
        (cursor[:-4], WANTED),
        (f"A{cursor}", WANTED),
        ("", WANTED),
        ("é", WANTED),
        ("a", WANTED),
    ):
        with pytest.raises(Problem, match="no cursor"):
            seals.opened(given, wanted)
