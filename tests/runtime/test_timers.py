"""The timers of a table: whoever is due is woken, once, and a row that is touched all day has one entry."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.cart.messages import CartState
from streams.cart.room import CART
from streams.runtime.rows import TIMERS_SPARE, Row, Table
from tests.runtime.simulated import CODEC
from tests.seeds import some

DAY_MS = 86_400_000
KEYS = st.sampled_from(["a", "b", "c", "d"])
TIMES = st.integers(0, 40)


def with_rows(*keys: str) -> Table:
    table = Table(CART, CODEC, 0)
    for key in keys:
        table.put(key, Row(state=CartState(cart_id=key)))
    return table


def test_a_million_touches_leave_one_entry_for_each_cart() -> None:
    carts = [f"cart-{number}" for number in range(100)]
    table = with_rows(*carts)
    for touch in range(1_000_000):
        key = carts[touch % 100]
        table.set_timer(key, table.rows[key], touch + DAY_MS)
        assert len(table._timers) <= 100
    woken = [table.pop_timer(2 * DAY_MS) for _ in carts]
    assert woken == [(1_000_000 - 100 + number + DAY_MS, key) for number, key in enumerate(carts)]
    assert table.next_timer_at() is None and not table._timers


def test_times_that_come_nearer_and_nearer_do_not_pile_up() -> None:
    table = with_rows("a", "b")
    for nearer in range(100_000, 0, -1):
        table.set_timer("a", table.rows["a"], nearer)
        assert len(table._timers) <= 2 * 2 + TIMERS_SPARE + 1
    assert table.pop_timer(DAY_MS) == (1, "a") and table.pop_timer(DAY_MS) is None


def test_rows_that_are_forgotten_do_not_pile_up() -> None:
    table = with_rows("a")
    for number in range(10_000):
        table.put(f"cart-{number}", Row(state=CartState()))
        table.set_timer(f"cart-{number}", table.rows[f"cart-{number}"], DAY_MS + number)
        table.forget(f"cart-{number}")
    assert len(table._timers) <= TIMERS_SPARE + 3


class Timers(RuleBasedStateMachine):
    """Beside a dictionary of when each row is due."""

    def __init__(self) -> None:
        super().__init__()
        self.table = with_rows()
        self.due: dict[str, int] = {}

    @rule(key=KEYS, at=st.none() | TIMES)
    def a_row_is_due(self, key: str, at: int | None) -> None:
        if key not in self.table.rows:
            self.table.put(key, Row(state=CartState()))
        self.table.set_timer(key, self.table.rows[key], at)
        self.due.pop(key, None)
        if at is not None:
            self.due[key] = at

    @rule(key=KEYS)
    def a_row_is_forgotten(self, key: str) -> None:
        if key in self.table.rows:
            self.table.forget(key)
            self.due.pop(key, None)

    @rule(until=TIMES)
    def time_passes(self, until: int) -> None:
        found = self.table.pop_timer(until)
        over = [(at, key) for key, at in self.due.items() if at <= until]
        assert found == min(over, default=None)
        if found:
            del self.due[found[1]]
            assert self.table.rows[found[1]].due is None

    @rule()
    def the_worker_is_replaced(self) -> None:
        for row in self.table.rows.values():
            row.timer = None
        self.table._timers = []
        self.table.restored()

    @invariant()
    def the_next_is_the_earliest(self) -> None:
        assert self.table.next_timer_at() == min(self.due.values(), default=None)
        assert {key: row.due for key, row in self.table.rows.items() if row.due is not None} == self.due


TestTimers = Timers.TestCase
TestTimers.settings = settings(max_examples=some(200), stateful_step_count=40, deadline=None)
