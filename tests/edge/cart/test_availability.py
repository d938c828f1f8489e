"""What a cart says of the stock of its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import msgspec
import pytest
from psycopg import OperationalError

from api.cart.availability import availability, parts_of
from api.cart.carts import Carts
from api.cart.pricing import Pricing
from api.cart.responses import Availability, CartResponse
from api.prices.prices import ChannelPrices, Prices
from api.promotions.promotions import Promotions
from connectors.postgres.reads import StockForCart, Views
from connectors.redis.edge import CartCache
from schemas.cart.messages import CartState, CartStatus
from schemas.checkout.messages import CheckoutStep
from schemas.prices.messages import Component, SkuPrice
from schemas.pricing.basket import Offer
from tests.unit.cart.examples import cart_lines


class PriceList:
    """Everything costs a pound; some things are made of others, and what is gone is not for sale."""

    def __init__(self, **bundles: Mapping[str, int]) -> None:
        self._bundles = bundles

    def of(self, _channel: str) -> PriceList:
        return self

    def on_sale(self, sku: str) -> SkuPrice | None:
        if sku == "gone":
            return None
        parts = tuple(Component(sku=part, quantity=units) for part, units in self._bundles.get(sku, {}).items())
        return SkuPrice(sku=sku, title=sku, unit_price_minor=100, components=parts, withdrawn=False)


class NoPromotions:
    """There are none."""

    def offers(self, _codes: object, _now: int) -> list[Offer]:
        return []


def cart(lines: dict[str, int], status: CartStatus = CartStatus.OPEN, checkout_id: str | None = None) -> CartState:
    wanted = cart_lines(lines)
    return CartState(cart_id="c", status=status, channel="web", checkout_id=checkout_id, version=1, lines=wanted)


def told(
    row: CartState, units: dict[str, int], step: str | None = None, **bundles: Mapping[str, int]
) -> dict[str, tuple[str, int]]:
    parts = parts_of(row, cast(ChannelPrices, PriceList(**bundles)))
    places = {sku: {"warehouse": each} for sku, each in units.items()}
    found = availability(row, parts, StockForCart(rebuilding=False, units=places, checkout_step=step))
    return {sku: (one.status, one.available) for sku, one in found.items()}


@pytest.mark.parametrize(
    ("units", "status"),
    [(9, "available"), (3, "available"), (2, "insufficient"), (1, "insufficient"), (0, "out_of_stock")],
)
def test_a_line_is_told_by_what_there_is(units: int, status: str) -> None:
    assert told(cart({"vase": 3}), {"vase": units}) == {"vase": (status, units)}


def test_what_never_had_stock_is_out_of_it_and_what_is_not_for_sale_is_not_judged() -> None:
    assert told(cart({"vase": 1, "gone": 1}), {}) == {"vase": ("out_of_stock", 0)}


def test_lines_that_share_stock_are_judged_together() -> None:
    lines = {"vase": 1, "pair": 1, "bowl": 1}
    for vases, status in ((3, "available"), (2, "insufficient")):
        seen = told(cart(lines), {"vase": vases, "bowl": 1}, pair={"vase": 2})
        assert seen == {"vase": (status, vases), "pair": (status, 1), "bowl": ("available", 1)}


def test_of_a_bundle_whole_ones_count() -> None:
    parts = {"vase": 2, "bowl": 1}
    assert told(cart({"set": 2}), {"vase": 5, "bowl": 9}, set=parts) == {"set": ("available", 2)}
    assert told(cart({"set": 2}), {"vase": 3, "bowl": 9}, set=parts) == {"set": ("insufficient", 1)}
    assert told(cart({"set": 2}), {"vase": 9}, set=parts) == {"set": ("out_of_stock", 0)}


@pytest.mark.parametrize("step", CheckoutStep)
def test_what_the_carts_own_checkout_holds_is_available_and_before_and_after_nothing_is_told(
    step: CheckoutStep,
) -> None:
    row = cart({"vase": 2, "bowl": 1}, CartStatus.LOCKED, "own")
    steps = list(CheckoutStep)
    held = steps.index(CheckoutStep.PREPARING_PAYMENT) <= steps.index(step) <= steps.index(CheckoutStep.CAPTURING)
    seen = told(row, {"vase": 0, "bowl": 7}, step.value)
    assert seen == ({"vase": ("available", 2), "bowl": ("available", 7)} if held else {})


def test_a_checkout_that_the_view_does_not_know_yet_tells_nothing() -> None:
    assert told(cart({"vase": 2}, CartStatus.LOCKED, "own"), {"vase": 0}) == {}


@pytest.mark.parametrize("known", [{}, {"vase": Availability(status="insufficient", available=1)}])
def test_the_body_is_as_documented(known: dict[str, Availability]) -> None:
    pricing = Pricing(cast(Prices, PriceList()), cast(Promotions, NoPromotions()))
    body = msgspec.json.encode(CartResponse.priced(cart({"vase": 2}), pricing, known))
    [line] = msgspec.json.decode(body, type=CartResponse).lines
    assert line.availability == known.get("vase")


class StockView:
    """A view that counts how often it is asked; or one that is not there."""

    def __init__(self, error: Exception | None = None, *, rebuilding: bool = False) -> None:
        self.asked: list[list[str]] = []
        self._error, self._rebuilding = error, rebuilding

    async def stock_for_cart(self, skus: list[str], _checkout_id: str | None) -> StockForCart:
        self.asked.append(skus)
        if self._error:
            raise self._error
        return StockForCart(
            rebuilding=self._rebuilding, units={sku: {"warehouse": 1} for sku in skus}, checkout_step=None
        )


def carts_over(view: StockView, **bundles: Any) -> Carts:
    return Carts(cast(CartCache, None), cast(Views, view), cast(Prices, PriceList(**bundles)))


def test_the_view_is_asked_once_for_all_lines() -> None:
    view = StockView()
    lines = {"vase": 1, "pair": 1, "bowl": 1, "gone": 1}
    found = asyncio.run(carts_over(view, pair={"vase": 1, "lid": 1}).availability(cart(lines)))
    assert view.asked == [["bowl", "lid", "vase"]]
    assert found.keys() == {"vase", "pair", "bowl"}


@pytest.mark.parametrize("status", [CartStatus.ORDERED, CartStatus.EXPIRED])
def test_of_a_cart_that_is_over_or_empty_the_view_is_not_asked(status: CartStatus) -> None:
    view = StockView()
    assert asyncio.run(carts_over(view).availability(cart({"vase": 1}, status))) == {}
    assert asyncio.run(carts_over(view).availability(cart({}))) == {}
    assert view.asked == []


def test_without_the_view_the_cart_is_shown_all_the_same() -> None:
    view = StockView(OperationalError("gone"))
    assert asyncio.run(carts_over(view).availability(cart({"vase": 1}))) == {}
    assert view.asked


def test_while_the_view_is_being_rebuilt_nothing_is_said_to_be_sold_out() -> None:
    view = StockView(rebuilding=True)
    assert asyncio.run(carts_over(view).availability(cart({"vase": 1}))) == {}
