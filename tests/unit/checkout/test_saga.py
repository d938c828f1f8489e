"""The saga by itself: what each step asks for, what takes it back, the clock, the answers that come too late."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep
from schemas.codec import Codec
from schemas.inventory.holds import ExtendHold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.messages import ReturnStock
from schemas.payments.messages import RequestPayment
from schemas.rooms import MESSAGES, destination
from streams.checkout.payment import EXTENSION_MS, LONGEST_MS
from streams.checkout.room import CHECKOUT, KEEP_MS, KEEP_UNSETTLED_MS, expires_at, next_timer_at
from streams.checkout.saga import STEPS
from streams.checkout.state import OPEN
from streams.checkout.stock_sends import HOLD_GRACE_MS, SETTLING_MS
from streams.runtime.decider import refusal_of
from tests.unit.checkout.examples import (
    AT,
    AUTHORISED,
    CANCELLED,
    CAPTURED,
    CHALLENGED,
    HERE,
    HOLD_MS,
    ID,
    INTENT,
    LOCKED,
    PAYMENT_FAILED,
    PLACED,
    SEALED,
    TOTAL,
    WALK,
    Message,
    at_step,
    captured,
    is_committed,
    is_held,
    is_refused,
    lock_lost,
    names,
    run,
    sent_of,
    start,
    timed_out,
)

S = CheckoutStep

ASKED = {
    S.UNKNOWN: ["LockCart"],
    S.LOCKING: ["QuotePrice"] * 2,
    S.PRICING: ["HoldStock"] * 2,
    S.HOLDING: ["RequestPayment"],
    S.PREPARING_PAYMENT: [],
    S.AWAITING_PAYMENT: ["SealCart", "ExtendHold", "ExtendHold"],
    S.SEALING: ["CommitHold"] * 2,
    S.COMMITTING: ["PlaceOrder"],
    S.PLACING: ["CapturePayment", "CompleteCart"],
    S.CAPTURING: ["ConfirmOrder"],
}
HELD_UNDONE = ["ReleaseHold", "ReleaseHold", "UnlockCart"]
UNDONE = {
    S.LOCKING: ["UnlockCart"],
    S.PRICING: ["UnlockCart"],
    S.HOLDING: HELD_UNDONE,
    S.PREPARING_PAYMENT: ["CancelPayment", *HELD_UNDONE],
    S.AWAITING_PAYMENT: ["CancelPayment", *HELD_UNDONE],
    S.SEALING: ["CancelPayment", *HELD_UNDONE],
    S.COMMITTING: ["CancelPayment", *HELD_UNDONE],
    S.PLACING: ["CancelOrder", "UnlockCart"],
    S.CAPTURING: ["CancelOrder"],
}


def test_the_table_has_the_steps_in_their_order() -> None:
    assert [step.name for step in STEPS] == [step for step, _ in WALK[1:]]


@pytest.mark.parametrize("step", [step for step, _ in WALK])
def test_the_end_of_each_step_asks_for_the_next(step: CheckoutStep) -> None:
    _, _, sent = run(at_step(step), *dict(WALK)[step])
    assert names(sent) == ASKED[step]


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_each_step_that_fails_takes_back_all_that_was_asked_for_and_nothing_twice(step: CheckoutStep) -> None:
    why = CANCELLED if step in OPEN else PAYMENT_FAILED
    state, _, sent = run(at_step(step), why, why)
    assert state.step is S.FAILED
    assert names(sent) == UNDONE[step]


def test_a_line_that_was_sold_is_returned_and_the_others_released() -> None:
    _, _, sent = run(at_step(S.COMMITTING), is_committed("VASE"), is_refused("BOOK"))
    assert names(sent) == ["ReturnStock", "CancelPayment", "ReleaseHold", "UnlockCart"]
    assert [(each.sku, each.quantity) for each in sent_of(sent, ReturnStock)] == [("VASE", 1)]
    assert [each.sku for each in sent_of(sent, ReleaseHold)] == ["BOOK"]


def test_a_line_sold_after_the_end_is_returned_once_however_often_it_is_heard() -> None:
    late = is_committed("BOOK")
    _, _, sent = run(at_step(S.COMMITTING), PAYMENT_FAILED, late, late)
    assert [(each.sku, each.quantity) for each in sent_of(sent, ReturnStock)] == [("BOOK", 2)]


@pytest.mark.parametrize(
    ("step", "answer", "again"),
    [
        (S.LOCKING, LOCKED, "UnlockCart"),
        (S.SEALING, SEALED, "UnlockCart"),
        (S.HOLDING, is_held("BOOK"), "ReleaseHold"),
        (S.PREPARING_PAYMENT, INTENT, "CancelPayment"),
        (S.AWAITING_PAYMENT, AUTHORISED, "CancelPayment"),
        (S.AWAITING_PAYMENT, CHALLENGED, "CancelPayment"),
        (S.PLACING, PLACED, "CancelOrder"),
        (S.CAPTURING, CAPTURED, "CancelPayment"),
    ],
)
def test_an_answer_that_comes_after_the_end_is_taken_back(step: CheckoutStep, answer: Message, again: str) -> None:
    ended = run(at_step(step), lock_lost(), PAYMENT_FAILED)[0]
    assert ended.step is S.FAILED
    _, events, sent = run(ended, answer)
    assert (events, names(sent)) == ([], [again])


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (CANCELLED, ReleaseReason.CANCELLED),
        (timed_out(), ReleaseReason.EXPIRED),
        (PAYMENT_FAILED, ReleaseReason.CHECKOUT_FAILED),
    ],
)
def test_released_holds_say_why(how: Message, reason: ReleaseReason) -> None:
    _, _, sent = run(at_step(S.AWAITING_PAYMENT), how)
    assert {each.reason for each in sent_of(sent, ReleaseHold)} == {reason}


# --- the clock ---


def test_the_clock_runs_until_the_payment_is_authorised_and_never_again() -> None:
    for step in CheckoutStep:
        runs = step in (S.LOCKING, S.PRICING, S.HOLDING, S.PREPARING_PAYMENT, S.AWAITING_PAYMENT)
        assert next_timer_at(at_step(step)) == (AT + HOLD_MS if runs else None), step


def test_a_hold_outlives_its_checkout() -> None:
    _, _, sent = run(at_step(S.PRICING), *dict(WALK)[S.PRICING])
    assert {each.expires_at for each in sent_of(sent, HoldStock)} == {AT + HOLD_MS + HOLD_GRACE_MS}


def test_a_hold_says_which_lock_of_the_cart_it_is_for_wherever_it_is_asked() -> None:
    holding, _, sent = run(at_step(S.PRICING), *dict(WALK)[S.PRICING])
    _, _, elsewhere = run(holding, is_refused("BOOK"))
    holds = sent_of([*sent, *elsewhere], HoldStock)
    assert [(each.location, each.lock_version) for each in holds] == [
        ("warehouse", 4), ("warehouse", 4), ("popup-soho", 4),
    ]  # fmt: skip


def test_a_challenge_gives_the_shopper_and_the_holds_more_time() -> None:
    at = AT + 600_000
    state, _, sent = run(at_step(S.AWAITING_PAYMENT), CHALLENGED, timed_out(), at=at)
    assert (state.step, state.expires_at) == (S.AWAITING_PAYMENT, at + EXTENSION_MS)
    assert {each.expires_at for each in sent_of(sent, ExtendHold)} == {at + EXTENSION_MS + HOLD_GRACE_MS}


def test_challenges_never_keep_stock_longer_than_an_hour() -> None:
    state = at_step(S.AWAITING_PAYMENT)
    for minutes in range(1, 90):
        state, events, sent = run(state, CHALLENGED, at=AT + minutes * 60_000)
        assert len(sent) == 2 * len(events), "a hold is extended when the checkout is"
    assert state.expires_at == AT + LONGEST_MS


def test_no_shopper_is_given_more_than_an_hour_to_begin_with() -> None:
    assert run(CheckoutState(), start(hold_seconds=10**6))[0].expires_at == AT + LONGEST_MS


def test_nothing_expires_while_the_stock_is_committed() -> None:
    _, _, sent = run(at_step(S.AWAITING_PAYMENT), AUTHORISED)
    assert {each.expires_at for each in sent_of(sent, ExtendHold)} == {AT + HOLD_MS + SETTLING_MS}


@pytest.mark.parametrize("amount", [1, TOTAL - 1, TOTAL + 1])
def test_no_goods_leave_for_a_part_of_the_money(amount: int) -> None:
    state, _, sent = run(at_step(S.CAPTURING), captured(amount))
    assert (state.step, state.failure) == (S.FAILED, CheckoutFailure.CAPTURE_FAILED)
    assert names(sent) == ["CancelOrder"], "which returns stock and money"


def test_a_finished_checkout_is_forgotten_after_a_day_and_one_that_may_still_sell_after_a_week() -> None:
    assert expires_at(at_step(S.COMPLETED)) == AT + KEEP_MS
    assert expires_at(run(at_step(S.PRICING), CANCELLED)[0]) == AT + KEEP_MS
    assert expires_at(run(at_step(S.COMMITTING), PAYMENT_FAILED)[0]) == AT + KEEP_UNSETTLED_MS
    assert all(expires_at(at_step(step)) is None for step, _ in WALK)


# --- what others are told ---


def test_the_amount_asked_for_is_the_total_the_shopper_saw_by_vat_rate() -> None:
    _, _, sent = run(at_step(S.HOLDING), *dict(WALK)[S.HOLDING])
    [command] = sent_of(sent, RequestPayment)
    assert command.amount_minor == TOTAL == sum(share.gross_minor for share in command.vat_shares)


def test_the_secret_is_told_while_it_is_of_use_and_never_after() -> None:
    told = {step for step in CheckoutStep if at_step(step).client_secret}
    assert told == {S.AWAITING_PAYMENT}


def test_a_refusal_is_told_and_changes_nothing_of_the_reply() -> None:
    state, events, _ = run(at_step(S.COMPLETED), CANCELLED)
    assert refusal_of(events) == "checkout_ended"
    assert CHECKOUT.reply(state) == CHECKOUT.reply(at_step(S.COMPLETED))


def test_a_reply_is_small_however_many_lines_there_are() -> None:
    codec = Codec.offline(MESSAGES)
    sizes = {len(codec.encode(CHECKOUT.reply(at_step(step)))) for step in CheckoutStep}
    assert max(sizes) < 300
    state = at_step(S.AWAITING_PAYMENT)
    more = replace(state, lines=state.lines * 500, cart_lines=state.cart_lines * 500, contact=bytes(3_000))
    assert CHECKOUT.reply(more) == CHECKOUT.reply(state)


def test_every_answer_comes_here_and_every_other_message_is_a_command() -> None:
    state = CheckoutState()
    for _, messages in WALK:
        state, _, sent = run(state, *messages)
        for message in sent:
            found = destination(message)
            assert found is not None and type(message) in found[0].commands
            assert getattr(message, "answer_to", HERE) == HERE
    assert CHECKOUT.on_timer(ID, state, AT).checkout_id == ID
