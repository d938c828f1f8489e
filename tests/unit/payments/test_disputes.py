"""Disputes: facts of the payment and of its ledger; and the rest that goes back once Stripe lets it."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from schemas.orders.messages import OrderMoney, RecordOrderMoney
from schemas.payments.disputes import DisputeStatus, is_later
from schemas.payments.ledger import Account
from schemas.payments.messages import DisputeRecorded, PaymentsCommand, PaymentState, PaymentStatus
from schemas.payments.refunds import RefundFailed, RefundRequested, RefundStatus, SeenRefund
from streams.payments.refunds import rest_refund_ids
from streams.payments.state import kept, owed, refundable
from tests.unit.payments import examples as w

S, FAILED, SUCCEEDED = DisputeStatus, RefundStatus.FAILED, RefundStatus.SUCCEEDED
CAPTURE = w.decided(w.CAPTURING, w.captured())[1]
FIRST, SECOND, THIRD = (each for each, _ in zip(rest_refund_ids(w.PAYMENT), range(3), strict=False))
CANCELLED = w.decided(w.CAPTURED, w.cancel())[0]
OPENED = w.disputed(w.dispute(S.NEEDS_RESPONSE))
WON, LOST = w.disputed(w.dispute(S.WON)), w.disputed(w.dispute(S.LOST))


def seen(amount: int, stripe_id: str = "re_desk", status: RefundStatus = SUCCEEDED) -> SeenRefund:
    return SeenRefund(stripe_refund_id=stripe_id, status=status, amount_minor=amount)


def refused(refund_id: str = FIRST, code: str = "amount_too_large", **books: object) -> PaymentsCommand:
    return w.refund_answer(FAILED, refund_id, "", code, **books)


def to_order(state: PaymentState, command: PaymentsCommand) -> OrderMoney:
    """How the order hears that its money stands."""
    [(to, money)] = [(to, each.money) for to, each in w.sent(state, command) if isinstance(each, RecordOrderMoney)]
    assert to == f"orders/{w.ORDER}"
    return money


# --- what is left goes back ---


def test_what_the_dashboard_gave_back_while_we_asked_for_all_is_known_and_the_rest_is_asked_for() -> None:
    now, events = w.decided(CANCELLED, refused(refunds=(seen(500),)))
    assert w.names(events) == ["RefundSucceeded", "RefundFailed", "RefundRequested"]
    _, failed, again = events
    assert isinstance(failed, RefundFailed)
    assert not failed.for_people
    assert isinstance(again, RefundRequested)
    assert (again.refund_id, again.amount_minor, again.rest) == (SECOND, w.AMOUNT - 500, True)
    done, _ = w.decided(now, w.refund_answer(SUCCEEDED, SECOND, "re_2"))
    assert (kept(done), refundable(done), owed(done)) == (0, 0, 0)
    late = w.refund_webhook(SUCCEEDED, 500, refund_id="", stripe_refund_id="re_desk")
    assert w.decided(done, late) == (done, ()), "the webhook that was late says nothing new"


def test_the_webhook_may_be_quicker_than_the_refusal_and_the_dashboard_may_go_on() -> None:
    first = w.refund_webhook(SUCCEEDED, 500, refund_id="", stripe_refund_id="re_desk")
    now, events = w.decided(CANCELLED, first, refused(refunds=(seen(500),)))
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == w.AMOUNT - 500
    now, events = w.decided(now, refused(SECOND, refunds=(seen(500), seen(120, "re_desk_2"))))
    assert isinstance(events[-1], RefundRequested)
    assert (events[-1].refund_id, events[-1].amount_minor) == (THIRD, w.AMOUNT - 620)


@pytest.mark.parametrize("status", [SUCCEEDED, RefundStatus.PENDING])
def test_when_the_dashboard_gave_all_of_it_back_nothing_is_asked_and_nobody_called(status: RefundStatus) -> None:
    now, events = w.decided(
        CANCELLED, refused(code="charge_already_refunded", refunds=(seen(w.AMOUNT, status=status),))
    )
    assert w.names(events)[1:] == ["RefundFailed"]
    assert isinstance(events[1], RefundFailed)
    assert (events[1].for_people, owed(now)) == (False, 0)


def test_what_stripe_refuses_although_we_know_all_that_it_knows_is_for_a_person_once() -> None:
    now, events = w.decided(CANCELLED, refused(code="expired_or_canceled_card"))
    [failed] = events
    assert isinstance(failed, RefundFailed)
    assert failed.for_people
    assert owed(now) == to_order(CANCELLED, refused(code="expired_or_canceled_card")).owed_minor == w.AMOUNT
    assert w.decided(now, w.cancel(), refused())[1] == ()
    paid, _ = w.decided(now, w.refund(w.AMOUNT), w.refund_answer(SUCCEEDED))  # staff tries again
    assert owed(paid) == 0


def test_a_refund_of_staff_that_fails_is_for_a_person_and_not_asked_again() -> None:
    asked = w.decided(w.CAPTURED, w.refund(700))[0]
    _, events = w.decided(asked, w.refund_answer(FAILED, "ref-1", "", "amount_too_large", refunds=(seen(600),)))
    assert w.names(events) == ["RefundSucceeded", "RefundFailed"]
    assert isinstance(events[1], RefundFailed)
    assert events[1].for_people


def test_a_refund_refused_for_a_dispute_waits_for_its_end() -> None:
    shown = w.dispute(S.NEEDS_RESPONSE)
    now, events = w.decided(CANCELLED, refused(code="charge_disputed", disputes=(shown,)))
    assert w.names(events) == ["DisputeRecorded", "RefundFailed"]
    assert isinstance(events[1], RefundFailed)
    assert (events[1].for_people, owed(now)) == (False, 0)
    assert w.decided(now, OPENED) == (now, ()), "its webhook is late"
    _, events = w.decided(now, WON)
    assert w.names(events) == ["DisputeRecorded", "RefundRequested"]
    lost, events = w.decided(now, LOST)
    assert w.names(events) == ["DisputeRecorded"]
    assert (refundable(lost), owed(lost)) == (0, 0)


def test_a_payment_cancelled_during_a_dispute_gives_back_what_that_leaves() -> None:
    part = {"amount": 400}
    disputed = w.decided(w.CAPTURED, w.disputed(w.dispute(S.NEEDS_RESPONSE, **part)))[0]
    now, events = w.decided(disputed, w.cancel(), w.cancel())
    assert w.names(events) == ["PaymentCancelDeferred"]
    _, events = w.decided(now, w.disputed(w.dispute(S.LOST, **part)))
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == w.AMOUNT - 400
    _, events = w.decided(now, w.disputed(w.dispute(S.WON, **part)))
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == w.AMOUNT


def test_a_refusal_for_a_dispute_that_ended_before_it_was_heard_is_asked_again() -> None:
    late = refused(code="charge_disputed", disputes=(w.dispute(S.UNDER_REVIEW),))
    _, events = w.decided(CANCELLED, OPENED, WON, late)
    assert isinstance(events[-1], RefundRequested)
    assert (events[-1].refund_id, events[-1].amount_minor) == (SECOND, w.AMOUNT)
    _, events = w.decided(CANCELLED, OPENED, WON, late, refused(SECOND, code="charge_disputed"))
    assert isinstance(events[-1], RefundFailed)
    assert events[-1].for_people, "Stripe has no dispute to show, and refuses"


def test_a_cancel_is_not_forgotten_because_nothing_is_left_at_that_moment() -> None:
    part = w.dispute(S.WON, amount=400)
    won_and_not_paid_back = w.disputed(replace(part, movements=1, withdrawn_minor=400))
    by_hand = w.refund_webhook(SUCCEEDED, w.AMOUNT - 400, refund_id="", stripe_refund_id="re_desk")
    now, events = w.decided(w.CAPTURED, won_and_not_paid_back, by_hand, w.cancel(), w.cancel())
    assert w.names(events)[-2:] == ["RefundSucceeded", "PaymentCancelDeferred"]
    _, events = w.decided(now, w.disputed(part))
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == 400


def test_the_rest_waits_for_the_last_dispute() -> None:
    first, second = (w.disputed(w.dispute(S.NEEDS_RESPONSE, each, amount=100)) for each in ("dp_1", "dp_2"))
    now, events = w.decided(w.CAPTURED, first, second, w.cancel(), w.disputed(w.dispute(S.WON, "dp_1", amount=100)))
    assert "RefundRequested" not in w.names(events)
    _, events = w.decided(now, w.disputed(w.dispute(S.LOST, "dp_2", amount=100)))
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == w.AMOUNT - 100


def test_a_capture_that_nobody_wants_any_more_and_that_is_disputed_goes_back_when_it_can() -> None:
    now, events = w.decided(w.VOIDED, OPENED, w.succeeded())
    assert w.names(events) == ["DisputeRecorded", "PaymentCaptured", "PaymentCancelDeferred"]
    _, events = w.decided(now, WON)
    assert isinstance(events[-1], RefundRequested)
    assert events[-1].amount_minor == w.AMOUNT


# --- disputes ---


def test_a_dispute_books_what_was_taken_and_the_fee_and_its_end_a_loss_or_nothing() -> None:
    disputed, opened = w.decided(w.CAPTURED, OPENED)
    assert entries(opened) == {
        Account.STRIPE_BALANCE: -w.AMOUNT - 2_000, Account.DISPUTED_FUNDS: w.AMOUNT, Account.DISPUTE_FEES: 2_000
    }  # fmt: skip
    _, lost = w.decided(disputed, LOST)
    assert entries(lost) == {Account.DISPUTED_FUNDS: -w.AMOUNT, Account.DISPUTE_LOSSES: w.AMOUNT}
    _, won = w.decided(disputed, WON)
    assert entries(won) == {Account.STRIPE_BALANCE: w.AMOUNT, Account.DISPUTED_FUNDS: -w.AMOUNT}
    _, events = w.decided(w.CAPTURED, w.disputed(w.dispute(S.WARNING_NEEDS_RESPONSE)))
    assert entries(events) == {}, "an inquiry takes no money"


def entries(events: tuple[object, ...]) -> dict[Account, int]:
    [event] = events
    assert isinstance(event, DisputeRecorded)
    return {entry.account: entry.amount_minor for entry in event.entries}


LIVES = {
    "lost": (S.NEEDS_RESPONSE, S.UNDER_REVIEW, S.LOST),
    "won": (S.NEEDS_RESPONSE, S.UNDER_REVIEW, S.WON),
    "an inquiry that came to nothing": (S.WARNING_NEEDS_RESPONSE, S.WARNING_UNDER_REVIEW, S.WARNING_CLOSED),
    "an inquiry that became a dispute": (S.WARNING_NEEDS_RESPONSE, S.NEEDS_RESPONSE, S.WON),
}


def test_the_webhooks_of_a_dispute_in_any_order_and_number_lead_to_the_same_payment_and_ledger() -> None:
    for life in LIVES.values():
        news = [w.disputed(w.dispute(status)) for status in life]
        plainly, events = w.decided(w.CAPTURED, *news)
        for order in permutations([*news, news[0]]):
            oddly, odd_events = w.decided(w.CAPTURED, *order)
            assert oddly.disputes == plainly.disputes
            assert w.balances(CAPTURE + odd_events) == w.balances(CAPTURE + events)
            late, late_events = w.decided(w.CAPTURING, *order, w.captured())
            assert (late.disputes, late.status) == (plainly.disputes, PaymentStatus.CAPTURED)
            assert w.balances(late_events) == w.balances(CAPTURE + events)


def test_the_order_is_told_what_is_disputed_and_what_is_lost() -> None:
    money = to_order(w.CAPTURED, OPENED)
    assert (money.dispute_status, money.disputed_minor, money.lost_minor) == (S.NEEDS_RESPONSE, w.AMOUNT, 0)
    disputed = w.decided(w.CAPTURED, OPENED)[0]
    money = to_order(disputed, LOST)
    assert (money.dispute_status, money.disputed_minor, money.lost_minor) == (S.LOST, 0, w.AMOUNT)
    both = w.decided(disputed, LOST)[0]
    money = to_order(both, w.disputed(w.dispute(S.WARNING_NEEDS_RESPONSE, "dp_2", amount=10)))
    assert (money.dispute_status, money.disputed_minor) == (S.WARNING_NEEDS_RESPONSE, 10), "what is open matters most"


def test_nothing_is_refunded_while_a_dispute_is_open_and_an_inquiry_does_not_bar_it() -> None:
    disputed = w.decided(w.CAPTURED, OPENED)[0]
    assert w.names(w.decided(disputed, w.refund(10))[1]) == ["PaymentRefused"]
    inquired = w.decided(w.CAPTURED, w.disputed(w.dispute(S.WARNING_NEEDS_RESPONSE)))[0]
    assert w.names(w.decided(inquired, w.refund(10))[1]) == ["RefundRequested"]
    assert w.names(w.decided(disputed, WON, w.refund(10))[1])[-1] == "RefundRequested"


def test_money_that_came_back_is_later_whatever_its_status() -> None:
    withdrawn, won = w.dispute(S.WON), w.dispute(S.WON)
    assert not is_later(won, withdrawn)
    assert is_later(w.dispute(S.LOST), w.dispute(S.WON)), "a loss that was taken back"
    assert not is_later(w.dispute(S.WON), w.dispute(S.UNKNOWN))


# --- captures that we did not ask for, or that are late ---


@pytest.mark.parametrize("amount", [w.AMOUNT, 700])
def test_a_cancel_while_a_capture_is_under_way_leaves_the_order_with_both_facts(amount: int) -> None:
    cancelling = w.decided(w.CAPTURING, w.cancel())[0]
    money = to_order(cancelling, w.captured(amount))
    assert (money.captured_minor, money.refund_pending_minor, money.refunded_minor) == (amount, amount, 0)
    now = w.decided(cancelling, w.captured(amount))[0]
    money = to_order(now, w.refund_answer(SUCCEEDED, FIRST))
    assert (money.captured_minor, money.refund_pending_minor, money.refunded_minor) == (amount, 0, amount)


def test_an_order_placed_after_its_money_moved_is_told_when_its_checkout_goes_on_or_ends() -> None:
    early = w.decided(w.AUTHORISED, w.succeeded(700))[0]
    for command in (w.capture(), w.cancel()):
        assert to_order(early, command).captured_minor == 700
    assert w.sent(w.AUTHORISED, w.capture()) == [], "nothing is to be sent yet"
