"""What events mean for the view tables, without a database."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.events import Event
from connectors.inventory_rows import change
from connectors.postgres_views import as_json
from connectors.room_rows import ROWS_OF
from connectors.rows import (
    CART_LINES,
    CARTS,
    STOCK,
    STOCK_MOVEMENTS,
    TABLES,
    Action,
    Changes,
    Row,
    Table,
    coalesce,
    patch,
    put,
)
from connectors.view_sql import statement
from schemas.cart.messages import CartLineSet, CartRefusal, CartRefused
from schemas.inventory.messages import StockLow, StockReceived, StockRefusal, StockRefused
from schemas.record import Record
from schemas.rooms import ROOMS
from tests.connectors.story import busy_shop, tell

Stored = dict[tuple[Any, ...], dict[str, Any]]


def event(body: Record, version: int = 3) -> Event:
    return Event(
        body=body,
        version=version,
        id="event",
        command_id="command",
        correlation_id="correlation",
        occurred_at=1_800_000_000_123,
        actor="guest",
        reply_to=None,
    )


def received(**more: Any) -> StockReceived:
    fields = {"sku": "VASE", "location": "warehouse", "quantity": 4, "reference": "note 7"}
    return StockReceived(**fields | {"on_hand_after": 9, "held_after": 2} | more)


def test_a_movement_says_why_and_what_was_left() -> None:
    stock, movement = ROWS_OF["inventory"](event(received()), received())
    assert (stock.table, stock.action, stock.values["on_hand"], stock.values["held"]) == (STOCK, Action.PUT, 9, 2)
    assert "threshold" not in stock.values
    assert movement.table is STOCK_MOVEMENTS
    assert (movement.values["change"], movement.values["on_hand"], movement.values["type"]) == (4, 9, "StockReceived")
    assert movement.values["cause"] == {"quantity": 4, "reference": "note 7"}
    assert movement.values["occurred_at"].isoformat() == "2027-01-15T08:00:00.123000+00:00"


def test_a_refusal_makes_no_row_and_is_no_movement() -> None:
    body = StockRefused(
        sku="VASE", location="nowhere", command="HoldStock", reason=StockRefusal.INSUFFICIENT_STOCK, requested=1,
        available=0, on_hand_after=0, held_after=0,
    )  # fmt: skip
    assert [row.action for row in ROWS_OF["inventory"](event(body, 0), body)] == [Action.PATCH]
    refused = CartRefused(cart_id="made up", command="SetCartLine", reason=CartRefusal.CART_UNKNOWN, version=0)
    assert ROWS_OF["cart"](event(refused, 0), refused) == (patch(CARTS, cart_id="made up", version=0),)


def test_a_warning_changes_no_stock() -> None:
    body = StockLow(sku="VASE", location="warehouse", available=1, threshold=2, on_hand_after=1, held_after=0)
    assert change(body) == 0


def test_a_line_of_no_units_stays_with_its_version() -> None:
    fields: dict[str, Any] = {"cart_id": "one", "sku": "VASE", "version": 2, "touched_at": 1}
    body = CartLineSet(**fields, quantity_before=2, quantity=0)
    assert ROWS_OF["cart"](event(body), body)[1] == put(CART_LINES, cart_id="one", sku="VASE", quantity=0, version=3)
    body = CartLineSet(**fields, quantity_before=0, quantity=2)
    assert ROWS_OF["cart"](event(body), body)[1] == put(CART_LINES, cart_id="one", sku="VASE", quantity=2, version=3)


def test_every_room_has_its_rows() -> None:
    assert ROWS_OF.keys() == ROOMS.keys()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_event_of_a_busy_shop_becomes_rows_that_have_sql(seed: int) -> None:
    kinds: Counter[str] = Counter()
    for told in tell(busy_shop(seed, 60)).events:
        fact = event(told.body, told.version)
        for table, _action, values in ROWS_OF[told.room](fact, fact.body):
            assert set(table.key) <= values.keys()
            assert ("version" in values) or not table.versioned
            statement(table, _action, frozenset(values)).as_string()
            kinds[table.name] += 1
    assert kinds.keys() == {table.name for table in TABLES}


def test_a_zero_byte_never_reaches_postgres_and_nothing_else_changes() -> None:
    rows = [{"cart_id": "made\0up", "cause": {"\0": ["\0", 1, None]}, "title": "a backslash: \\u0000"}]
    assert json.loads(as_json(rows)) == [
        {"cart_id": "made\ufffdup", "cause": {"\ufffd": ["\ufffd", 1, None]}, "title": "a backslash: \\u0000"}
    ]


# --- coalescing -----------------------------------------------------------------------------------

SMALL = Table(name="small", key=("id",), versioned=False)
some = st.dictionaries(st.sampled_from("abc"), st.integers(0, 9))
whole = st.fixed_dictionaries({name: st.integers(0, 9) for name in "abc"})  # whatever can be patched is put whole
keys = st.integers(0, 1)
rows_of_two_keys = st.lists(
    st.one_of(
        st.builds(lambda key, values: put(SMALL, id=key, **values), keys, whole),
        st.builds(lambda key, values: patch(SMALL, id=key, **values), keys, some),
    ),
    max_size=12,
)


def written(stored: Stored, row: Row) -> None:
    """What a database does with one row."""
    key = (row.values["id"],)
    match row.action:
        case Action.PUT:
            stored[key] = stored.get(key, {}) | row.values
        case Action.PATCH if key in stored:
            stored[key] = stored[key] | row.values


@given(rows_of_two_keys, st.booleans())
def test_one_change_for_each_row_comes_to_the_same_as_all_of_them(rows: list[Row], there: bool) -> None:
    start: Stored = {(0,): {"id": 0, "a": 7, "b": 7, "c": 7}} if there else {}
    one_by_one, at_once = dict(start), dict(start)
    for row in rows:
        written(one_by_one, row)
    changes: Changes = coalesce(rows)
    for row in changes.get(SMALL, {}).values():
        written(at_once, row)
    assert at_once == one_by_one


def test_a_later_put_of_fewer_columns_keeps_the_earlier_ones() -> None:
    rows = [put(SMALL, id=1, a=1, b=1), put(SMALL, id=1, a=2)]
    assert list(coalesce(rows)[SMALL].values()) == [put(SMALL, id=1, a=2, b=1)]
