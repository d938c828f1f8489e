"""Money, time and addresses as pages say them."""

from __future__ import annotations

import pytest

from api.web import pages
from api.web.storefront.basket import wanted_units
from api.web.storefront.listing import Listing


@pytest.mark.parametrize(
    ("minor", "words"),
    [(0, "£0.00"), (5, "£0.05"), (134_698, "£1,346.98"), (-250, "−£2.50"), (100_000_000, "£1,000,000.00")],
)
def test_pounds_have_two_digits_of_pence_and_commas(minor: int, words: str) -> None:
    assert pages.pounds({"amount_minor": minor, "currency": "GBP"}) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-11-30T14:32:00.000Z", "Mon 30 November, 14:32"),
        ("2026-07-01T23:30:00.000Z", "Thu 2 July, 00:30"),
        ("2026-03-29T01:00:00.000Z", "Sun 29 March, 02:00"),
    ],
)
def test_times_are_londons(time: str, words: str) -> None:
    assert pages.day(time) == words


def test_a_date_is_said_as_people_say_it() -> None:
    assert pages.date("2026-12-01") == "Tue 1 December"


@pytest.mark.parametrize(("typed", "units"), [("0", 0), (" 12 ", 12), ("007", 7), ("999", 999)])
def test_a_quantity_is_a_whole_number(typed: str, units: int) -> None:
    assert wanted_units(typed) == units


@pytest.mark.parametrize("typed", ["", "1000", "-1", "1.0", "1e2", "٣", "²", "99999999999999999999"])
def test_what_is_no_quantity_is_none(typed: str) -> None:
    assert wanted_units(typed) is None


def test_a_choice_is_one_link_away_and_leads_to_the_first_page() -> None:
    listing = Listing("/search", [("q", "red & white"), ("brand", "A"), ("after", "x"), ("utm_source", "letter")])
    assert listing.toggled("brand", "B") == "/search?q=red+%26+white&brand=A&brand=B"
    assert listing.toggled("brand", "A") == "/search?q=red+%26+white"
    assert listing.sorted_by("price") == "/search?q=red+%26+white&brand=A&sort=price"
    assert listing.following("y") == "/search?q=red+%26+white&brand=A&after=y"
    assert listing.chosen() == [("A", "/search?q=red+%26+white")]


def test_a_category_is_the_path_and_a_question() -> None:
    assert Listing("/c/roses", [("sort", "title")], "roses").question() == [("sort", "title"), ("category", "roses")]
