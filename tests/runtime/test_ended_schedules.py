"""What is decided never depends on when a row leaves memory, whatever is killed in between (0013)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from schemas.payments.messages import CancelPayment, PaymentState, PaymentStatus, RecordIntent, RecordStripeEvent
from schemas.payments.refunds import RefundPayment, RefundRequested, RefundStatus
from schemas.record import Record
from schemas.topics import DAY_MS
from streams.payments.room import PAYMENTS
from tests.runtime.payments_shop import Shop, paid, refund, request
from tests.seeds import some

SEEDS = some(60)


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
