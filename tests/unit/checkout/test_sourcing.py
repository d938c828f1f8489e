"""Which stock a basket needs, and where it is asked for."""

from __future__ import annotations

from schemas.cart.messages import CartLine
from schemas.locations import LOCATIONS
from schemas.prices.messages import Component, Price
from streams.checkout.sourcing import demands, next_location


def line(sku: str, quantity: int) -> CartLine:
    return CartLine(sku=sku, quantity=quantity)


def priced(**parts: int) -> Price:
    components = tuple(Component(sku=sku, quantity=units) for sku, units in parts.items())
    return Price(title="", unit_price_minor=1, vat_basis_points=0, components=components)


def test_scenario_3_lines_and_bundles_that_share_stock_are_summed() -> None:
    wanted = demands([line("VASE", 1), line("SET", 2)], {"VASE": priced(), "SET": priced(VASE=1, ROSE=3)})
    assert [(each.sku, each.quantity) for each in wanted] == [("ROSE", 6), ("VASE", 3)]


def test_a_bundle_is_not_stocked_itself() -> None:
    assert [each.sku for each in demands([line("SET", 1)], {"SET": priced(ROSE=1)})] == ["ROSE"]


def test_every_demand_is_asked_of_the_warehouse_first() -> None:
    assert [each.location for each in demands([line("A", 1)], {"A": priced()})] == ["warehouse"]


def test_each_location_is_asked_once_in_order() -> None:
    asked = [LOCATIONS[0]]
    while following := next_location(asked[-1]):
        asked.append(following)
    assert tuple(asked) == LOCATIONS


def test_after_a_location_that_was_closed_none_is_asked() -> None:
    assert next_location("popup-closed") is None
