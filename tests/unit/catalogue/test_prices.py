"""Prices are set by the staff and quoted to whoever asks."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from schemas.catalogue.messages import (
    CatalogueEvent,
    CatalogueRefusal,
    Component,
    Price,
    PriceQuoted,
    PriceRefused,
    PriceSet,
    Product,
    QuotePrice,
    SetPrice,
)
from schemas.catalogue.rules import COMPONENT_UNITS_MAX, COMPONENTS_MAX, PRICE_MAX_MINOR, VAT_MAX_BASIS_POINTS
from streams.catalogue.room import CATALOGUE
from streams.runtime.decider import refusal_of
from tests.rooms import sent
from tests.seeds import some

PARTS = (Component(sku="VASE", quantity=1), Component(sku="BOWL", quantity=2))
SET_PRICE = SetPrice(sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS)
QUOTE = QuotePrice(sku="SET", answer_to="checkout/checkout-1")


def priced(*commands: SetPrice) -> tuple[Product, tuple[CatalogueEvent, ...]]:
    product = Product()
    events_of_all: tuple[CatalogueEvent, ...] = ()
    for command in commands:
        events = CATALOGUE.decide(command, product, 0)
        product = reduce(CATALOGUE.evolve, events, product)
        events_of_all += events
    return product, events_of_all


def quoted(product: Product) -> Price | None:
    assert CATALOGUE.decide(QUOTE, product, 0) == ()
    [(to, answer)] = sent(CATALOGUE, QUOTE, product, ())
    assert isinstance(answer, PriceQuoted)
    assert (to, answer.sku) == ("checkout/checkout-1", "SET")
    return answer.price


def test_a_first_price_has_none_before_it() -> None:
    product, [event] = priced(SET_PRICE)
    assert event == PriceSet(
        sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS
    )
    assert CATALOGUE.reply(product).unit_price_minor == 4_500  # type: ignore[attr-defined]  # a Product


def test_the_next_price_says_what_it_was_before() -> None:
    product, [_, event] = priced(SET_PRICE, replace(SET_PRICE, unit_price_minor=3_900))
    assert isinstance(event, PriceSet)
    assert (event.previous_price_minor, product.unit_price_minor) == (4_500, 3_900)


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
    product, _ = priced(SET_PRICE)
    assert quoted(product) == Price(title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS)


def test_what_is_unknown_or_withdrawn_is_not_for_sale() -> None:
    assert quoted(Product()) is None
    assert quoted(priced(SET_PRICE, replace(SET_PRICE, withdrawn=True))[0]) is None
    assert quoted(priced(replace(SET_PRICE, withdrawn=True), SET_PRICE)[0]) is not None


def test_only_a_quote_is_sent_to_anybody() -> None:
    product, events = priced(SET_PRICE)
    assert sent(CATALOGUE, SET_PRICE, product, events) == []


BAD_PARTS = (Component(sku="VASE", quantity=0),)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (
            replace(SET_PRICE, unit_price_minor=-1, vat_basis_points=-1, components=BAD_PARTS),
            CatalogueRefusal.PRICE_OUT_OF_RANGE,
        ),
        (replace(SET_PRICE, unit_price_minor=PRICE_MAX_MINOR + 1), CatalogueRefusal.PRICE_OUT_OF_RANGE),
        (replace(SET_PRICE, vat_basis_points=-1, components=BAD_PARTS), CatalogueRefusal.VAT_OUT_OF_RANGE),
        (replace(SET_PRICE, vat_basis_points=VAT_MAX_BASIS_POINTS + 1), CatalogueRefusal.VAT_OUT_OF_RANGE),
        (replace(SET_PRICE, components=BAD_PARTS), CatalogueRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE),
        (
            replace(SET_PRICE, components=(Component(sku="VASE", quantity=COMPONENT_UNITS_MAX + 1),)),
            CatalogueRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE,
        ),
        (replace(SET_PRICE, components=(*PARTS, PARTS[0])), CatalogueRefusal.COMPONENTS_NOT_DISTINCT),
        (replace(SET_PRICE, components=(Component(sku="SET", quantity=1),)), CatalogueRefusal.COMPONENTS_NOT_DISTINCT),
        (
            replace(SET_PRICE, components=tuple(Component(sku=f"P{n}", quantity=1) for n in range(COMPONENTS_MAX + 1))),
            CatalogueRefusal.TOO_MANY_COMPONENTS,
        ),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(command: SetPrice, reason: CatalogueRefusal) -> None:
    before, _ = priced(SET_PRICE)
    [event] = CATALOGUE.decide(command, before, 0)
    assert event == PriceRefused(sku="SET", command="SetPrice", reason=reason)
    assert CATALOGUE.evolve(before, event) == before
    assert refusal_of([event]) == reason


class Shelf(RuleBasedStateMachine):
    """The room beside the last sensible command."""

    def __init__(self) -> None:
        super().__init__()
        self.product = Product()
        self.log: list[CatalogueEvent] = []
        self.command: SetPrice | None = None

    @rule(pence=st.integers(-1, 2), withdrawn=st.booleans())
    def a_price_is_set(self, pence: int, withdrawn: bool) -> None:
        command = replace(SET_PRICE, unit_price_minor=pence, withdrawn=withdrawn)
        events = CATALOGUE.decide(command, self.product, 0)
        self.product = reduce(CATALOGUE.evolve, events, self.product)
        self.log += events
        if pence < 0:
            assert [type(event) for event in events] == [PriceRefused]
            return
        assert [type(event) for event in events] == ([] if command == self.command else [PriceSet])
        self.command = command

    @invariant()
    def a_checkout_is_quoted_the_last_sensible_command(self) -> None:
        price = quoted(self.product)
        assert (price is None) == (self.command is None or self.command.withdrawn)
        assert price is None or self.command is None or price.unit_price_minor == self.command.unit_price_minor

    @invariant()
    def each_price_names_the_one_before(self) -> None:
        prices = [event for event in self.log if isinstance(event, PriceSet)]
        before = [None, *(event.unit_price_minor for event in prices)][: len(prices)]
        assert [event.previous_price_minor for event in prices] == before

    @invariant()
    def the_log_alone_gives_the_product(self) -> None:
        assert reduce(CATALOGUE.evolve, self.log, Product()) == self.product


TestShelf = Shelf.TestCase
TestShelf.settings = settings(max_examples=some(50), stateful_step_count=20, deadline=None)
