"""`bloomfield why` tells every fact about a SKU in order, and ends with the number."""

from __future__ import annotations

import functools

import pytest
import typer
from typer.testing import CliRunner

from ops.why import COLUMNS, StockFact, answer, app, facts, is_known, millis, row
from ops.why_order import COLUMNS as ORDER_COLUMNS
from ops.why_order import row as order_row
from ops.why_order import story, words
from schemas.inventory.messages import StockRefused
from schemas.orders.messages import OrderPlaced
from tests.audit.auditing import MemoryLog, folded
from tests.audit.story import START, a_day
from tests.runtime.simulated import CODEC

DAY = functools.cache(a_day)
KEY = "VASE@warehouse"


def told(key: str = KEY, until: int | None = None) -> list[StockFact]:
    return list(facts(MemoryLog(DAY().log), key, CODEC.decode, until))


def test_the_changes_add_up_to_the_number_at_every_line() -> None:
    on_hand = 0
    for fact in told():
        on_hand += fact.change
        assert fact.on_hand == on_hand
    model, _ = folded(DAY())
    assert on_hand == model.rooms["inventory"][KEY].state["on_hand"]


def test_the_last_line_says_the_number_and_from_which_event() -> None:
    last = told()[-1]
    line = answer(KEY, told())
    assert line.startswith(f"{KEY}: {last.on_hand} on hand, {last.held} held")
    assert last.event.id in line


def test_every_kind_of_fact_says_why() -> None:
    facts_of_all = [fact for key in (KEY, "TEA@warehouse", "VASE@popup-soho", "NONE@warehouse") for fact in told(key)]
    assert all(fact.why for fact in facts_of_all)
    reasons = [fact.why for fact in facts_of_all]
    assert "delivered: delivery 1" in reasons
    assert "sent to popup-soho" in reasons
    assert "came from warehouse" in reasons
    assert any(why.startswith("sold: order") for why in reasons)
    assert "HoldStock refused: insufficient_stock" in reasons


def test_at_a_moment_in_the_past_later_facts_are_unknown() -> None:
    first, *_ = told()
    assert told(until=first.event.occurred_at) == [fact for fact in told() if fact.at == first.at]
    assert told(until=START - 1) == []


def test_what_was_never_stocked_is_none_because_nothing_was_put_there() -> None:
    assert answer("MOON@warehouse", told("MOON@warehouse")) == (
        "MOON@warehouse: 0 on hand, because nothing was ever put there"
    )
    refused = told("NONE@warehouse")
    assert [type(fact.event.body) for fact in refused] == [StockRefused]
    assert "nothing was ever put there" in answer("NONE@warehouse", refused)


def test_the_table_has_a_line_for_every_fact_and_names_its_command() -> None:
    for fact in told():
        cells = dict(zip(COLUMNS, row(fact), strict=True))
        assert cells["command id"] == fact.event.command_id
        assert int(cells["on hand"]) - int(cells["held"]) == int(cells["available"])


def test_a_misspelt_sku_is_told_from_one_that_is_merely_not_there() -> None:
    log = MemoryLog(DAY().log)
    assert is_known(log, "VASE")
    assert is_known(log, "GIFT"), "a bundle has a price, and no stock of its own"
    assert not is_known(log, "VASSE")


def test_an_unknown_location_is_refused_with_those_known() -> None:
    result = CliRunner().invoke(app, ["VASE@mars"])
    assert result.exit_code == 2
    assert "no location is called mars" in result.output


@pytest.mark.parametrize("text", ["2026-05-01T12:00:00", "2026-05-01T12:00:00Z", "2026-05-01T13:00:00+01:00"])
def test_a_time_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert millis(text) == 1_777_636_800_000


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(typer.BadParameter):
        millis("yesterday")


def test_an_order_is_told_from_its_cart_to_its_end() -> None:
    log = MemoryLog(DAY().log)
    model, _ = folded(DAY())
    for order_id, order in model.rooms["orders"].items():
        events = story(log, order_id, CODEC.decode)
        assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
        rooms = {event.topic.partition(".")[0] for event in events}
        assert rooms == {"cart", "checkout", "inventory", "orders", "payments"}, order
        assert all(len(order_row(event)) == len(ORDER_COLUMNS) for event in events)
        placed = next(event for event in events if isinstance(event.body, OrderPlaced))
        assert f"total_minor {placed.body.total_minor}" in words(placed.body)
        before = story(log, order_id, CODEC.decode, until=placed.occurred_at)
        assert placed in before and len(before) < len(events)
    assert story(log, "00000000-0000-0000-0000-000000000000", CODEC.decode) == []
