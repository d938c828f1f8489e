"""Checkouts of one cart among rooms that answer late, in any order, more than once, and not always willingly."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from schemas.cart.messages import CartSealed, SealCart, UnlockCart
from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.messages import CheckoutEvent, CheckoutFailure, CheckoutState, CheckoutStep
from schemas.inventory.holds import CommitHold, ExtendHold, HoldStock, ReleaseHold, StockHeld
from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import CancelOrder, ConfirmOrder, PlaceOrder
from schemas.payments.messages import CancelPayment, CapturePayment, PaymentAuthorised, RequestPayment
from schemas.record import Record
from schemas.room import parted
from streams.checkout.room import CHECKOUT
from tests.seeds import some
from tests.unit.checkout import examples as w
from tests.unit.checkout.other_rooms import AUTHORISED, CAPTURED, OPEN, OtherRooms, Payment

S = CheckoutStep
HAPPY = list(S)[: list(S).index(S.FAILED)]
OPEN_STEPS = HAPPY[1 : HAPPY.index(S.SEALING)]
LEGAL = {
    *((step, step) for step in S),
    *pairwise(HAPPY),
    (S.PREPARING_PAYMENT, S.SEALING),  # the shopper was quicker than the news of the intent
    *((step, S.FAILED) for step in HAPPY[1:-1]),
}
UNITS = {"BOOK": 2, "VASE": 1}
TOTALS = {"standard": 80_00, "express": 86_95, "collect": 80_00}  # lines of £80, and delivery
REPEATABLE_UNDO = (ReleaseHold, UnlockCart, CancelPayment, CancelOrder)
Kinds = tuple[type[Record], ...]
HOUR_MS = 3_600_000
ROUNDS_MAX = 5
MOVES_MAX = 2_000
PAYS = st.sampled_from([True, True, False])
SLOW = st.sampled_from([(), (HoldStock,), (RequestPayment,), (SealCart,), (CommitHold,), (PlaceOrder,)])
ENDS = st.sampled_from([0, -1])
CARDS = st.sampled_from([w.CHALLENGED, w.DECLINED, w.AUTHORISED])
MOODS = st.sampled_from(["willing", "again", "unwilling"])
CHECKOUTS = st.sampled_from(["first", "second"])


class CheckoutsOfACart(RuleBasedStateMachine):
    """The room beside a shadow of the others. What is said is heard at least once, and all of it again at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.others = OtherRooms()
        self.states: defaultdict[str, CheckoutState] = defaultdict(CheckoutState)
        self.log: list[CheckoutEvent] = []
        self.told: list[w.Message] = []
        self.sent: list[Record] = []
        self.by_hand: set[str] = set()
        self.slow: Kinds = ()
        self.pays = True
        self.now = w.AT

    # --- deciding ---

    def tell(self, command: w.Message) -> None:
        """Have it decided, and once more: then it changes nothing."""
        key = CHECKOUT.room.key_of(command)
        before = self.states[key]
        events = CHECKOUT.decide(command, before, self.now)
        state = self.states[key] = reduce(CHECKOUT.evolve, events, before)
        self.log += events
        self.told.append(command)
        assert (before.step, state.step) in LEGAL
        if before.step in (S.COMPLETED, S.FAILED):
            assert replace(state, demands=before.demands) == before, "only a late sale is kept"
        if state.failure is CheckoutFailure.EXPIRED and not before.failure:
            assert self.now >= before.expires_at, "told too early that time is up"
        assert state.current_total_minor in (None, TOTALS.get(state.delivery_method, 0) + 1)
        for message in CHECKOUT.react(command, state, events):
            self.check_asked(message, state)
            self.sent.append(message)
            self.others.waiting.append(message)
        again = CHECKOUT.decide(command, state, self.now)
        assert set(w.names(again)) <= {"CheckoutRefused", "CheckoutCardDeclined"}, "decided twice"
        assert reduce(CHECKOUT.evolve, again, state) == state

    def check_asked(self, command: Record, state: CheckoutState) -> None:
        """What must go before was answered; taken back is what failed; what adds or takes is asked for once."""
        undoes = isinstance(command, (ReturnStock, *REPEATABLE_UNDO))
        assert undoes is (state.step is S.FAILED), "undone without having failed, or done after it"
        assert isinstance(command, (ExtendHold, *REPEATABLE_UNDO)) or command not in self.sent, "asked for twice"
        match command:
            case RequestPayment():
                assert {each.sku for each in self.heard(StockHeld, state)} == UNITS.keys()
                assert command.amount_minor == TOTALS[state.delivery_method]
                assert command.amount_minor == sum(share.gross_minor for share in command.vat_shares)
            case CommitHold():
                assert self.heard(PaymentAuthorised, state)
                assert self.heard(CartSealed, state)
            case PlaceOrder():
                assert self.units_sold(state) == UNITS == {each.sku: each.quantity for each in command.allocations}
                goods = sum(line.gross_minor for line in command.lines)
                assert command.total_minor == goods + command.delivery.gross_minor
                assert command.total_minor == self.others.payments[state.payment_id].amount
            case CapturePayment():
                assert state.order_id in self.others.orders
                assert state.order_id in self.by_hand or self.units_sold(state) == UNITS
            case ConfirmOrder():
                assert state.step is S.COMPLETED

    def heard(self, kind: type[Any], state: CheckoutState) -> list[Any]:
        of_it = (each for each in self.told if CHECKOUT.room.key_of(each) == state.checkout_id)
        return [each for each in of_it if isinstance(each, kind)]

    def units_sold(self, state: CheckoutState) -> dict[str, int]:
        """By SKU, what left the stock for the order and did not come back."""
        sold = [each for each, times in self.others.sold.items() if each[0] == state.order_id and times]
        return {sku: units for _, sku, _, units in sold}

    # --- what happens ---

    @precondition(lambda self: self.states["second"].step is S.UNKNOWN)
    @rule(checkout=CHECKOUTS, method=st.sampled_from([*TOTALS, "drone"]), minutes=st.sampled_from([15, 500]))
    def a_checkout_starts(self, checkout: str, method: str, minutes: int) -> None:
        terms = {"delivery_method": method, "expected_total_minor": TOTALS.get(method, 0), "hold_seconds": minutes * 60}
        self.tell(w.start(checkout_id=checkout, **terms))

    @initialize(method=st.sampled_from(sorted(TOTALS)), slow=SLOW, times=st.sampled_from(range(30)), pays=PAYS)
    def the_first_checkout_comes_some_way(self, method: str, slow: Kinds, times: int, pays: bool) -> None:
        self.a_checkout_starts("first", method, 15)
        self.slow = slow
        self.they_talk_in_turn(times, 0, "willing")
        self.pays = pays

    @rule(times=st.integers(1, 8), place=ENDS, mood=MOODS)
    def they_talk_in_turn(self, times: int, place: int, mood: str) -> None:
        """For a while: what has waited longest first, or last."""
        for _ in range(times):
            quick = [n for n, command in enumerate(self.others.waiting) if not isinstance(command, self.slow)]
            if quick:
                self.let_go(quick[place], mood)
            elif self.pays and (unpaid := self.payments(OPEN)):
                self.others.is_paid(unpaid[0])
            else:
                return

    @rule(mood=MOODS, numbers=st.lists(st.integers(0, 9), min_size=1, max_size=8))
    def they_talk_in_any_order(self, mood: str, numbers: list[int]) -> None:
        for number in numbers:
            if self.others.waiting:
                self.let_go(number % len(self.others.waiting), mood)

    def let_go(self, place: int, mood: str) -> None:
        """One command out of the bag; what a checkout is told may stay in it, to be told again."""
        command = self.others.waiting[place]
        to_checkout = CHECKOUT.room.takes(command)
        if not to_checkout or mood != "again":
            del self.others.waiting[place]
        if to_checkout:
            self.tell(command)
        else:
            self.others.do(command, willing=mood != "unwilling")

    @precondition(lambda self: self.others.cart == "locked")
    @rule()
    def the_shopper_changes_the_cart(self) -> None:
        self.others.the_cart_is_changed()

    @precondition(lambda self: self.others.cart in ("locked", "sealed"))
    @rule(checkout=CHECKOUTS)
    def the_shopper_gives_up(self, checkout: str) -> None:
        before = self.states[checkout]
        self.tell(replace(w.CANCELLED, checkout_id=checkout))
        assert (self.states[checkout] == before) is (before.step not in OPEN_STEPS)

    @precondition(lambda self: self.payments(OPEN))
    @rule(data=st.data(), note=CARDS, minutes=st.sampled_from([1, 15]))
    def the_shopper_tries_a_card(self, data: st.DataObject, note: CheckoutAnswer, minutes: int) -> None:
        payment = data.draw(st.sampled_from(self.payments(OPEN)))
        self.time_passes(minutes, holds_end=False)
        if note is w.AUTHORISED:
            self.others.is_paid(payment)
        else:
            self.others.answer(payment.asker, note)

    @precondition(lambda self: self.payments(OPEN, AUTHORISED))
    @rule(data=st.data(), captured=st.booleans())
    def somebody_captures_or_cancels_at_the_provider(self, data: st.DataObject, captured: bool) -> None:
        payment = data.draw(st.sampled_from(self.payments(OPEN, AUTHORISED)))
        (self.others.is_captured if captured else self.others.ends)(payment)

    @precondition(lambda self: self.others.orders)
    @rule(data=st.data())
    def staff_cancel_an_order(self, data: st.DataObject) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.others.orders)))
        self.by_hand.add(order_id)
        self.others.do(CancelOrder(order_id=order_id, reason="changed_mind"), willing=True)

    @rule(minutes=st.sampled_from([1, 16, 180]), holds_end=st.booleans())
    def time_passes(self, minutes: int, holds_end: bool) -> None:
        self.now += minutes * 60_000
        if holds_end:
            self.others.holds_end(self.now)
        self.others.waiting += [
            CHECKOUT.on_timer(key, state, due)
            for key, state in self.states.items()
            if (due := CHECKOUT.next_timer_at(state)) is not None and due <= self.now
        ]

    def payments(self, *statuses: str) -> list[Payment]:
        return [payment for payment in self.others.payments.values() if payment.status in statuses]

    # --- what is so after every step ---

    @invariant()
    def the_log_alone_gives_the_checkouts(self) -> None:
        for key, state in self.states.items():
            events = [event for event in self.log if event.checkout_id == key]
            assert reduce(CHECKOUT.evolve, events, CheckoutState()) == state

    @invariant()
    def nothing_goes_back_that_was_not_sold_and_nothing_is_sold_twice(self) -> None:
        assert set(self.others.sold.values()) <= {0, 1}

    @invariant()
    def the_clock_runs_until_the_payment_is_authorised_and_an_hour_at_most(self) -> None:
        for state in self.states.values():
            due = CHECKOUT.next_timer_at(state)
            assert (due is not None) is (state.step in OPEN_STEPS)
            assert due is None or due <= state.started_at + HOUR_MS

    @invariant()
    def the_secret_is_told_while_it_is_of_use(self) -> None:
        for state in self.states.values():
            assert bool(state.client_secret) is (state.step is S.AWAITING_PAYMENT)

    @invariant()
    def what_ended_holds_nothing_once_all_is_quiet(self) -> None:
        if not self.others.waiting:
            holders = {self.states[parted(hold.answer_to)[1]].step for hold in self.others.holds.values()}
            assert not holders & {S.COMPLETED, S.FAILED}, "a hold was forgotten"

    # --- how it ends ---

    def teardown(self) -> None:
        """All is answered and every clock has rung; then all is heard once more, and nothing is different."""
        self.settle()
        self.audit()
        ended = dict(self.states)
        for command in list(self.told):
            self.tell(command)
        self.settle()
        self.audit()
        assert {key: self.states[key] for key in ended} == ended

    def settle(self) -> None:
        for _ in range(ROUNDS_MAX):
            self.they_talk_in_turn(MOVES_MAX, 0, "willing")
            self.slow = ()
            self.they_talk_in_turn(MOVES_MAX, 0, "willing")
            assert not self.others.waiting, "they never come to rest"
            self.what_ended_holds_nothing_once_all_is_quiet()
            self.time_passes(180, holds_end=True)
            if not self.others.waiting:
                return
        raise AssertionError("some clock never stops")

    def audit(self) -> None:
        """A checkout completed or left nothing: no sale, no order, no money, no closed cart."""
        for state in self.states.values():
            assert state.step in (S.UNKNOWN, S.COMPLETED, S.FAILED)
            status = self.others.statuses.get(state.order_id, "none")
            stands = state.step is S.COMPLETED and state.order_id not in self.by_hand
            assert status in (["confirmed"] if stands else ["none", "cancelled"])
            assert self.units_sold(state) == (UNITS if stands else {})
            payment = self.others.payments.get(state.payment_id)
            assert (payment is not None and payment.status == CAPTURED) is stands, "charged for nothing, or for free"
        assert not self.payments(OPEN, AUTHORISED), "money was left reserved"
        completed = [key for key, state in self.states.items() if state.step is S.COMPLETED]
        assert completed in ([], [self.others.owner])
        assert self.others.cart in (["ordered"] if completed else ["open", "ordered"])


TestCheckoutsOfACart = CheckoutsOfACart.TestCase
TestCheckoutsOfACart.settings = settings(
    max_examples=some(500), stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
