"""Whole checkouts through the engine: locally and through the log, with workers dying and commands repeated."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from schemas.checkout.messages import CheckoutStep
from tests.cases import every
from tests.fake_provider import Shopper
from tests.runtime.logged_rooms import LoggedRooms
from tests.seeds import some
from tests.shop import PATIENCE_MS, PRICE, Shop


def shop(seed: int, *, local: bool, crash: float = 0.0, repeat: float = 0.0, shoppers: Any = (Shopper.PAYS,)) -> Shop:
    made = Shop(seed, shoppers=shoppers)
    made.rooms = LoggedRooms(seed, made.provider, local=local, crash=crash, repeat=repeat)  # type: ignore[assignment]
    return made


def total(lines: dict[str, int]) -> int:
    return sum(lines.values()) * PRICE


@pytest.mark.parametrize("local", [True, False], ids=["local delivery", "through the log"])
@every("seed", range(some(40)))
def test_crossing_baskets_all_end_whatever_crashes_and_the_books_agree(seed: int, local: bool) -> None:
    random = Random(seed)
    busy = shop(seed, local=local, crash=0.15, repeat=0.2, shoppers=tuple(Shopper))
    for sku in "ABC":
        busy.sells(sku)
        busy.receives(sku, random.randrange(2, 6))
        busy.receives(sku, random.randrange(0, 3) or 1, "popup-soho")
    baskets = [{sku: random.randrange(1, 4) for sku in random.sample("ABC", random.randrange(1, 4))} for _ in range(6)]
    for number, lines in enumerate(baskets):
        busy.cart(f"cart-{number}", lines)
    code = busy.promotes(uses=2)
    for number, lines in enumerate(baskets):
        if number % 2:
            busy.start(f"cart-{number}", total(lines))
        else:
            busy.start(f"cart-{number}", total(lines) * 9 // 10, promotions=(code,))
    busy.rooms.run(patience_ms=PATIENCE_MS)
    busy.audit()


@pytest.mark.parametrize("shopper", list(Shopper), ids=lambda each: each.name)
def test_local_delivery_changes_no_outcome(shopper: Shopper) -> None:
    def outcome(*, local: bool) -> dict[Any, Any]:
        one = shop(1, local=local, shoppers=(shopper,))
        one.sells("A")
        one.sells("B")
        one.receives("A", 5)
        one.receives("B", 1, "popup-soho")
        one.cart("cart", {"A": 2, "B": 1})
        one.buy("cart", total({"A": 2, "B": 1}) * 9 // 10, promotions=(one.promotes(uses=1),))
        one.audit()
        return {key: essence(row) for key, row in one.rooms.states.items()}

    assert outcome(local=True) == outcome(local=False)


def essence(row: Any) -> dict[str, Any]:
    """What a row has come to; the news of the provider may arrive in another order, and so at other times."""
    names = ("step", "failure", "status", "on_hand", "holds", "lines", "allocations", "total_minor", "captured_minor")
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


@pytest.mark.parametrize("local", [True, False], ids=["local delivery", "through the log"])
def test_a_paid_basket_of_many_lines_is_completed_whatever_crashes(local: bool) -> None:
    one = shop(3, local=local, crash=0.2, repeat=0.3)
    lines = {f"SKU-{number}": 1 + number % 3 for number in range(12)}
    for sku, quantity in lines.items():
        one.sells(sku)
        one.receives(sku, quantity)
    one.cart("cart", lines)
    assert one.buy("cart", total(lines)).step is CheckoutStep.COMPLETED
    one.audit()
    assert all(one.on_hand(sku) == 0 for sku in lines)


def test_a_paid_basket_is_completed_in_few_commits_with_local_delivery() -> None:
    """31 commands between rooms, but only those from outside make a hop."""
    one = shop(1, local=True)
    one.sells("A")
    one.receives("A", 5)
    one.cart("cart", {"A": 2})
    assert one.buy("cart", total({"A": 2})).step is CheckoutStep.COMPLETED
    commands = [
        record
        for (topic, _), records in one.rooms.log.topics.items()  # type: ignore[attr-defined]
        if topic.endswith(".commands")
        for record in records
    ]
    assert all(not dict(record.headers)["causation-id"] for record in commands), "a command crossed the log needlessly"
