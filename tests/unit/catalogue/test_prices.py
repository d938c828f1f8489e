"""Prices are set by the staff and quoted to checkouts."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from schemas import topics
from schemas.catalogue.messages import (
    COMPONENTS_MAX,
    CatalogueEvent,
    CatalogueRefusal,
    Component,
    PriceRefused,
    PriceSet,
    Product,
    QuotePrice,
    SetPrice,
)
from schemas.checkout.messages import NotePrice, PricedLine
from streams.catalogue.decide import COMPONENT_UNITS_MAX, PRICE_MAX_MINOR, VAT_MAX_BASIS_POINTS
from streams.catalogue.room import CATALOGUE
from streams.runtime.decider import Send, refusal_of
from tests.seeds import some

PARTS = (Component(sku="VASE", quantity=1), Component(sku="BOWL", quantity=2))
WISH = SetPrice(sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS)
QUOTE = QuotePrice(sku="SET", checkout_id="checkout-1")


def priced(*wishes: SetPrice) -> tuple[Product, tuple[CatalogueEvent, ...]]:
    product = Product()
    told: tuple[CatalogueEvent, ...] = ()
    for wish in wishes:
        events = CATALOGUE.decide(wish, product, 0)
        product = reduce(CATALOGUE.evolve, events, product)
        told += events
    return product, told


def quoted(product: Product) -> PricedLine | None:
    assert CATALOGUE.decide(QUOTE, product, 0) == ()
    [sent] = CATALOGUE.react(QUOTE, product, ())
    assert isinstance(sent.command, NotePrice)
    assert sent == Send(
        topics.CHECKOUT, "checkout-1", NotePrice(checkout_id="checkout-1", sku="SET", price=sent.command.price)
    )
    return sent.command.price


def test_a_first_price_has_none_before_it() -> None:
    product, [event] = priced(WISH)
    assert event == PriceSet(
        sku="SET", title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS
    )
    assert CATALOGUE.reply(product).unit_price_minor == 4_500  # type: ignore[attr-defined]  # a Product


def test_the_next_price_says_what_it_was_before() -> None:
    product, [_, event] = priced(WISH, replace(WISH, unit_price_minor=3_900))
    assert isinstance(event, PriceSet)
    assert (event.previous_price_minor, product.unit_price_minor) == (4_500, 3_900)


def test_the_price_before_may_have_been_nothing() -> None:
    _, [_, event] = priced(replace(WISH, unit_price_minor=0), WISH)
    assert isinstance(event, PriceSet)
    assert event.previous_price_minor == 0


def test_the_same_price_again_says_nothing_and_any_other_value_does() -> None:
    assert len(priced(WISH, WISH)[1]) == 1
    for other in (
        replace(WISH, title="Set"),
        replace(WISH, unit_price_minor=1),
        replace(WISH, vat_basis_points=0),
        replace(WISH, components=()),
        replace(WISH, withdrawn=True),
    ):
        assert len(priced(WISH, other)[1]) == 2


def test_a_checkout_is_quoted_the_price_of_now() -> None:
    product, _ = priced(WISH)
    assert quoted(product) == PricedLine(
        title="Table set", unit_price_minor=4_500, vat_basis_points=2_000, components=PARTS
    )


def test_what_is_unknown_or_withdrawn_is_not_for_sale() -> None:
    assert quoted(Product()) is None
    assert quoted(priced(WISH, replace(WISH, withdrawn=True))[0]) is None
    assert quoted(priced(replace(WISH, withdrawn=True), WISH)[0]) is not None


def test_only_a_quote_is_sent_to_anybody() -> None:
    product, events = priced(WISH)
    assert list(CATALOGUE.react(WISH, product, events)) == []


BAD_PARTS = (Component(sku="VASE", quantity=0),)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (
            replace(WISH, unit_price_minor=-1, vat_basis_points=-1, components=BAD_PARTS),
            CatalogueRefusal.PRICE_OUT_OF_RANGE,
        ),
        (replace(WISH, unit_price_minor=PRICE_MAX_MINOR + 1), CatalogueRefusal.PRICE_OUT_OF_RANGE),
        (replace(WISH, vat_basis_points=-1, components=BAD_PARTS), CatalogueRefusal.VAT_OUT_OF_RANGE),
        (replace(WISH, vat_basis_points=VAT_MAX_BASIS_POINTS + 1), CatalogueRefusal.VAT_OUT_OF_RANGE),
        (replace(WISH, components=BAD_PARTS), CatalogueRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE),
        (
            replace(WISH, components=(Component(sku="VASE", quantity=COMPONENT_UNITS_MAX + 1),)),
            CatalogueRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE,
        ),
        (replace(WISH, components=(*PARTS, PARTS[0])), CatalogueRefusal.COMPONENTS_NOT_DISTINCT),
        (replace(WISH, components=(Component(sku="SET", quantity=1),)), CatalogueRefusal.COMPONENTS_NOT_DISTINCT),
        (
            replace(WISH, components=tuple(Component(sku=f"P{n}", quantity=1) for n in range(COMPONENTS_MAX + 1))),
            CatalogueRefusal.TOO_MANY_COMPONENTS,
        ),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(wish: SetPrice, reason: CatalogueRefusal) -> None:
    before, _ = priced(WISH)
    [event] = CATALOGUE.decide(wish, before, 0)
    assert event == PriceRefused(sku="SET", command="SetPrice", reason=reason)
    assert CATALOGUE.evolve(before, event) == before
    assert refusal_of([event]) == reason


class Shelf(RuleBasedStateMachine):
    """The room beside the last sensible wish."""

    def __init__(self) -> None:
        super().__init__()
        self.product = Product()
        self.log: list[CatalogueEvent] = []
        self.wish: SetPrice | None = None

    @rule(pence=st.integers(-1, 2), withdrawn=st.booleans())
    def a_price_is_set(self, pence: int, withdrawn: bool) -> None:
        wish = replace(WISH, unit_price_minor=pence, withdrawn=withdrawn)
        events = CATALOGUE.decide(wish, self.product, 0)
        self.product = reduce(CATALOGUE.evolve, events, self.product)
        self.log += events
        if pence < 0:
            assert [type(event) for event in events] == [PriceRefused]
            return
        assert [type(event) for event in events] == ([] if wish == self.wish else [PriceSet])
        self.wish = wish

    @invariant()
    def a_checkout_is_quoted_the_last_sensible_wish(self) -> None:
        price = quoted(self.product)
        assert (price is None) == (self.wish is None or self.wish.withdrawn)
        assert price is None or self.wish is None or price.unit_price_minor == self.wish.unit_price_minor

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
