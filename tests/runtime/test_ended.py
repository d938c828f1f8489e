"""Finished aggregates leave memory and come back for a late command; what is decided never depends on it (0013)."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from schemas.ended import EndedSegment
from schemas.envelope import begin, derive_id
from schemas.orders.messages import (
    OrderRefused,
    OrderState,
    OrderStatus,
)
from schemas.outcomes import OutcomeSegment
from schemas.payments.ledger import VatShare
from schemas.payments.messages import (
    CancelPayment,
    PaymentRefused,
    PaymentState,
    PaymentStatus,
    RecordIntent,
    RecordStripeEvent,
    RequestPayment,
)
from schemas.payments.refunds import RefundPayment, RefundRequested, RefundStatus, RefundSucceeded
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import DAY_MS, PARTITIONS
from streams.keeping import KEPT_MS, kept_ms, leaves_at
from streams.orders.room import ORDERS
from streams.payments.room import PAYMENTS
from streams.runtime.decider import Decider
from streams.runtime.deciding import Deciding
from streams.runtime.ended import RECENT_MAX, RUN_MAX, EndedKeys, Parked
from streams.runtime.rows import Row, Table
from tests.runtime.simulated import CODEC, IDENTITY, Log, Logged, Worker
from tests.seeds import some
from tests.unit.orders import examples as orders

PAYMENT, START = "pay-1", 1_800_000_000_000
SEEDS = some(60)
ROOMS = {"payments": PAYMENTS}


class Shop:
    """One room on the model of Kafka; a worker that is lost is replaced."""

    def __init__(self, deciders: dict[str, Decider[Any, Any, Any]] = ROOMS) -> None:
        self.log, self.deciders = Log(now=START), deciders
        self.worker = Worker(self.log, deciders, local=True)
        self._sent = 0

    def send(self, command: Record, name: str = "") -> str:
        self._sent += 1
        command_id = derive_id("ended", name or self._sent)
        room = ROOM_OF[type(command)]
        key = room.key_of(command)
        envelope = begin(command_id=command_id, occurred_at=self.log.now, actor="guest", channel="web", reply_to=3)
        place = room.topic("commands"), partition_of(key, PARTITIONS)
        self.log.append(*place, key.encode(), CODEC.encode(command), envelope.headers())
        return command_id

    def lose(self) -> None:
        """SIGKILL: what is not committed never was."""
        self.worker = Worker(self.log, self.deciders, local=True)

    def step(self, *, answered: bool = True) -> bool:
        """One transaction; False when there was nothing to do."""
        self.worker.decide(1_000, answered=lambda: answered)
        moved = self.worker.open is not None
        assert self.worker.commit()
        return moved

    def rest(self, *, later_ms: int = 0) -> None:
        self.log.now += later_ms
        while self.step():
            pass

    def tell(self, *commands: Record) -> None:
        for command in commands:
            self.send(command)
        self.rest()

    def events(self, room: str = "payments") -> list[tuple[str, int, Record]]:
        """Key, version and body of all events; those of one key in their order."""
        return [
            ((each.key or b"").decode(), int(dict(each.headers)["version"]), CODEC.decode(each.value))
            for number in range(PARTITIONS)
            for each in self.log.topics.get((f"{room}.events", number), [])
        ]

    def rows(self, room: str = "payments") -> dict[str, Any]:
        tables = [table for (name, _), table in self.worker.tables.items() if name == room]
        return {key: table.row(key).state for table in tables for key in table.rows}

    def latest(self, topic: str, key: str) -> Logged | None:
        records = self.log.topics.get((topic, partition_of(key, PARTITIONS)), [])
        return next((each for each in reversed(records) if each.key == key.encode()), None)

    def outcomes(self) -> Counter[str]:
        """How often each command id has an outcome."""
        return Counter(
            outcome.command_id
            for (topic, _), records in self.log.topics.items()
            if topic.endswith(".state")
            for record in {each.key: each for each in records}.values()
            if record.value is not None and isinstance(segment := CODEC.decode(record.value), OutcomeSegment)
            for outcome in segment.outcomes
        )

    def parked(self) -> int:
        return sum(len(table.parked) for table in self.worker.tables.values())


def request(payment_id: str = PAYMENT) -> RequestPayment:
    share = VatShare(vat_basis_points=2000, gross_minor=2_000, vat_minor=333)
    ids = {"answer_to": "checkout/chk-1", "order_id": "ord-1"}
    return RequestPayment(payment_id=payment_id, amount_minor=2_000, vat_shares=(share,), **ids)


def stripe(kind: str, event_id: str = "evt_1", **more: Any) -> RecordStripeEvent:
    return RecordStripeEvent(payment_id=PAYMENT, stripe_event_id=event_id, type=kind, intent_id="pi_1", **more)


def refund(pence: int = 500, name: str = "ref-1") -> RefundPayment:
    return RefundPayment(payment_id=PAYMENT, refund_id=name, amount_minor=pence, reason="damaged")


# Somebody gave it back in Stripe's dashboard, as after a dispute.
FROM_STRIPE = stripe(
    "charge.dispute.closed",
    stripe_refund_id="re_9",
    refund_status=RefundStatus.SUCCEEDED,
    refund_amount_minor=2_000,
)


def paid() -> Shop:
    """A shop with one payment that was captured."""
    shop = Shop()
    shop.tell(request(), RecordIntent(payment_id=PAYMENT, intent_id="pi_1", client_secret="s"))
    shop.tell(stripe("payment_intent.succeeded", amount_received_minor=2_000))
    assert shop.rows()[PAYMENT].status is PaymentStatus.CAPTURED
    return shop


def ended() -> Shop:
    """The same at day 120, the payment long gone from memory."""
    shop = paid()
    shop.rest(later_ms=120 * DAY_MS)
    assert shop.rows() == {}
    return shop


# --- leaving ---


def test_a_finished_payment_leaves_after_30_days_without_facts_and_its_last_state_stays_on_the_log() -> None:
    shop = paid()
    before = shop.rows()[PAYMENT]
    version = max(version for _, version, _ in shop.events())
    shop.rest(later_ms=KEPT_MS - 60_000)
    assert shop.rows() == {PAYMENT: before}
    shop.rest(later_ms=120_000)
    assert shop.rows() == {}
    state, kept = shop.latest("payments.state", PAYMENT), shop.latest("payments.ended", PAYMENT)
    assert state is not None and state.value is None
    assert kept is not None and CODEC.decode(kept.value) == before
    assert int(dict(kept.headers)["version"]) == version


def test_what_is_not_finished_never_leaves() -> None:
    shop = Shop({"payments": PAYMENTS, "orders": ORDERS})
    shop.tell(request(), orders.place())
    shop.rest(later_ms=2_000 * DAY_MS)
    assert shop.rows().keys() == {PAYMENT} and shop.rows("orders").keys() == {orders.ORDER}
    for status in OrderStatus:
        leaves = ORDERS.expires_at(OrderState(status=status, updated_at=START))
        assert (leaves is not None) == (status in {"delivered", "returned", "refunded", "cancelled"}), status
    assert (
        PAYMENTS.expires_at(
            PaymentState(status=PaymentStatus.CAPTURED, captured_minor=1, cancelling="x", updated_at=START)
        )
        is None
    )


def test_a_refund_under_way_keeps_its_payment() -> None:
    shop = paid()
    shop.tell(refund())
    shop.rest(later_ms=400 * DAY_MS)
    assert shop.rows().keys() == {PAYMENT}


def test_the_setting_is_a_number_of_days_and_all_of_one_minute_leave_together() -> None:
    assert kept_ms({}) == 30 * DAY_MS and kept_ms({"BLOOMFIELD_ENDED_DAYS": "7"}) == 7 * DAY_MS
    for wrong in ("", "0", "-1", "1.5", "3651", "x"):
        with pytest.raises(ValueError, match="number of days from 1"):
            kept_ms({"BLOOMFIELD_ENDED_DAYS": wrong})
    assert {leaves_at(START + 1 + ms) for ms in range(0, 60_000, 999)} == {START + 60_000 + KEPT_MS}
    assert leaves_at(START) == START + KEPT_MS


def test_a_month_of_payments_that_leave_at_once_does_so_a_thousand_a_transaction() -> None:
    table = Table(PAYMENTS, CODEC, 0)
    for number in range(2_500):
        state = PaymentState(status=PaymentStatus.CAPTURED, updated_at=START)
        table.rows[f"pay-{number}"] = Row(state=state, version=3, due=leaves_at(START))
    table.restored()
    left, now = [], leaves_at(START) + DAY_MS
    while table.rows:
        deciding = Deciding({("payments", 0): table}, CODEC, IDENTITY)
        deciding.fire_timers(table, now)
        left.append(deciding.counts["ended"])
        segments = [each for each in deciding.finish(now) if (each[2] or b"").startswith(b"\0ended/")]
        assert len(segments) == (left[-1] > 0)
        now += 1_000
    assert left == [1_000, 1_000, 500]


# --- coming back ---


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


# --- kills ---


def test_a_kill_at_every_step_between_changes_nothing() -> None:
    """The late refund, its duplicate and another: parked, looked for, recalled, decided, lost."""

    def late(kill_at: int, *, committed: bool) -> tuple[list[Any], Counter[str], int]:
        shop, steps = paid(), 0

        def step(*, answered: bool) -> None:
            nonlocal steps
            shop.worker.decide(1_000, answered=lambda: answered)
            if committed:
                assert shop.worker.commit()
            if steps == kill_at:
                shop.lose()
            steps += 1
            assert shop.worker.commit()

        shop.log.now += 120 * DAY_MS
        step(answered=False)  # it ends
        for command in (refund(), refund(), refund(100, "ref-2")):
            shop.send(command, f"command {command.refund_id}")
        for answered in (False, False, True, True, True):
            step(answered=answered)
            shop.log.compact("payments.state")
            shop.log.compact("payments.ended")
        shop.rest()
        return shop.events(), shop.outcomes(), shop.parked()

    expected = late(-1, committed=True)
    assert [event.refund_id for _, _, event in expected[0] if isinstance(event, RefundRequested)] == ["ref-1", "ref-2"]
    assert expected[2] == 0 and set(expected[1].values()) == {1}
    for kill_at in range(6):
        for committed in (False, True):
            assert late(kill_at, committed=committed) == expected, (kill_at, committed)


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
    assert table.halted is not None and table.halted_at is None and len(table.parked) == 2
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


def test_very_many_fingerprints_are_kept_and_none_is_made_up() -> None:
    keys, numbers = EndedKeys(), Random(1)
    known = [numbers.getrandbits(64) for _ in range(2 * RUN_MAX + RECENT_MAX // 2)]
    for number, at in enumerate(range(0, len(known), 5_000)):
        segment = known[at : at + 5_000]
        keys.restore(number, EndedSegment(fingerprints=struct.pack(f"<{len(segment)}Q", *segment)))
    assert all(map(keys._has, known[::1_000])) and keys._has(known[-1])
    assert not any(keys._has(each + 1) for each in known[::1_000])
    keys.add("pay-1")
    assert "pay-1" in keys and "pay-2" not in keys


def test_fingerprints_take_eight_bytes_a_key_and_are_read_back_whole() -> None:
    keys = EndedKeys()
    segments: list[tuple[bytes, Any]] = []
    for number in range(3_000):
        keys.add(f"pay-{number}")
        keys.add(f"pay-{number}")
        if number % 1_000 == 999:
            segments.extend(keys.changes())
    assert [len(segment.fingerprints) for _, segment in segments] == [8_000] * 3
    assert list(keys.changes()) == []
    again = EndedKeys()
    for number, (_, segment) in enumerate(segments):
        again.restore(number, segment)
    assert all(f"pay-{number}" in again for number in range(3_000)) and "pay-3000" not in again
    again.add("pay-3000")
    assert [key for key, _ in again.changes()] == [b"\0ended/000000000003"]


# --- any schedule ---

PAYMENT_IDS = ("pay-a", "pay-b", "pay-c")


def random_command(random: Random) -> Record:
    """A command for one of a few payments; most are legal at some time."""
    payment_id, pence = random.choice(PAYMENT_IDS), random.choice((100, 700, 2_000))
    stripe_event: dict[str, Any] = {
        "payment_id": payment_id,
        "stripe_event_id": f"evt_{random.random()}",
        "intent_id": "pi_1",
    }
    makers: tuple[Callable[[], Record], ...] = (
        lambda: request(payment_id),
        lambda: RecordIntent(payment_id=payment_id, intent_id="pi_1", client_secret="s"),
        lambda: RecordStripeEvent(**stripe_event, type="payment_intent.succeeded", amount_received_minor=2_000),
        lambda: RecordStripeEvent(**stripe_event, type="payment_intent.canceled"),
        lambda: RecordStripeEvent(
            **stripe_event, type="refund.updated", stripe_refund_id=f"re_{random.randrange(3)}",
            refund_status=random.choice((RefundStatus.SUCCEEDED, RefundStatus.FAILED)), refund_amount_minor=pence,
        ),
        lambda: RefundPayment(
            payment_id=payment_id, refund_id=f"ref-{random.randrange(5)}", amount_minor=pence, reason="x"
        ),
        lambda: CancelPayment(payment_id=payment_id, reason="x"),
    )  # fmt: skip
    return random.choices(makers, (4, 3, 3, 1, 2, 6, 1))[0]()


def events_of(seed: int, *, ends: bool) -> tuple[dict[str, list[Any]], Counter[str], int]:
    """The same commands at the same times; with `ends` payments leave after a second and workers are lost."""
    feed, chance = Random(seed), Random(-seed)

    def expires_at(state: PaymentState) -> int | None:
        return state.updated_at + 1_000 if ends and state.status is not PaymentStatus.UNKNOWN else None

    shop, recalled = Shop({"payments": replace(PAYMENTS, expires_at=expires_at)}), 0
    for number in range(60):
        shop.log.now += feed.randrange(0, 1_500)
        for _ in range(feed.randrange(0, 4)):
            repeated = feed.random() < 0.2
            name = f"{seed}/{number}/{feed.random()}"
            command = random_command(feed)
            for _ in range(1 + repeated):
                shop.send(command, name)
        shop.worker.decide(chance.randrange(1, 6), answered=lambda: chance.random() < 0.4)
        if ends and chance.random() < 0.15:
            shop.lose()
        assert shop.worker.commit()
        if ends and chance.random() < 0.1:
            shop.lose()
            shop.log.compact("payments.state")
            shop.log.compact("payments.ended")
        recalled += shop.parked()
    while shop.step():
        pass
    by_key: dict[str, list[Any]] = {key: [] for key in PAYMENT_IDS}
    for key, version, event in shop.events():
        by_key[key].append((version, event))
    return by_key, shop.outcomes(), recalled


def test_in_any_schedule_rows_that_end_decide_as_rows_that_never_do() -> None:
    waited = 0
    for seed in range(SEEDS):
        events, outcomes, parked = events_of(seed, ends=True)
        waited += parked
        assert (events, outcomes) == events_of(seed, ends=False)[:2], f"seed {seed}"
        assert set(outcomes.values()) <= {1}
    assert waited > SEEDS, "commands did wait"


def test_the_refusals_of_an_ended_order_say_its_status() -> None:
    shop = Shop({"orders": ORDERS})
    shop.tell(orders.place(), orders.cancel())
    shop.rest(later_ms=120 * DAY_MS)
    shop.tell(orders.advance(OrderStatus.PICKING))
    refused = shop.events("orders")[-1][2]
    assert isinstance(refused, OrderRefused) and refused.status is OrderStatus.CANCELLED
