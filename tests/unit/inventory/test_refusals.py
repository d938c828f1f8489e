"""Refusals by descending precedence: in each row, every reason from there down applies as well."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from schemas.inventory.holds import Hold
from schemas.inventory.messages import (
    AcceptTransfer,
    InventoryCommand,
    ReturnStock,
    StockRefusal,
    StockRefused,
    StockState,
)
from streams.inventory.refusal import HOLDS_MAX, UNITS_MAX
from streams.inventory.state import Stock, whole
from streams.runtime.decider import refusal_of
from tests.unit.inventory.examples import (
    NOW,
    SKU,
    WAREHOUSE,
    adjust,
    commit,
    decided,
    extend,
    hold,
    receive,
    stocked,
    take_back,
    threshold,
    transfer,
)

ONE_OTHERS = stocked(1, hold(1, cart="bob"))
LOCKED_LATER = stocked(1, hold(1, "bob", "bob-2", lock_version=7))
FULL = whole(
    StockState(on_hand=HOLDS_MAX, held=HOLDS_MAX, hold_count=HOLDS_MAX),
    {f"cart-{n}": Hold(quantity=1, expires_at=NOW, answer_to=f"checkout/{n}") for n in range(HOLDS_MAX)},
)

PRECEDENCE: list[tuple[InventoryCommand, Stock, StockRefusal | None]] = [
    (transfer(0, target=WAREHOUSE), ONE_OTHERS, StockRefusal.QUANTITY_NOT_POSITIVE),
    (transfer(UNITS_MAX + 1, target=WAREHOUSE), ONE_OTHERS, StockRefusal.QUANTITY_TOO_LARGE),
    (transfer(1, target=WAREHOUSE), ONE_OTHERS, StockRefusal.SAME_LOCATION),
    (transfer(1), ONE_OTHERS, StockRefusal.INSUFFICIENT_STOCK),
    (transfer(1), stocked(1), None),
    (hold(0), FULL, StockRefusal.QUANTITY_NOT_POSITIVE),
    (hold(0, cart="bob", lock_version=6), LOCKED_LATER, StockRefusal.QUANTITY_NOT_POSITIVE),
    (hold(-1), FULL, StockRefusal.QUANTITY_NOT_POSITIVE),
    (hold(UNITS_MAX + 1), FULL, StockRefusal.QUANTITY_TOO_LARGE),
    (hold(2, cart="bob", lock_version=6), LOCKED_LATER, StockRefusal.HOLD_SUPERSEDED),
    (hold(1, cart="bob", lock_version=7), LOCKED_LATER, None),
    (hold(1), FULL, StockRefusal.TOO_MANY_HOLDS),
    (hold(1, cart="cart-7"), FULL, None),
    (hold(2, cart="cart-7"), FULL, StockRefusal.INSUFFICIENT_STOCK),
    (hold(UNITS_MAX), ONE_OTHERS, StockRefusal.INSUFFICIENT_STOCK),
    (hold(1), stocked(1), None),
    (commit(), ONE_OTHERS, StockRefusal.HOLD_UNKNOWN),
    (commit(cart="bob", checkout="bob-2"), ONE_OTHERS, StockRefusal.HOLD_SUPERSEDED),
    (commit(cart="bob"), ONE_OTHERS, None),
    (extend(), ONE_OTHERS, StockRefusal.HOLD_UNKNOWN),
    (extend(cart="bob", checkout="bob-2"), ONE_OTHERS, StockRefusal.HOLD_SUPERSEDED),
    (extend(cart="bob"), ONE_OTHERS, None),
    (adjust(0), ONE_OTHERS, StockRefusal.QUANTITY_NOT_POSITIVE),
    (adjust(-UNITS_MAX - 1), ONE_OTHERS, StockRefusal.QUANTITY_TOO_LARGE),
    (adjust(UNITS_MAX + 1), ONE_OTHERS, StockRefusal.QUANTITY_TOO_LARGE),
    (adjust(-1), ONE_OTHERS, StockRefusal.INSUFFICIENT_STOCK),
    (adjust(1), ONE_OTHERS, None),
    (receive(0), Stock(), StockRefusal.QUANTITY_NOT_POSITIVE),
    (receive(-5), Stock(), StockRefusal.QUANTITY_NOT_POSITIVE),
    (receive(UNITS_MAX + 1), Stock(), StockRefusal.QUANTITY_TOO_LARGE),
    (receive(UNITS_MAX), Stock(), None),
    (take_back(0), ONE_OTHERS, StockRefusal.QUANTITY_NOT_POSITIVE),
    (threshold(-1), ONE_OTHERS, StockRefusal.QUANTITY_NOT_POSITIVE),
    (threshold(UNITS_MAX + 1), ONE_OTHERS, StockRefusal.QUANTITY_TOO_LARGE),
    (threshold(0), ONE_OTHERS, None),
]


@pytest.mark.parametrize(("command", "stock", "reason"), PRECEDENCE)
def test_the_first_reason_that_applies_is_told(
    command: InventoryCommand, stock: Stock, reason: StockRefusal | None
) -> None:
    after, events = decided(stock, command)
    refusals = [event for event in events if isinstance(event, StockRefused)]
    assert [event.reason for event in refusals] == ([] if reason is None else [reason])
    assert refusal_of(events) == (reason or "")
    if refusals:
        assert len(events) == 1
        assert after == stock
        assert refusals[0].command == type(command).__name__


def test_every_reason_is_told_by_somebody_and_in_the_order_of_the_enum() -> None:
    told = {reason for _, _, reason in PRECEDENCE if reason}
    assert told == set(StockRefusal) - {StockRefusal.UNKNOWN}
    order = list(StockRefusal)
    for kind in {type(command) for command, _, _ in PRECEDENCE}:
        rows = [order.index(reason) for command, _, reason in PRECEDENCE if reason and type(command) is kind]
        assert rows == sorted(rows)


def test_a_refusal_names_the_checkout_only_when_one_asked() -> None:
    for command, asked_by in (
        (hold(9), "checkout/ann-1"),
        (commit(), "checkout/ann-1"),
        (extend(), "checkout/ann-1"),
        (receive(0), ""),
    ):
        _, [event] = decided(ONE_OTHERS, command)
        assert isinstance(event, StockRefused)
        assert event.answer_to == asked_by


def test_goods_under_way_are_accepted_whatever_is_here() -> None:
    accept = AcceptTransfer(sku=SKU, location=WAREHOUSE, source="popup", quantity=UNITS_MAX)
    stock, _ = decided(replace(FULL, on_hand=2 * UNITS_MAX), accept)
    assert stock.on_hand == 3 * UNITS_MAX


def test_a_return_of_nothing_is_refused_and_of_something_is_not() -> None:
    stock, _ = decided(Stock(), ReturnStock(sku=SKU, location=WAREHOUSE, quantity=1, order_id="order-1"))
    assert stock.on_hand == 1
