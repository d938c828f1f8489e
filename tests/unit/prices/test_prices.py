"""Prices are set by the staff and quoted to whoever asks."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from schemas.prices.messages import (
    Component,
    FileSku,
    Price,
    PriceEvent,
    PriceQuoted,
    PriceRefusal,
    PriceRefused,
    PriceSet,
    QuotePrice,
    SetPrice,
    SkuFiled,
    SkuPrice,
)
from schemas.prices.rules import COMPONENT_UNITS_MAX, COMPONENTS_MAX, PRICE_MAX_MINOR, VAT_MAX_BASIS_POINTS
from streams.prices.room import PRICES
from streams.runtime.decider import refusal_of
from tests.rooms import sent
from tests.seeds import some

PARTS = (Component(sku="VASE", quantity=1), Component(sku="BOWL", quantity=2))
SET_PRICE = SetPrice(sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS)
QUOTE = QuotePrice(sku="SET", answer_to="checkout/checkout-1")


def priced(*commands: SetPrice) -> tuple[SkuPrice, tuple[PriceEvent, ...]]:
    price = SkuPrice()
    events_of_all: tuple[PriceEvent, ...] = ()
    for command in commands:
        events = PRICES.decide(command, price, 0)
        price = reduce(PRICES.evolve, events, price)
        events_of_all += events
    return price, events_of_all


def quoted(price: SkuPrice) -> Price | None:
    assert PRICES.decide(QUOTE, price, 0) == ()
    [(to, answer)] = sent(PRICES, QUOTE, price, ())
    assert isinstance(answer, PriceQuoted)
    assert (to, answer.sku) == ("checkout/checkout-1", "SET")
    return answer.price


def test_a_first_price_has_none_before_it() -> None:
    price, [event] = priced(SET_PRICE)
    assert event == PriceSet(
        sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS
    )
    assert PRICES.reply(price).unit_price_minor == 4_500  # type: ignore[attr-defined]  # a SkuPrice


def test_the_next_price_says_what_it_was_before() -> None:
    price, [_, event] = priced(SET_PRICE, replace(SET_PRICE, unit_price_minor=3_900))
    assert isinstance(event, PriceSet)
    assert (event.previous_price_minor, price.unit_price_minor) == (4_500, 3_900)


def test_the_price_before_may_have_been_nothing() -> None:
    _, [_, event] = priced(replace(SET_PRICE, unit_price_minor=0), SET_PRICE)
    assert isinstance(event, PriceSet)
    assert event.previous_price_minor == 0


def test_the_same_price_again_says_nothing_and_any_other_value_does() -> None:
    assert len(priced(SET_PRICE, SET_PRICE)[1]) == 1
    for other in (
        replace(SET_PRICE, title="Set"),
        replace(SET_PRICE, unit_price_minor=1),
        replace(SET_PRICE, vat_basis_points=0),
        replace(SET_PRICE, components=()),
        replace(SET_PRICE, withdrawn=True),
    ):
        assert len(priced(SET_PRICE, other)[1]) == 2


def test_a_checkout_is_quoted_the_price_of_now() -> None:
    price, _ = priced(SET_PRICE)
    assert quoted(price) == Price(title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS)


def test_what_is_unknown_or_withdrawn_is_not_for_sale() -> None:
    assert quoted(SkuPrice()) is None
    assert quoted(priced(SET_PRICE, replace(SET_PRICE, withdrawn=True))[0]) is None
    assert quoted(priced(replace(SET_PRICE, withdrawn=True), SET_PRICE)[0]) is not None


def test_only_a_quote_is_sent_to_anybody() -> None:
    price, events = priced(SET_PRICE)
    assert sent(PRICES, SET_PRICE, price, events) == []


BAD_PARTS = (Component(sku="VASE", quantity=0),)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (
            replace(SET_PRICE, unit_price_minor=-1, vat_basis_points=-1, components=BAD_PARTS),
            PriceRefusal.PRICE_OUT_OF_RANGE,
        ),
        (replace(SET_PRICE, unit_price_minor=PRICE_MAX_MINOR + 1), PriceRefusal.PRICE_OUT_OF_RANGE),
        (replace(SET_PRICE, vat_basis_points=-1, components=BAD_PARTS), PriceRefusal.VAT_OUT_OF_RANGE),
        (replace(SET_PRICE, vat_basis_points=VAT_MAX_BASIS_POINTS + 1), PriceRefusal.VAT_OUT_OF_RANGE),
        (replace(SET_PRICE, components=BAD_PARTS), PriceRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE),
        (
            replace(SET_PRICE, components=(Component(sku="VASE", quantity=COMPONENT_UNITS_MAX + 1),)),
            PriceRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE,
        ),
        (replace(SET_PRICE, components=(*PARTS, PARTS[0])), PriceRefusal.COMPONENTS_NOT_DISTINCT),
        (replace(SET_PRICE, components=(Component(sku="SET", quantity=1),)), PriceRefusal.COMPONENTS_NOT_DISTINCT),
        (
            replace(SET_PRICE, components=tuple(Component(sku=f"P{n}", quantity=1) for n in range(COMPONENTS_MAX + 1))),
            PriceRefusal.TOO_MANY_COMPONENTS,
        ),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(command: SetPrice, reason: PriceRefusal) -> None:
    before, _ = priced(SET_PRICE)
    [event] = PRICES.decide(command, before, 0)
    assert event == PriceRefused(sku="SET", command="SetPrice", reason=reason)
    assert PRICES.evolve(before, event) == before
    assert refusal_of([event]) == reason


class Shelf(RuleBasedStateMachine):
    """The room beside the last sensible command."""

    def __init__(self) -> None:
        super().__init__()
        self.price = SkuPrice()
        self.log: list[PriceEvent] = []
        self.command: SetPrice | None = None
        self.categories: tuple[str, ...] = ()

    @rule(pence=st.integers(-1, 2), withdrawn=st.booleans())
    def a_price_is_set(self, pence: int, withdrawn: bool) -> None:
        command = replace(SET_PRICE, unit_price_minor=pence, withdrawn=withdrawn)
        events = PRICES.decide(command, self.price, 0)
        self.price = reduce(PRICES.evolve, events, self.price)
        self.log += events
        if pence < 0:
            assert [type(event) for event in events] == [PriceRefused]
            return
        assert [type(event) for event in events] == ([] if command == self.command else [PriceSet])
        self.command = command

    @rule(categories=st.sampled_from([(), ("vases",), ("vases", "gifts")]))
    def it_is_filed(self, categories: tuple[str, ...]) -> None:
        events = PRICES.decide(FileSku(sku="SET", categories=categories), self.price, 0)
        assert [type(event) for event in events] == ([] if categories == self.price.categories else [SkuFiled])
        self.price = reduce(PRICES.evolve, events, self.price)
        self.log += events
        self.categories = categories

    @invariant()
    def a_checkout_is_quoted_the_last_sensible_command(self) -> None:
        price = quoted(self.price)
        assert (price is None) == (self.command is None or self.command.withdrawn)
        assert price is None or price.categories == self.categories
        assert self.price.is_priced == (self.command is not None), "filed before it has a price"
        assert price is None or self.command is None or price.unit_price_minor == self.command.unit_price_minor

    @invariant()
    def each_price_names_the_one_before(self) -> None:
        prices = [event for event in self.log if isinstance(event, PriceSet)]
        before = [None, *(event.unit_price_minor for event in prices)][: len(prices)]
        assert [event.previous_price_minor for event in prices] == before

    @invariant()
    def the_log_alone_gives_the_product(self) -> None:
        assert reduce(PRICES.evolve, self.log, SkuPrice()) == self.price


TestShelf = Shelf.TestCase
TestShelf.settings = settings(max_examples=some(50), stateful_step_count=20, deadline=None)
