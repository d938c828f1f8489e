"""Finished aggregates come back for a late command, which waits in line meanwhile (0013)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schemas.orders.messages import OrderRefused, OrderStatus
from schemas.payments.messages import PaymentRefused, RecordStripeEvent, RequestPayment
from schemas.payments.refunds import RefundPayment, RefundRequested, RefundStatus, RefundSucceeded
from schemas.placing import partition_of
from schemas.topics import DAY_MS, PARTITIONS
from streams.keeping import KEPT_MS
from streams.orders.room import ORDERS
from streams.payments.room import PAYMENTS
from streams.runtime.deciding import Deciding
from streams.runtime.ended import Parked
from tests.runtime.payments_shop import FROM_STRIPE, PAYMENT, Shop, ended, paid, refund, request, stripe
from tests.runtime.simulated import CODEC, IDENTITY
from tests.unit.orders import examples as orders


def test_a_dispute_at_day_120_is_decided_on_the_payment_as_it_ended() -> None:
    shop = ended()
    first, version = PAYMENTS.initial, max(version for _, version, _ in shop.events())
    shop.tell(FROM_STRIPE)
    key, next_version, event = shop.events()[-1]
    assert (key, next_version, type(event).__name__) == (PAYMENT, version + 1, "RefundSucceeded")
    state = shop.rows()[PAYMENT]
    assert state.refunds["re_9"].amount_minor == state.captured_minor == 2_000
    assert state != first
    # It is told again, and nothing happens twice: neither by its id, nor as another command.
    shop.tell(FROM_STRIPE)
    assert shop.events()[-1][1] == version + 1
    shop.rest(later_ms=KEPT_MS + 60_000)
    assert shop.rows() == {}, "it ends again, 30 days after its last fact"
    shop.tell(FROM_STRIPE)
    assert shop.events()[-1][1] == version + 1


def test_a_refund_at_day_120_is_bound_by_what_went_back_before_it_ended() -> None:
    shop = paid()
    shop.tell(refund(1_500))
    shop.tell(stripe("refund.updated", refund_id="ref-1", stripe_refund_id="re_1", refund_amount_minor=1_500,
                     refund_status=RefundStatus.SUCCEEDED))  # fmt: skip
    shop.rest(later_ms=120 * DAY_MS)
    assert shop.rows() == {}
    shop.tell(refund(600, "ref-2"), refund(500, "ref-3"), refund(1_500, "ref-1"))
    late = [event for _, _, event in shop.events()][-2:]
    assert [type(each) for each in late] == [PaymentRefused, RefundRequested]
    assert isinstance(late[1], RefundRequested) and late[1].refund_id == "ref-3"


def test_a_late_command_waits_in_line_and_is_answered_and_remembered_once() -> None:
    shop = ended()
    commands = [
        shop.send(refund(), "command"),
        shop.send(refund(), "command"),
        shop.send(refund(100, "ref-2"), "other"),
    ]
    assert shop.step(answered=False)
    assert shop.parked() == 3 and not [each for each in shop.outcomes() if each in commands]
    assert shop.log.positions["payments", partition_of(PAYMENT, PARTITIONS)] == len(
        shop.log.topics["payments.commands", partition_of(PAYMENT, PARTITIONS)]
    ), "the partition goes on"
    shop.send(refund(200, "ref-3"), "while it waits")
    assert shop.step(answered=False) and shop.parked() == 4
    shop.rest()
    asked = [event.refund_id for _, _, event in shop.events() if isinstance(event, RefundRequested)]
    assert asked == ["ref-1", "ref-2", "ref-3"], "in the order in which they came"
    assert shop.parked() == 0 and {shop.outcomes()[each] for each in commands} == {1}
    replies = [
        dict(each.headers)
        for each in (record for (topic, _), records in shop.log.topics.items() if topic == "edge.replies"
                     for record in records)
        if dict(each.headers)["command-id"] == commands[0].encode()
    ]  # fmt: skip
    assert [each.get("replayed") for each in replies] == [None, b"1"]


def test_other_keys_of_the_partition_are_decided_while_one_waits() -> None:
    shop = ended()
    other = next(
        f"pay-{n}" for n in range(2, 99) if partition_of(f"pay-{n}", PARTITIONS) == partition_of(PAYMENT, PARTITIONS)
    )
    shop.send(refund())
    shop.send(request(other))
    assert shop.step(answered=False)
    assert shop.rows().keys() == {other} and shop.parked() == 1


def test_what_begins_an_aggregate_or_was_never_there_does_not_wait() -> None:
    shop = ended()
    shop.send(request("pay-new"))
    shop.send(RefundPayment(payment_id="pay-made-up", refund_id="r", amount_minor=1, reason="x"))
    assert shop.step(answered=False)
    assert shop.parked() == 0 and shop.rows().keys() == {"pay-new"}
    refusals = {key: (version, event) for key, version, event in shop.events() if isinstance(event, PaymentRefused)}
    version, refused = refusals["pay-made-up"]
    assert isinstance(refused, PaymentRefused) and (version, refused.reason) == (0, "payment_unknown")


def test_a_payment_that_ended_is_not_begun_again() -> None:
    """The same command with another command id, a year later: it would be charged twice."""
    shop = ended()
    before = shop.events()
    shop.rest(later_ms=365 * DAY_MS)
    shop.tell(request())
    assert shop.events() == before
    shop.tell(replace_checkout(request()))
    assert [type(event) for _, _, event in shop.events()[len(before) :]] == [PaymentRefused]


def replace_checkout(command: RequestPayment) -> RequestPayment:
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return RequestPayment(**fields | {"answer_to": "checkout/chk-other"})


def test_a_fingerprint_shared_by_chance_costs_a_look_and_nothing_else() -> None:
    shop = ended()
    for table in shop.worker.tables.values():
        table.ended.add("pay-never")
    shop.send(RefundPayment(payment_id="pay-never", refund_id="r", amount_minor=1, reason="x"))
    assert shop.step(answered=False) and shop.parked() == 1
    shop.rest()
    assert [version for key, version, _ in shop.events() if key == "pay-never"] == [0]
    assert shop.rows() == {} and shop.parked() == 0


def test_what_another_room_sends_finds_its_order_too() -> None:
    shop = Shop({"payments": PAYMENTS, "orders": ORDERS})
    shop.tell(orders.place(), orders.cancel())
    shop.tell(request())
    shop.tell(stripe("payment_intent.succeeded", amount_received_minor=2_000))
    shop.rest(later_ms=120 * DAY_MS)
    assert shop.rows() == shop.rows("orders") == {}
    known = max(version for _, version, _ in shop.events("orders"))
    shop.tell(FROM_STRIPE)
    assert [version for _, version, _ in shop.events("orders")][-1] == known + 1
    assert shop.rows("orders").keys() == {orders.ORDER}


def test_a_bug_on_a_command_that_waited_halts_its_partition_and_skips_nothing() -> None:
    shop = ended()

    def went_back(number: int) -> RecordStripeEvent:
        """It leaves the payment finished, unlike a refund that we ask for."""
        of_stripe = {"stripe_refund_id": f"re_{number}", "refund_status": RefundStatus.SUCCEEDED}
        return stripe("refund.updated", f"evt_{number}", refund_amount_minor=100, **of_stripe)

    for number in (1, 2, 3):
        shop.send(went_back(number))
    assert shop.step(answered=False)

    def decide(command: Any, state: Any, at: int) -> Any:
        if command.stripe_refund_id == "re_2":
            raise OverflowError("too large")
        return PAYMENTS.decide(command, state, at)

    [place] = [place for place, table in shop.worker.tables.items() if len(table.parked)]
    table = shop.worker.tables[place]
    table.decider = replace(PAYMENTS, decide=decide)
    deciding = Deciding(shop.worker.tables, CODEC, IDENTITY)
    deciding.recall(table, PAYMENT, shop.worker._find(table, PAYMENT))
    assert table.halted is not None and f"waited until {PAYMENT} was read back" in table.halted
    assert table.halted_at is None and len(table.parked) == 2
    assert shop.log.commit(shop.worker.generation, deciding.finish(shop.log.now), dict(deciding.positions))
    shop.lose()  # and the code is mended
    shop.log.now += 120 * DAY_MS
    shop.send(went_back(4))
    assert shop.step(answered=False)
    assert shop.rows().keys() == {PAYMENT}, "no row ends while commands wait for it"
    assert shop.parked() == 3, "and none overtakes those that wait"
    shop.rest()
    told = [event.refund_id for _, _, event in shop.events() if isinstance(event, RefundSucceeded)]
    assert told == ["re_1", "re_2", "re_3", "re_4"] and set(shop.outcomes().values()) == {1}


def test_a_repetition_of_what_was_decided_before_it_ended_is_told_at_once() -> None:
    shop = Shop({"payments": replace(PAYMENTS, expires_at=lambda state: state.updated_at + 1_000)})
    shop.send(request(), "first")
    shop.rest()
    shop.rest(later_ms=2_000)
    assert shop.rows() == {}
    shop.send(request(), "first")
    assert shop.step(answered=False)
    assert shop.parked() == 0 and len(shop.events()) == 1


def test_too_many_that_wait_are_set_aside_loudly() -> None:
    shop = ended()
    for table in shop.worker.tables.values():
        table.parked = Parked(most=2)
    for number in range(4):
        shop.send(refund(100, f"ref-{number}"))
    assert shop.step(answered=False)
    letters = [
        dict(each.headers)["dead-error"]
        for (topic, _), records in shop.log.topics.items()
        if topic == "payments.dead-letters"
        for each in records
    ]
    assert len(letters) == 2 and b"too many commands wait" in letters[0]
    shop.rest()
    assert [event.refund_id for _, _, event in shop.events() if isinstance(event, RefundRequested)] == [
        "ref-0",
        "ref-1",
    ]


def test_the_refusals_of_an_ended_order_say_its_status() -> None:
    shop = Shop({"orders": ORDERS})
    shop.tell(orders.place(), orders.cancel())
    shop.rest(later_ms=120 * DAY_MS)
    shop.tell(orders.advance(OrderStatus.PICKING))
    refused = shop.events("orders")[-1][2]
    assert isinstance(refused, OrderRefused) and refused.status is OrderStatus.CANCELLED
