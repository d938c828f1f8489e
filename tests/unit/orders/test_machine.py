"""An order under any commands in any sequence, beside a plain model of what it ought to be."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import (
    OrderMoney,
    OrderRefused,
    OrdersCommand,
    OrdersEvent,
    OrderState,
    OrderStatus,
    RecordOrderMoney,
)
from schemas.payments.disputes import DisputeStatus
from schemas.payments.messages import CancelPayment
from schemas.record import Record
from streams.orders.room import ORDERS
from tests.seeds import some
from tests.unit.orders import examples as w
from tests.unit.orders.test_transitions import BY_HAND, CANCELLABLE

S = OrderStatus
D = DisputeStatus
OPEN = {D.UNKNOWN, D.NEEDS_RESPONSE, D.UNDER_REVIEW, D.WARNING_NEEDS_RESPONSE, D.WARNING_UNDER_REVIEW}
TOWARDS = {S.PICKING, S.PACKED, S.PART_DESPATCHED, S.DESPATCHED}
PENCE = st.sampled_from([0, 0, 0, 1, w.TOTAL - 1, w.TOTAL])
MONEY = st.builds(
    OrderMoney,
    captured_minor=st.sampled_from([0, w.TOTAL, w.TOTAL]),
    refunded_minor=PENCE,
    refund_pending_minor=PENCE,
    lost_minor=PENCE,
    dispute_status=st.sampled_from([None, None, None, *D]),
)


class AnOrder(RuleBasedStateMachine):
    """The model knows the status and the money; each command comes one to three times in a row."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.events, self.sends = OrderState(), list[OrdersEvent](), list[Record]()
        self.status, self.money = S.UNKNOWN, OrderMoney()

    def tell(self, command: OrdersCommand, times: int) -> None:
        for _ in range(times):
            self.state, events = w.decided(self.state, command)
            self.events += events
            self.sends += ORDERS.react(command, self.state, events)

    @rule(times=st.integers(1, 3), checkout=st.sampled_from([w.CHECKOUT, "other"]))
    def place(self, times: int, checkout: str) -> None:
        if self.status is S.UNKNOWN:
            self.status = S.PENDING
        self.tell(w.place(checkout), times)

    @rule(times=st.integers(1, 3))
    def confirm(self, times: int) -> None:
        if self.status is S.PENDING:
            self.status = S.CONFIRMED
        self.tell(w.confirm(), times)

    @rule(times=st.integers(1, 3), data=st.data(), legal=st.booleans())
    def advance(self, times: int, data: st.DataObject, legal: bool) -> None:
        sensible = [target for status, target in sorted(BY_HAND) if status is self.status]
        target = data.draw(st.sampled_from(sensible if legal and sensible else list(S)))
        held = target in TOWARDS and (self.disputed() or self.back(self.money.refund_pending_minor))
        if (self.status, target) in BY_HAND and not held:
            self.status = target
            self.settle()
        self.tell(w.advance(target), times)

    @rule(times=st.integers(1, 3))
    def cancel(self, times: int) -> None:
        unpacked = self.status is S.PACKED and self.back(self.money.refund_pending_minor)
        held = self.disputed() and self.status is not S.PENDING
        if (self.status in CANCELLABLE or unpacked) and not held:
            self.status = S.CANCELLED
        self.tell(w.cancel(), times)

    @rule(times=st.integers(1, 3), told=MONEY, late=st.booleans())
    def money_moves(self, times: int, told: OrderMoney, late: bool) -> None:
        told = replace(told, sequence=self.money.sequence + (0 if late else 1))
        if self.status is not S.UNKNOWN and not late:
            self.money = told
            self.settle()
        self.tell(RecordOrderMoney(order_id=w.ORDER, money=told), times)

    def settle(self) -> None:
        if self.status in (S.RETURNED, S.REFUNDED):
            self.status = S.REFUNDED if self.back() else S.RETURNED

    def back(self, under_way: int = 0) -> bool:
        """Whether the customer has all the money, this much of it still to come."""
        return 0 < self.money.captured_minor <= self.money.refunded_minor + self.money.lost_minor + under_way

    def disputed(self) -> bool:
        return self.money.dispute_status in OPEN

    @invariant()
    def it_is_what_the_model_says(self) -> None:
        assert (self.state.status, self.state.money) == (self.status, self.money)

    @invariant()
    def stock_and_money_go_back_once_if_it_was_cancelled_and_else_never(self) -> None:
        returned = [each for each in self.sends if isinstance(each, ReturnStock)]
        cancelled = [each for each in self.sends if isinstance(each, CancelPayment)]
        expected = (len(w.ALLOCATIONS), 1) if self.status is S.CANCELLED else (0, 0)
        assert (len(returned), len(cancelled)) == expected

    @invariant()
    def the_events_alone_lead_to_the_same_order(self) -> None:
        state = OrderState()
        for event in self.events:
            state = ORDERS.evolve(state, event)
        assert state == self.state
        assert all(event.status in S for event in self.events if isinstance(event, OrderRefused))


TestAnOrder = AnOrder.TestCase
TestAnOrder.settings = settings(
    max_examples=some(100), stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
