"""Any sequence of commands, beside a model that knows nothing of the code: one owner, one version per change."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.cart.messages import (
    CartCodeSet,
    CartCommand,
    CartEvent,
    CartLineSet,
    CartLocked,
    CartLockLost,
    CartOrdered,
    CartRefusal,
    CartRefused,
    CartState,
)
from schemas.promotions.rules import CODES_PER_CART_MAX
from streams.cart.room import CART
from tests.rooms import sent
from tests.seeds import some
from tests.unit.cart.examples import CART_ID, CREATE, code, complete, expire, lock, put, seal, units, unlock

DAY_MS = 86_400_000
CHECKOUTS = st.sampled_from(["first", "second", "third"])
CLOSED = ("sealed", "ordered", "expired")


class Basket(RuleBasedStateMachine):
    """The room, and a shadow of it: the lines, where the cart is, and whose it is."""

    def __init__(self) -> None:
        super().__init__()
        self.cart = CartState()
        self.log: list[CartEvent] = []
        self.lost: list[str] = []  # checkouts that had the cart and must end
        self.ended: list[str] = []  # those that were sent that they must
        self.now = 0
        self.status = "unknown"
        self.lines: dict[str, int] = {}
        self.codes: list[str] = []
        self.owner: str | None = None
        self.touched = 0

    def command(
        self, command: CartCommand, reason: CartRefusal | None, changes: int, then: Callable[[], object]
    ) -> None:
        """Have it decided: refused for `reason`, or so many changes, which `then` does to the shadow."""
        before = self.cart
        if self.status == "unknown" and command != CREATE:
            reason = CartRefusal.CART_UNKNOWN
        events = CART.decide(command, before, self.now)
        self.cart = reduce(CART.evolve, events, before)
        self.log += events
        answers = sent(CART, command, self.cart, events)
        self.ended += [to.removeprefix("checkout/") for to, each in answers if isinstance(each, CartLockLost)]
        if reason:
            assert [getattr(event, "reason", None) for event in events] == [reason]
            assert self.cart == before
            return
        assert len(events) == self.cart.version - before.version == changes
        again = CART.decide(command, self.cart, self.now)
        assert all(isinstance(event, CartRefused) for event in again), "the same command changes nothing twice"
        if changes:
            then()

    def lose(self) -> None:
        if self.status == "locked":
            assert self.owner is not None
            self.lost.append(self.owner)

    def become(self, status: str, owner: str | None) -> None:
        if (status, self.status) != ("sealed", "locked"):
            self.touched = self.now
        self.status, self.owner = status, owner

    @rule()
    def it_is_made(self) -> None:
        reason = None if self.status == "unknown" else CartRefusal.CART_EXISTS
        self.command(CREATE, reason, 1, lambda: self.become("open", None))

    @rule(sku=st.sampled_from("abc"), quantity=st.integers(-1, 3), age=st.sampled_from([None, 0, 1]))
    def a_line_is_set(self, sku: str, quantity: int, age: int | None) -> None:
        reason = CartRefusal.QUANTITY_OUT_OF_RANGE if quantity < 0 else None
        if age:
            reason = CartRefusal.VERSION_MISMATCH
        if self.status in CLOSED:
            reason = CartRefusal.CART_CLOSED
        changes = 0 if self.lines.get(sku, 0) == quantity else 1 + (self.status == "locked")
        expected = None if age is None else self.cart.version - age

        def then() -> None:
            self.lose()
            self.lines = {each: n for each, n in {**self.lines, sku: quantity}.items() if n}
            self.become("open", None)

        self.command(put(sku, quantity, expected), reason, changes, then)

    @rule(name=st.sampled_from(["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"]), wanted=st.booleans())
    def a_code_is_set(self, name: str, wanted: bool) -> None:
        new = wanted and name not in self.codes
        reason = CartRefusal.TOO_MANY_CODES if new and len(self.codes) >= CODES_PER_CART_MAX else None
        if self.status in CLOSED:
            reason = CartRefusal.CART_CLOSED
        changes = 0 if (name in self.codes) is wanted else 1 + (self.status == "locked")

        def then() -> None:
            self.lose()
            self.codes = [each for each in self.codes if each != name] + [name] * wanted
            self.become("open", None)

        self.command(code(name, wanted=wanted), reason, changes, then)

    @rule(checkout=CHECKOUTS)
    def a_checkout_locks(self, checkout: str) -> None:
        reason = None if self.lines else CartRefusal.CART_EMPTY
        if self.status in CLOSED:
            reason = CartRefusal.CART_CLOSED
        changes = 0 if self.owner == checkout else 1 + (self.status == "locked")

        def then() -> None:
            self.lose()
            self.become("locked", checkout)

        self.command(lock(checkout), reason, changes, then)

    @rule(checkout=CHECKOUTS)
    def a_checkout_unlocks(self, checkout: str) -> None:
        mine = self.owner == checkout and self.status in ("locked", "sealed")
        self.command(unlock(checkout), None, int(mine), lambda: self.become("open", None))

    @rule(checkout=CHECKOUTS)
    def a_checkout_seals(self, checkout: str) -> None:
        again = (self.status, self.owner) == ("sealed", checkout)
        reason = None if self.owner == checkout else CartRefusal.CHECKOUT_SUPERSEDED
        if self.status in CLOSED and not again:
            reason = CartRefusal.CART_CLOSED
        self.command(seal(checkout), reason, int(not again), lambda: self.become("sealed", checkout))

    @rule(checkout=CHECKOUTS)
    def a_checkout_completes(self, checkout: str) -> None:
        mine = self.owner == checkout and self.status in ("sealed", "ordered")
        reason = None if mine else CartRefusal.CHECKOUT_SUPERSEDED
        self.command(complete(checkout), reason, int(self.status == "sealed"), lambda: self.become("ordered", checkout))

    @rule(hours=st.sampled_from([1, 23, 24]))
    def time_passes_and_a_timer_may_ring(self, hours: int) -> None:
        self.now += hours * 3_600_000
        idle = self.status == "open" and self.now >= self.touched + DAY_MS
        self.command(expire(self.now), None, int(idle), lambda: self.become("expired", None))

    @invariant()
    def the_room_is_its_shadow(self) -> None:
        assert (self.cart.status, units(self.cart), self.cart.checkout_id) == (self.status, self.lines, self.owner)
        assert (self.cart.touched_at, list(self.cart.codes)) == (self.touched, self.codes)
        assert CART.next_timer_at(self.cart) == (self.touched + DAY_MS if self.status == "open" else None)
        over = self.status in ("ordered", "expired")
        assert CART.expires_at(self.cart) == (self.touched + 7 * DAY_MS if over else None)

    @invariant()
    def the_log_alone_gives_the_cart_and_counts_its_versions(self) -> None:
        assert reduce(CART.evolve, self.log, CartState()) == self.cart
        changes = [event.version for event in self.log if not isinstance(event, CartRefused)]
        assert changes == list(range(1, self.cart.version + 1))
        assert {event.cart_id for event in self.log} <= {CART_ID}

    @invariant()
    def every_checkout_that_lost_the_cart_to_a_change_or_to_another_is_sent_so_once(self) -> None:
        assert self.ended == self.lost

    @invariant()
    def what_was_ordered_is_what_was_locked(self) -> None:
        if self.log and isinstance(self.log[-1], CartOrdered):
            locked = [event for event in self.log if isinstance(event, (CartLocked, CartLineSet, CartCodeSet))][-1]
            assert isinstance(locked, CartLocked)
            assert {line.sku: line.quantity for line in locked.lines} == self.lines


TestBasket = Basket.TestCase
TestBasket.settings = settings(max_examples=some(150), stateful_step_count=40, deadline=None)
