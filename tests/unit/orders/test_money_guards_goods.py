"""What the money of an order lets its goods do."""

from __future__ import annotations

from itertools import product

from schemas.inventory.messages import ReturnStock
from schemas.orders.messages import OrderMoney, OrderRefusal, OrderState, OrderStatus
from schemas.payments.disputes import ENDED, DisputeStatus
from streams.orders.room import ORDERS
from streams.runtime.decider import refusal_of
from tests.unit.orders import examples as w
from tests.unit.orders.test_transitions import BY_HAND, CANCELLABLE

S, D = OrderStatus, DisputeStatus
TOWARDS = {S.PICKING, S.PACKED, S.PART_DESPATCHED, S.DESPATCHED}
OPEN = [status for status in D if status not in ENDED]


def refused(state: OrderState, command: object) -> OrderRefusal | None:
    _, events = w.decided(state, command)  # type: ignore[arg-type]  # any command of an order
    reason = refusal_of(events)
    return OrderRefusal(reason) if reason else None


def stands(status: OrderStatus, **how: object) -> OrderState:
    return w.decided(w.order_in(status), w.money(9, **how))[0]


def test_an_open_dispute_holds_the_goods_and_refuses_the_cancel() -> None:
    for dispute, (status, target) in product(OPEN, BY_HAND):
        held = OrderRefusal.DISPUTED if target in TOWARDS else None
        assert refused(stands(status, dispute_status=dispute), w.advance(target)) is held
    for dispute, status in product(OPEN, CANCELLABLE - {S.PENDING}):
        assert refused(stands(status, dispute_status=dispute), w.cancel()) is OrderRefusal.DISPUTED


def test_a_pending_order_can_always_be_taken_back_by_its_checkout() -> None:
    for dispute in OPEN:
        now, events = w.decided(stands(S.PENDING, dispute_status=dispute), w.cancel())
        assert (now.status, len(events)) == (S.CANCELLED, 1)


def test_a_dispute_that_ended_without_a_loss_holds_nothing() -> None:
    for dispute, (status, target) in product((D.WON, D.WARNING_CLOSED, D.PREVENTED), BY_HAND):
        assert refused(stands(status, dispute_status=dispute), w.advance(target)) is None
    assert refused(stands(S.PICKING, dispute_status=D.WON), w.cancel()) is None


def test_goods_whose_money_is_back_or_on_its_way_stay() -> None:
    ways: list[dict[str, object]] = [
        {"refunded_minor": w.TOTAL},
        {"refund_pending_minor": w.TOTAL},
        {"lost_minor": w.TOTAL, "dispute_status": D.LOST},
        {"refunded_minor": w.TOTAL - 900, "refund_pending_minor": 500, "lost_minor": 400, "dispute_status": D.LOST},
    ]
    for how, (status, target) in product(ways, BY_HAND):
        held = OrderRefusal.REFUNDED if target in TOWARDS else None
        assert refused(stands(status, **how), w.advance(target)) is held


def test_a_refund_of_a_part_blocks_nothing() -> None:
    for how, (status, target) in product(({"refunded_minor": w.TOTAL - 1}, {"lost_minor": 1}), BY_HAND):
        assert refused(stands(status, **how), w.advance(target)) is None


def test_a_refund_that_failed_lets_the_goods_go_on() -> None:
    held = stands(S.PICKING, refunded_minor=w.TOTAL)
    now, events = w.decided(held, w.advance(S.PACKED), w.money(10), w.advance(S.PACKED))
    assert [type(event).__name__ for event in events] == ["OrderRefused", "OrderMoneyRecorded", "OrderAdvanced"]
    assert now.status is S.PACKED


def test_an_order_whose_money_is_back_can_be_ended_from_wherever_it_is_and_its_units_are_for_sale_again() -> None:
    for status in CANCELLABLE | {S.PACKED}:
        state = stands(status, refunded_minor=w.TOTAL)
        now, events = w.decided(state, w.cancel())
        returned = [each for each in ORDERS.react(w.cancel(), now, events) if isinstance(each, ReturnStock)]
        assert (now.status, len(returned)) == (S.CANCELLED, len(w.ALLOCATIONS))
    part = stands(S.PART_DESPATCHED, refunded_minor=w.TOTAL)
    assert w.decided(part, w.advance(S.RETURNED))[0].status is S.REFUNDED
    assert refused(w.order_in(S.PACKED), w.cancel()) is OrderRefusal.ILLEGAL_TRANSITION, "a parcel may have gone"


def test_a_returned_order_whose_dispute_is_lost_is_settled() -> None:
    now, _ = w.decided(w.order_in(S.RETURNED), w.money(9, lost_minor=w.TOTAL, dispute_status=D.LOST))
    assert now.status is S.REFUNDED


def test_what_is_told_late_changes_nothing_back() -> None:
    now, events = w.decided(stands(S.CONFIRMED, refunded_minor=5), w.money(8), w.money(9, refunded_minor=7))
    assert (now.money, events) == (OrderMoney(sequence=9, captured_minor=w.TOTAL, refunded_minor=5), ())


def test_a_fact_of_money_is_a_fact_of_the_order_in_time_as_well() -> None:
    state = w.order_in(S.CONFIRMED)
    [event] = ORDERS.decide(w.refunded(5), state, w.NOW + 7)
    assert ORDERS.evolve(state, event).updated_at == w.NOW + 7
    [late] = ORDERS.decide(w.refunded(5), state, w.NOW - 7)
    assert ORDERS.evolve(state, late).updated_at == w.NOW
