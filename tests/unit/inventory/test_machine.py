"""Any sequence of commands, beside a model that knows nothing of the code: never oversold, and the log tells all."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ops.audit.folds import inventory
from schemas.inventory.holds import Hold, HoldCommitted, HoldExpired, HoldReleased, StockHeld
from schemas.inventory.messages import (
    InventoryCommand,
    InventoryEvent,
    SetReorderThreshold,
    StockLow,
    StockRecovered,
    StockRefusal,
    StockRefused,
    StockState,
)
from schemas.record import Record
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock, evolve_head, head, touched, whole
from tests.seeds import some
from tests.unit.inventory.examples import adjust, commit, extend, hold, receive, release, take_back, threshold, transfer

Kind = TypeVar("Kind", bound=Record)

CARTS = st.sampled_from(["ann", "bob", "cy"])
CHECKOUTS = st.sampled_from(["first", "second"])
LOCKS = st.integers(0, 3)
UNITS = st.integers(-1, 6)
TIMES = st.integers(0, 20)


class Shop(RuleBasedStateMachine):
    """The room, and a shadow of it: units on hand, and who holds how many until when, for which checkout and lock."""

    def __init__(self) -> None:
        super().__init__()
        self.stock = Stock()
        self.shown = head(self.stock)
        self.log: list[InventoryEvent] = []
        self.on_hand = 0
        self.holds: dict[str, tuple[int, int, str, int]] = {}
        self.threshold = 0
        self.parts: dict[str, Hold | None] = {}  # as on the state topic
        self.written = 0  # events of which the parts are there
        self.low, self.low_at = False, 0

    @property
    def free(self) -> int:
        return self.on_hand - sum(quantity for quantity, *_ in self.holds.values())

    def command(self, command: InventoryCommand, reason: StockRefusal | None, then: Callable[[], object]) -> None:
        """Have it decided; it must be refused for `reason`, or do to the shadow what `then` does."""
        before, was_low = self.stock, self.low
        events = INVENTORY.decide(command, before, 0)
        assert events == INVENTORY.decide(command, before, 0)
        self.stock = reduce(INVENTORY.evolve, events, before)
        self.log += events
        assert [event.reason for event in events if isinstance(event, StockRefused)] == ([reason] if reason else [])
        if reason:
            assert self.stock == before
        else:
            then()
        self.note_warnings(events, new_level=isinstance(command, SetReorderThreshold))
        assert [type(e) for e in events].count(StockLow) == int(self.low and not was_low)
        assert [type(e) for e in events].count(StockRecovered) == int(was_low and not self.low)

    def note_warnings(self, events: tuple[InventoryEvent, ...], *, new_level: bool) -> None:
        """Low below the threshold; until well above it, on a shelf that is not as it was when it was said."""
        if not events or isinstance(events[0], StockRefused):
            return
        well_above = self.free >= self.threshold + max(1, (self.threshold + 1) // 2) and self.on_hand != self.low_at
        if not self.low and self.free < self.threshold:
            self.low, self.low_at = True, self.on_hand
        elif self.low and (self.free >= self.threshold if new_level else well_above):
            self.low, self.low_at = False, 0

    def of_this_command(self, kind: type[Kind], number: int) -> list[Kind]:
        log: list[Record] = [*self.log]
        found = [event for event in log if isinstance(event, kind)]
        return found[len(found) - number :]

    @rule(quantity=UNITS, given_back=st.booleans())
    def goods_come(self, quantity: int, given_back: bool) -> None:
        reason = StockRefusal.QUANTITY_NOT_POSITIVE if quantity <= 0 else None
        self.command(take_back(quantity) if given_back else receive(quantity), reason, lambda: self.add(quantity))

    @rule(delta=st.integers(-6, 6))
    def goods_are_counted(self, delta: int) -> None:
        reason = StockRefusal.INSUFFICIENT_STOCK if self.free + delta < 0 and delta < 0 else None
        if delta == 0:
            reason = StockRefusal.QUANTITY_NOT_POSITIVE
        self.command(adjust(delta), reason, lambda: self.add(delta))

    @rule(quantity=UNITS)
    def goods_are_sent_elsewhere(self, quantity: int) -> None:
        reason = StockRefusal.INSUFFICIENT_STOCK if quantity > self.free else None
        if quantity <= 0:
            reason = StockRefusal.QUANTITY_NOT_POSITIVE
        self.command(transfer(quantity), reason, lambda: self.add(-quantity))

    @rule(cart=CARTS, checkout=CHECKOUTS, quantity=UNITS, until=TIMES, lock=LOCKS)
    def a_cart_is_held_for(self, cart: str, checkout: str, quantity: int, until: int, lock: int) -> None:
        own, _, _, newest = self.holds.get(cart, (0, 0, "", 0))
        reason = StockRefusal.INSUFFICIENT_STOCK if quantity > self.free + own else None
        if lock < newest:
            reason = StockRefusal.HOLD_SUPERSEDED
        if quantity <= 0:
            reason = StockRefusal.QUANTITY_NOT_POSITIVE
        command = hold(quantity, cart, checkout, until, lock_version=lock)
        self.command(command, reason, lambda: self.holds.update({cart: (quantity, until, checkout, lock)}))
        if reason is None:
            [event] = self.of_this_command(StockHeld, 1)
            assert (event.quantity, event.replaced_quantity) == (quantity, own)

    @rule(cart=CARTS, checkout=CHECKOUTS, until=TIMES)
    def a_hold_is_extended(self, cart: str, checkout: str, until: int) -> None:
        def longer() -> None:
            quantity, before, *owner = self.holds[cart]
            self.holds[cart] = (quantity, max(before, until), *owner)

        self.command(extend(cart, checkout, until), self.stranger(cart, checkout), longer)

    @rule(cart=CARTS, checkout=CHECKOUTS)
    def a_hold_is_sold(self, cart: str, checkout: str) -> None:
        self.command(commit(cart, checkout), self.stranger(cart, checkout), lambda: self.add(-self.holds.pop(cart)[0]))

    @rule(cart=CARTS, checkout=CHECKOUTS)
    def a_hold_is_given_back(self, cart: str, checkout: str) -> None:
        mine = self.stranger(cart, checkout) is None
        self.command(release(cart, checkout), None, lambda: self.holds.pop(cart) if mine else None)

    @precondition(lambda self: self.holds)
    @rule()
    def the_timer_rings(self) -> None:
        due = INVENTORY.next_timer_at(self.stock)
        assert due == min(until for _, until, *_ in self.holds.values())
        over = {cart for cart, (_, until, *_) in self.holds.items() if until <= due}
        self.command(
            INVENTORY.on_timer("VASE@warehouse", self.stock, due), None, lambda: [self.holds.pop(c) for c in over]
        )
        assert {event.cart_id for event in self.of_this_command(HoldExpired, len(over))} == over
        later = INVENTORY.next_timer_at(self.stock)
        assert later is None or later > due

    @rule(units=UNITS)
    def a_threshold_is_set(self, units: int) -> None:
        reason = StockRefusal.QUANTITY_NOT_POSITIVE if units < 0 else None
        self.command(threshold(units), reason, lambda: setattr(self, "threshold", units))

    def add(self, units: int) -> None:
        self.on_hand += units

    def stranger(self, cart: str, checkout: str) -> StockRefusal | None:
        if cart not in self.holds:
            return StockRefusal.HOLD_UNKNOWN
        return None if self.holds[cart][2] == checkout else StockRefusal.HOLD_SUPERSEDED

    @invariant()
    def the_room_is_its_shadow(self) -> None:
        holds = {
            cart: (hold.quantity, hold.expires_at, hold.answer_to.removeprefix("checkout/"), hold.lock_version)
            for cart, hold in self.stock.holds.items()
        }
        assert (self.stock.on_hand, holds) == (self.on_hand, self.holds)
        assert (self.stock.threshold, self.stock.low, self.stock.low_on_hand) == (self.threshold, self.low, self.low_at)

    @invariant()
    def nothing_is_oversold_at_any_place_in_the_log(self) -> None:
        assert self.free >= 0
        assert all(0 <= event.held_after <= event.on_hand_after for event in self.log)

    @invariant()
    def what_is_written_gives_the_stock(self) -> None:
        for event in self.log[self.written :]:
            for name in touched(event):
                self.parts[name] = self.stock.holds.get(name)
            self.shown = evolve_head(self.shown, event)
        self.written = len(self.log)
        parts = {name: part for name, part in self.parts.items() if part is not None}
        assert whole(head(self.stock), parts) == self.stock
        assert self.shown == head(self.stock), "the view folds the events to another row"

    @invariant()
    def the_log_alone_gives_the_stock(self) -> None:
        assert reduce(INVENTORY.evolve, self.log, Stock()) == self.stock

    @invariant()
    def what_was_held_is_sold_given_back_or_still_held(self) -> None:
        held = sum(event.quantity - event.replaced_quantity for event in self.log if isinstance(event, StockHeld))
        ends = (HoldCommitted, HoldReleased, HoldExpired)
        ended = sum(event.quantity for event in self.log if isinstance(event, ends))
        assert held - ended == self.on_hand - self.free

    @invariant()
    def no_hold_in_the_log_replaces_that_of_a_later_lock(self) -> None:
        newest: dict[str, int] = {}
        for event in self.log:
            if isinstance(event, StockHeld):
                assert not event.replaced_quantity or event.lock_version >= newest[event.cart_id]
                newest[event.cart_id] = event.lock_version

    def teardown(self) -> None:
        audited = inventory.initial()
        assert [problem for event in self.log for problem in inventory.apply(audited, event)] == []
        assert all(audited[name] == getattr(head(self.stock), name) for name in StockState.__struct_fields__)
        assert inventory.parts(audited) == dict(self.stock.holds)


TestShop = Shop.TestCase
TestShop.settings = settings(max_examples=some(150), stateful_step_count=40, deadline=None)
