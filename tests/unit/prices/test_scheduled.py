"""Prices for a while: by channel, from a moment until another, by the engine's timers."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.prices.messages import (
    ChannelPrice,
    PriceRefusal,
    PriceRefused,
    PricesScheduled,
    PricesTurned,
    QuotePrice,
    ScheduledPrice,
    SchedulePrices,
    SetPrice,
    SkuPrice,
    TurnPrices,
)
from schemas.prices.rules import PRICE_MAX_MINOR, SCHEDULED_MAX
from streams.prices.room import PRICES
from tests.rooms import sent

SET = SetPrice(sku="VASE", title="Vase", unit_price_minor=20_00, vat_basis_points=2_000)
SALE = ScheduledPrice(unit_price_minor=15_00, starts_at=100, ends_at=200)


def after(price: SkuPrice, *commands: SetPrice | SchedulePrices | TurnPrices, at: int = 0) -> SkuPrice:
    for command in commands:
        price = reduce(PRICES.evolve, PRICES.decide(command, price, at), price)
    return price


def scheduled(*prices: ScheduledPrice, at: int = 0) -> SkuPrice:
    return after(SkuPrice(), SET, SchedulePrices(sku="VASE", prices=prices), at=at)


def turned(price: SkuPrice, until: int) -> SkuPrice:
    """As the engine's clock makes it: every timer that is due by then, in order."""
    while (due := PRICES.next_timer_at(price)) is not None and due <= until:
        price = after(price, PRICES.on_timer("VASE", price, due))
    return price


def quoted(price: SkuPrice, channel: str) -> int:
    [(_, answer)] = sent(PRICES, QuotePrice(sku="VASE", channel=channel, answer_to="checkout/c"), price, ())
    return int(answer.price.unit_price_minor)  # type: ignore[attr-defined]  # PriceQuoted


def test_a_sale_begins_and_ends_by_itself_and_each_turn_is_an_event() -> None:
    price = scheduled(SALE)
    assert (quoted(price, "web"), PRICES.next_timer_at(price)) == (20_00, 100)
    [began] = PRICES.decide(TurnPrices(sku="VASE", due_at=100), price, 0)
    assert began == PricesTurned(sku="VASE", at=100, current=(ChannelPrice(unit_price_minor=15_00, ends_at=200),))
    assert [quoted(turned(price, at), "web") for at in (99, 100, 199, 200)] == [20_00, 15_00, 15_00, 20_00]
    assert PRICES.next_timer_at(turned(price, 200)) is None
    assert PRICES.decide(TurnPrices(sku="VASE", due_at=100), turned(price, 100), 0) == (), "each once"


def test_what_is_in_force_when_it_is_said_applies_at_once() -> None:
    price = scheduled(SALE, at=150)
    assert price.current == (ChannelPrice(unit_price_minor=15_00, ends_at=200),)
    assert quoted(price, "ios") == 15_00
    ended = after(price, SchedulePrices(sku="VASE", prices=()), at=160)
    assert (quoted(ended, "ios"), PRICES.next_timer_at(ended)) == (20_00, None)


def test_a_channels_own_price_comes_first_and_of_several_the_one_that_began_last() -> None:
    later = replace(SALE, unit_price_minor=12_00, starts_at=150)
    own = ScheduledPrice(channel="ios", unit_price_minor=25_00, starts_at=0)
    price = turned(scheduled(SALE, later, own), 160)
    assert {channel: quoted(price, channel) for channel in ("web", "ios", "android")} == {
        "web": 12_00, "ios": 25_00, "android": 12_00,
    }  # fmt: skip


def test_a_new_regular_price_leaves_the_schedule_alone_and_the_same_again_is_no_event() -> None:
    price = scheduled(SALE, at=150)
    dearer = after(price, replace(SET, unit_price_minor=30_00), at=150)
    assert (quoted(dearer, "web"), quoted(turned(dearer, 200), "web")) == (15_00, 30_00)
    assert PRICES.decide(SchedulePrices(sku="VASE", prices=(SALE,)), price, 170) == ()
    assert PRICES.decide(SET, price, 170) == ()


def test_the_first_reason_that_applies_is_given_and_nothing_changes() -> None:
    priced = after(SkuPrice(), SET)
    empty = replace(SALE, ends_at=100)
    for before, prices, reason in (
        (SkuPrice(), (replace(SALE, unit_price_minor=-1),), PriceRefusal.PRICE_OUT_OF_RANGE),
        (priced, (replace(empty, unit_price_minor=PRICE_MAX_MINOR + 1),), PriceRefusal.PRICE_OUT_OF_RANGE),
        (SkuPrice(), (empty,), PriceRefusal.PRICE_UNKNOWN),
        (priced, (empty,) * (SCHEDULED_MAX + 1), PriceRefusal.TOO_MANY_SCHEDULED),
        (priced, (SALE, empty), PriceRefusal.WINDOW_EMPTY),
    ):
        [event] = PRICES.decide(SchedulePrices(sku="VASE", prices=prices), before, 0)
        assert event == PriceRefused(sku="VASE", command="SchedulePrices", reason=reason)
        assert PRICES.evolve(before, event) == before


ANY = st.builds(
    lambda channel, pence, begins, lasts: ScheduledPrice(
        channel=channel, unit_price_minor=pence, starts_at=begins, ends_at=None if lasts == 0 else begins + lasts
    ),
    st.sampled_from(["", "web", "ios"]), st.integers(1, 9), st.integers(0, 20), st.integers(0, 10),
)  # fmt: skip


@given(st.lists(ANY, max_size=6), st.integers(0, 12), st.integers(0, 40))
def test_whenever_somebody_asks_what_applies_is_what_a_look_at_the_list_says(
    prices: list[ScheduledPrice], said_at: int, later: int
) -> None:
    price = scheduled(*prices, at=said_at)
    events = PRICES.decide(SchedulePrices(sku="VASE", prices=tuple(prices)), after(SkuPrice(), SET), said_at)
    assert all(isinstance(event, PricesScheduled) for event in events)
    at = said_at + later
    price = turned(price, at)
    for channel in ("web", "ios", "android"):
        expected = 20_00
        for name in ("", channel):
            there = [p for p in prices if p.channel == name and p.starts_at <= at < (p.ends_at or 10**9)]
            if there:
                newest = max(p.starts_at for p in there)
                expected = min(p.unit_price_minor for p in there if p.starts_at == newest)
        assert quoted(price, channel) == expected
