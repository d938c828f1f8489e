"""What a movement of money books."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.payments.ledger import Account, VatShare
from streams.payments.ledger import entries, shares_of
from tests.unit.payments.examples import AMOUNT, SHARES


def share(rate: int, gross: int) -> VatShare:
    return VatShare(vat_basis_points=rate, gross_minor=gross, vat_minor=round(gross * rate / (10_000 + rate)))


shares = st.lists(
    st.builds(share, st.sampled_from([0, 500, 2000]), st.integers(0, 100_000)), min_size=1, max_size=5
).map(tuple)
payments = shares.filter(lambda each: sum(one.gross_minor for one in each) > 0)


def test_a_capture_books_the_gross_on_one_side_and_net_and_vat_of_every_rate_on_the_other() -> None:
    booked = [
        (entry.account, entry.amount_minor, entry.vat_basis_points) for entry in entries(SHARES, before=0, after=AMOUNT)
    ]
    assert booked == [
        (Account.STRIPE_BALANCE, 1_020, None),
        (Account.SALES, -501, 2000),
        (Account.VAT_OUTPUT, -100, 2000),
        (Account.SALES, -113, 500),
        (Account.VAT_OUTPUT, -6, 500),
        (Account.SALES, -300, 0),
    ]


def test_a_refund_of_a_part_goes_back_from_every_rate_the_remainder_from_the_largest() -> None:
    assert [each.gross_minor for each in shares_of(SHARES, 10)] == [6, 1, 3]
    assert [each.gross_minor for each in shares_of(SHARES, 1)] == [1, 0, 0]
    uneven = (share(2000, 70), share(500, 15), share(0, 15))
    assert [each.gross_minor for each in shares_of(uneven, 4)] == [2, 1, 1]


@settings(deadline=None)
@given(payments, st.lists(st.integers(1, 50_000), max_size=12))
def test_refunds_in_any_parts_come_back_to_the_capture_to_the_penny(
    parts: tuple[VatShare, ...], cuts: list[int]
) -> None:
    total = sum(one.gross_minor for one in parts)
    steps = [0, *sorted({cut % (total + 1) for cut in cuts}), total]
    booked: dict[tuple[Account, int | None], int] = {}
    for before, after in [
        (0, total),
        *((total - gone, total - more) for gone, more in pairwise(steps)),
    ]:
        for entry in entries(parts, before=before, after=after):
            key = (entry.account, entry.vat_basis_points)
            booked[key] = booked.get(key, 0) + entry.amount_minor
    assert not any(booked.values())


@settings(deadline=None)
@given(payments, st.integers(-1_000, 600_000), st.integers(-1_000, 600_000))
def test_every_booking_sums_to_zero(parts: tuple[VatShare, ...], before: int, after: int) -> None:
    assert sum(entry.amount_minor for entry in entries(parts, before=before, after=after)) == 0


@settings(deadline=None)
@given(payments, st.integers(0, 600_000))
def test_all_of_a_payment_is_exactly_its_shares_and_every_part_sums_up(parts: tuple[VatShare, ...], total: int) -> None:
    assert shares_of(parts, sum(one.gross_minor for one in parts)) == parts
    assert sum(one.gross_minor for one in shares_of(parts, total)) == total


@settings(deadline=None)
@given(payments, st.integers(0, 600_000))
def test_no_share_shrinks_while_the_total_grows(parts: tuple[VatShare, ...], total: int) -> None:
    for less, more in zip(shares_of(parts, total), shares_of(parts, total + 1), strict=True):
        assert less.gross_minor <= more.gross_minor
        assert less.vat_minor <= more.vat_minor
        assert less.gross_minor - less.vat_minor <= more.gross_minor - more.vat_minor


@settings(deadline=None)
@given(payments, st.integers(0, 600_000))
def test_no_part_is_further_from_its_exact_share_than_a_penny_per_rate(parts: tuple[VatShare, ...], total: int) -> None:
    whole = sum(one.gross_minor for one in parts)
    for part, exact in zip(shares_of(parts, total), parts, strict=True):
        assert abs(part.gross_minor - total * exact.gross_minor / whole) <= len(parts)
