"""Cursors, positions, the rate limit, delivery charges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http import cursors
from api.http.limits import OwnBuckets
from api.http.positions import parse, position
from api.http.problems import Problem
from schemas.delivery import STANDARD_FREE_FROM_MINOR, DeliveryMethod, delivery_charge_minor
from schemas.inventory.messages import ROOM as INVENTORY


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=64), st.integers(0, 2**53 - 1))
def test_a_cursor_stands_for_the_place_it_was_made_of(text: str, number: int) -> None:
    assert cursors.decode(cursors.encode(text, number), str, int) == (text, number)


@pytest.mark.parametrize(
    "cursor",
    ["x", "", "%%%", cursors.encode(1), cursors.encode("a", "b"), cursors.encode("a", -1), cursors.encode("\0", 1)],
)
def test_what_is_no_cursor_of_this_list_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        cursors.decode(cursor, str, int)
    assert refused.value.code == "validation_failed"


def test_a_position_is_read_back_as_it_was_written() -> None:
    assert parse(position(INVENTORY, "VASE@warehouse", 7)) == ("inventory", "VASE@warehouse", 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cart",
        "cart:",
        "cart:c",
        "cart:c:",
        "cart:c:-1",
        "cart:c:x",
        "mars:c:1",
        "cart::1",
        "cart:c:１",
        "cart:a b:1",
        "cart:\xe9:1",
        "inventory:VASE:1",
        "inventory:@warehouse:1",
        "cart:c@d:1",
        "cart:c:" + "9" * 16,
    ],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        parse(text)
    assert refused.value.code == "header_malformed"


def test_an_address_may_send_so_many_requests_and_then_as_many_as_time_brings() -> None:
    limit = OwnBuckets(60)
    assert [limit.take("a", 0.0) for _ in range(60)] == [0] * 60
    assert limit.take("a", 0.0) == 1
    assert limit.take("b", 0.0) == 0
    assert limit.take("a", 1.0) == 0
    assert limit.take("a", 1.0) == 1
    assert [limit.take("a", 1000.0) for _ in range(60)] == [0] * 60


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    limit = OwnBuckets(60, callers_max=10)
    for number in range(1_000):
        assert limit.take(str(number), number / 1000) == 0
    assert len(limit._buckets) <= 10


@pytest.mark.parametrize(
    ("method", "goods", "charge"),
    [
        (DeliveryMethod.STANDARD, STANDARD_FREE_FROM_MINOR - 1, 395),
        (DeliveryMethod.STANDARD, STANDARD_FREE_FROM_MINOR, 0),
        (DeliveryMethod.EXPRESS, STANDARD_FREE_FROM_MINOR, 695),
        (DeliveryMethod.COLLECT, 1, 0),
    ],
)
def test_delivery_costs_what_the_table_says(method: DeliveryMethod, goods: int, charge: int) -> None:
    assert delivery_charge_minor(method, goods) == charge
