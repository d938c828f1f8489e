"""Stock view, cart and checkout say the same: what is shown can be bought, and not one more (ops/decisions/0011)."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import cast

import pytest

from api.cart.availability import availability, parts_of
from api.inventory.responses import StockResponse
from api.prices.prices import ChannelPrices
from connectors.postgres.reads import StockForCart, StockRow
from schemas.cart.messages import CartState, CartStatus
from schemas.checkout.messages import CheckoutFailure, CheckoutStep
from schemas.locations import LOCATIONS
from schemas.prices.messages import SkuPrice
from schemas.sourcing import taken_by
from tests.shop import PRICE, Shop
from tests.unit.cart.examples import cart_lines


class PriceList:
    """The prices of a shop in the rooms."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def on_sale(self, sku: str) -> SkuPrice:
        return cast(SkuPrice, self._shop.rooms.state("prices", sku))


def stock_rows(shop: Shop) -> list[StockRow]:
    """The stock view."""
    found = []
    for (room, key), row in shop.rooms.states.items():
        if room == "inventory":
            sku, _, location = key.rpartition("@")
            found.append(StockRow(sku=sku, location=location, on_hand=row.on_hand, held=row.held, version=1))
    return found


def in_the_stock_view(shop: Shop, sku: str) -> int:
    taken = taken_by(sku, PriceList(shop).on_sale(sku).components)
    return StockResponse.of_rows(sku, taken, [row for row in stock_rows(shop) if row.sku in taken]).available


def in_the_cart(shop: Shop, lines: dict[str, int]) -> dict[str, tuple[str, int]]:
    row = CartState(cart_id="c", status=CartStatus.OPEN, lines=cart_lines(lines))
    units: dict[str, dict[str, int]] = {}
    for each in stock_rows(shop):
        units.setdefault(each.sku, {})[each.location] = each.on_hand - each.held
    stock = StockForCart(rebuilding=False, units=units, checkout_step=None)
    told = availability(row, parts_of(row, cast(ChannelPrices, PriceList(shop))), stock)
    return {sku: (line.status, line.available) for sku, line in told.items()}


def can_be_bought(shop: Shop, name: str, lines: Mapping[str, int]) -> bool:
    shop.cart(name, lines)
    ended = shop.buy(name, PRICE * sum(lines.values()))
    if ended.step is CheckoutStep.COMPLETED:
        return True
    assert (ended.step, ended.failure) == (CheckoutStep.FAILED, CheckoutFailure.INSUFFICIENT_STOCK)
    return False


def a_shop(shelves: Mapping[tuple[str, str], int], **bundles: Mapping[str, int]) -> Shop:
    shop = Shop()
    for sku in sorted({sku for sku, _ in shelves}):
        shop.sells(sku)
    for sku, parts in bundles.items():
        shop.sells(sku, parts=parts)
    for (sku, location), units in shelves.items():
        if units:
            shop.receives(sku, units, location)
    return shop


ONE_AND_ONE = {("x", "warehouse"): 1, ("x", "popup-soho"): 1}


def test_a_bundle_of_two_that_lie_in_two_places_is_shown_and_sold_to_nobody() -> None:
    shop = a_shop(ONE_AND_ONE, pair={"x": 2})
    assert in_the_stock_view(shop, "pair") == 0
    assert in_the_cart(shop, {"pair": 1}) == {"pair": ("out_of_stock", 0)}
    assert not can_be_bought(shop, "c", {"pair": 1})


def test_two_of_a_sku_that_lie_in_two_places_are_shown_as_one() -> None:
    shop = a_shop(ONE_AND_ONE)
    assert in_the_stock_view(shop, "x") == 1
    assert in_the_cart(shop, {"x": 2}) == {"x": ("insufficient", 1)}
    assert not can_be_bought(shop, "two", {"x": 2})
    assert can_be_bought(shop, "one", {"x": 1}) and can_be_bought(shop, "another", {"x": 1})
    assert in_the_stock_view(shop, "x") == 0


def test_the_parts_of_a_bundle_may_come_from_several_places() -> None:
    shelves = {("x", "warehouse"): 1, ("x", "popup-soho"): 2, ("y", "popup-leeds"): 3}
    shop = a_shop(shelves, gift={"x": 2, "y": 1})
    assert in_the_stock_view(shop, "gift") == 1
    assert in_the_cart(shop, {"gift": 1}) == {"gift": ("available", 1)}
    assert can_be_bought(shop, "c", {"gift": 1})


def test_a_closed_location_sells_nothing() -> None:
    shop = a_shop({("x", "popup-closed"): 5})
    taken = taken_by("x", ())
    assert StockResponse.of_rows("x", taken, stock_rows(shop)) == StockResponse(sku="x", available=0, locations=[])
    assert in_the_cart(shop, {"x": 1}) == {"x": ("out_of_stock", 0)}
    assert not can_be_bought(shop, "c", {"x": 1})


@pytest.mark.parametrize("first", [0, 20])
def test_whatever_lies_where_what_is_shown_is_what_can_be_bought(first: int) -> None:
    for seed in range(first, first + 20):
        random = Random(seed)
        shelves = {(sku, location): random.randrange(4) for sku in "xyz" for location in LOCATIONS}
        bundles = {
            name: {sku: random.randrange(1, 3) for sku in random.sample("xyz", random.randrange(1, 4))}
            for name in ("duo", "trio")
        }
        for sku in ("x", "duo", "trio"):
            shop = a_shop(shelves, **bundles)
            most = in_the_stock_view(shop, sku)
            assert in_the_cart(shop, {sku: 1})[sku][1] == most, seed
            assert not can_be_bought(shop, "too-many", {sku: most + 1}), (seed, sku)
            assert not most or can_be_bought(shop, "all", {sku: most}), (seed, sku)
        shop = a_shop(shelves, **bundles)
        lines = {sku: random.randrange(1, 3) for sku in random.sample(["x", "y", "duo", "trio"], 3)}
        promised = all(status == "available" for status, _ in in_the_cart(shop, lines).values())
        assert can_be_bought(shop, "mixed", lines) is promised, (seed, lines)
