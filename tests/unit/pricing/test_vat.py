"""Pennies: VAT per line, delivery over the rates of the goods, shares that sum to the total (scenario 32)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cart.messages import CartLine
from schemas.pricing.basket import Item
from schemas.pricing.price import price
from schemas.pricing.vat import apportion, net_of_lines, vat_in, vat_shares

RATES = (0, 500, 2000)


def basket(*terms: tuple[int, int, int]) -> list[Item]:
    """Items of (quantity, unit price, VAT rate)."""
    return [
        Item(line=CartLine(sku=f"S{n}", quantity=quantity), title="", unit_price_minor=unit, vat_basis_points=rate)
        for n, (quantity, unit, rate) in enumerate(terms)
    ]


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [
        (120, 2000, 20),
        (1, 2000, 0),
        (3, 2000, 1),  # half a penny, upwards
        (2, 2000, 0),
        (4, 2000, 1),
        (9, 2000, 2),  # one and a half
        (105, 500, 5),
        (10, 500, 0),
        (11, 500, 1),
        (395, 2000, 66),
        (10_000, 0, 0),
    ],
)
def test_vat_is_the_nearest_penny_and_a_half_goes_up(gross: int, rate: int, vat: int) -> None:
    assert vat_in(gross, rate) == vat


@given(st.integers(0, 10**12), st.sampled_from((0, 500, 1250, 2000)))
def test_vat_is_never_further_than_half_a_penny_from_the_exact_one(gross: int, rate: int) -> None:
    exact = Fraction(gross * rate, 10_000 + rate)
    assert -Fraction(1, 2) < vat_in(gross, rate) - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("method", "goods", "charge"),
    [
        ("standard", 49_99, 3_95),
        ("standard", 50_00, 0),
        ("express", 49_99, 6_95),
        ("express", 500_00, 6_95),
        ("collect", 1_00, 0),
    ],
)
def test_delivery_costs_what_its_method_says(method: str, goods: int, charge: int) -> None:
    priced = price(basket((1, goods, 2000)), method)
    assert priced.delivery.gross_minor == charge
    assert priced.total_minor == goods + charge


def test_an_unknown_delivery_method_has_no_price() -> None:
    with pytest.raises(ValueError, match="drone"):
        price(basket((1, 1_00, 2000)), "drone")


def test_delivery_follows_the_rates_of_the_goods() -> None:
    # £30 at 20 % and £10 at 0 %: three quarters of £3.95 are under 20 %.
    priced = price(basket((1, 30_00, 2000), (1, 10_00, 0)), "standard")
    shares = {share.vat_basis_points: share for share in vat_shares(priced.lines, priced.delivery)}
    assert shares[2000].gross_minor == 30_00 + 2_96
    assert shares[0].gross_minor == 10_00 + 99
    assert priced.delivery.vat_minor == vat_in(2_96, 2000)


def test_delivery_of_zero_rated_goods_bears_no_vat() -> None:
    assert price(basket((1, 10_00, 0)), "standard").delivery.vat_minor == 0


def test_delivery_of_goods_that_cost_nothing_stands_under_their_highest_rate() -> None:
    priced = price(basket((1, 0, 0), (1, 0, 2000)), "standard")
    shares = vat_shares(priced.lines, priced.delivery)
    assert [(share.vat_basis_points, share.gross_minor) for share in shares] == [(2000, 3_95), (0, 0)]


def test_of_equal_remainders_the_first_gets_the_odd_penny() -> None:
    assert apportion(100, (1, 1, 1)) == (34, 33, 33)
    assert apportion(395, (1, 1)) == (198, 197)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_parts_sum_to_the_whole_and_none_is_a_penny_off(amount: int, weights: list[int]) -> None:
    parts = apportion(amount, tuple(weights))
    assert sum(parts) == amount
    if sum(weights):
        exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
        assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


BASKETS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5_000), st.sampled_from(RATES)), min_size=1, max_size=8)


@given(BASKETS, st.sampled_from(("standard", "express", "collect")))
def test_pennies_add_up_over_any_basket_of_mixed_vat(terms: list[tuple[int, int, int]], method: str) -> None:
    priced = price(basket(*terms), method)
    lines, delivery = priced.lines, priced.delivery
    shares = vat_shares(lines, delivery)
    assert sum(share.gross_minor for share in shares) == priced.total_minor
    assert priced.total_minor == net_of_lines(lines) + delivery.gross_minor
    assert sum(share.vat_minor for share in shares) == sum(line.vat_minor for line in lines) + delivery.vat_minor
    for share in shares:
        goods = [line for line in lines if line.vat_basis_points == share.vat_basis_points]
        of_delivery = share.gross_minor - sum(line.gross_minor for line in goods)
        assert 0 <= of_delivery <= delivery.gross_minor
        assert share.vat_minor == sum(line.vat_minor for line in goods) + vat_in(of_delivery, share.vat_basis_points)
        assert 0 <= share.vat_minor <= share.gross_minor
    assert [share.vat_basis_points for share in shares] == sorted({rate for *_, rate in terms}, reverse=True)
