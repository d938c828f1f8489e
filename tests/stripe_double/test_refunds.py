"""Refunds and disputes: several, capped, slow, failing, and never more than was taken."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_double.conftest import Running
from tests.stripe_double.receiver import Receiver
from tests.waiting import eventually


def refund(api: stripe.StripeClient, intent: stripe.PaymentIntent, **params: Any) -> stripe.Refund:
    return api.v1.refunds.create(params={"payment_intent": intent.id, **params})


def test_several_partial_refunds_add_up(
    paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver
) -> None:
    intent = paid()
    first = refund(api, intent, amount=500, reason="requested_by_customer", metadata={"rma": "1"})
    second = refund(api, intent)
    assert (first.status, first.amount, first.metadata["rma"], second.amount) == ("succeeded", 500, "1", 1499)
    charge = api.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1999, True)
    listed = api.v1.refunds.list(params={"payment_intent": intent.id}).data
    assert [r.id for r in listed] == [second.id, first.id]
    for event in ("refund.created", "charge.refunded"):
        receiver.wait_for(lambda event=event: receiver.types().count(event) == 2)
    assert double.order("GET", "totals")["sums"]["refunded"] == 1999


def test_a_refund_by_charge(paid: Any, api: stripe.StripeClient) -> None:
    intent = paid()
    made = api.v1.refunds.create(params={"charge": str(intent.latest_charge), "amount": 1})
    assert made.payment_intent == intent.id
    assert api.v1.refunds.update(made.id, params={"metadata": {"note": "x"}}).metadata["note"] == "x"


@pytest.mark.parametrize(
    ("before", "amount", "code"),
    [
        ((), 2000, "amount_too_large"),
        ((1500,), 500, "amount_too_large"),
        ((1500, 499), 1, "charge_already_refunded"),
        ((1999,), None, "charge_already_refunded"),
    ],
)
def test_never_more_than_was_taken(
    paid: Any, api: stripe.StripeClient, double: Running, before: tuple[int, ...], amount: int | None, code: str
) -> None:
    intent = paid()
    for part in before:
        refund(api, intent, amount=part)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(api, intent, **({} if amount is None else {"amount": amount}))
    assert (refusal.value.http_status, refusal.value.code) == (400, code)
    assert double.order("GET", "totals")["sums"]["refunded"] == sum(before)


def test_only_the_captured_part_can_be_refunded(held: Any, api: stripe.StripeClient) -> None:
    intent = held()
    api.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 1000})
    with pytest.raises(stripe.InvalidRequestError):
        refund(api, intent, amount=1001)
    assert refund(api, intent, amount=1000).status == "succeeded"


def test_a_slow_refund_succeeds_later(paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    made = refund(api, paid(payment_method="pm_card_pendingRefund"))
    assert made.status == "pending"
    assert double.order("GET", "totals")["sums"]["refund_pending"] == 1999
    double.order("POST", f"refunds/{made.id}/settle", {"outcome": "succeeded"})
    assert api.v1.refunds.retrieve(made.id).status == "succeeded"
    receiver.wait_for_types("refund.updated", "charge.refund.updated")


def test_a_failed_refund_gives_the_balance_back(
    paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver
) -> None:
    intent = paid()
    double.override(outcome={"refund": "pending"}, operation="refunds.create", target=intent.id)
    made = refund(api, intent)
    with pytest.raises(stripe.InvalidRequestError):
        refund(api, intent, amount=1)
    double.order("POST", f"refunds/{made.id}/settle", {"outcome": "failed"})
    failed = api.v1.refunds.retrieve(made.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    receiver.wait_for_types("refund.failed", "refund.updated")
    assert double.order("GET", "totals")["sums"]["refunded"] == 0
    assert refund(api, intent).status == "succeeded"
    again = double.http.post(f"/_double/refunds/{made.id}/settle", json={"outcome": "succeeded"})
    assert again.status_code == 400


def test_a_test_card_settles_its_refund_alone(paid: Any, api: stripe.StripeClient, double: Running) -> None:
    double.patch(settle_seconds=0.05)
    pending, failing = "pm_card_pendingRefund", "pm_card_refundFail"
    for card, first, last in ((pending, "pending", "succeeded"), (failing, "succeeded", "failed")):
        made = refund(api, paid(payment_method=card))
        assert made.status == first
        eventually(lambda made=made, last=last: api.v1.refunds.retrieve(made.id).status == last)


def test_a_refund_may_fail_at_once(paid: Any, api: stripe.StripeClient, double: Running) -> None:
    double.override(outcome={"refund": "failed"}, operation="refunds.create")
    assert refund(api, paid()).status == "failed"


@pytest.mark.parametrize(("outcome", "disputed"), [("won", 0), ("lost", 1999)])
def test_a_dispute_from_opening_to_close(
    paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver, outcome: str, disputed: int
) -> None:
    intent = paid()
    opened = double.order("POST", "disputes", {"payment_intent": intent.id, "reason": "product_not_received"})
    assert [d.id for d in api.v1.disputes.list(params={"payment_intent": intent.id}).data] == [opened["id"]]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(api, intent)
    assert refusal.value.code == "charge_disputed"
    answered = api.v1.disputes.update(opened["id"], params={"evidence": {"shipping_tracking_number": "1"}})
    assert answered.status == "under_review"
    double.order("POST", f"disputes/{opened['id']}/move", {"status": outcome})
    assert api.v1.disputes.retrieve(opened["id"]).status == outcome
    receiver.wait_for_types("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed")
    assert double.order("GET", "totals")["sums"]["disputed"] == disputed
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.disputes.close(opened["id"])


def test_a_dispute_may_be_conceded(paid: Any, api: stripe.StripeClient, double: Running) -> None:
    opened = double.order("POST", "disputes", {"payment_intent": paid().id, "amount": 1000})
    assert api.v1.disputes.close(opened["id"]).status == "lost"


def test_an_inquiry_takes_no_money_bars_no_refund_and_ends_when_all_is_given_back_or_becomes_a_dispute(
    paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver
) -> None:
    answered, escalated = paid(), paid()
    opened = [
        double.order("POST", "disputes", {"payment_intent": intent.id, "inquiry": True})
        for intent in (answered, escalated)
    ]
    assert {(one["status"], one["is_charge_refundable"]) for one in opened} == {("warning_needs_response", True)}
    assert double.order("GET", "totals")["sums"]["withdrawn"] == 0
    refund(api, answered)
    assert api.v1.disputes.retrieve(opened[0]["id"]).status == "warning_closed"
    double.order("POST", f"disputes/{opened[1]['id']}/move", {"status": "needs_response"})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(api, escalated)
    assert refusal.value.code == "charge_disputed"
    sums = double.order("GET", "totals")["sums"]
    assert (sums["withdrawn"], sums["dispute_fees"], sums["disputed"]) == (1999, 2000, 1999)
    receiver.wait_for_types("charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_withdrawn")
    wrong = double.http.post(f"/_double/disputes/{opened[0]['id']}/move", json={"status": "won"})
    assert wrong.status_code == 400


def test_a_refund_and_a_capture_by_hand_have_nothing_of_ours(
    paid: Any, held: Any, api: stripe.StripeClient, double: Running, receiver: Receiver
) -> None:
    intent, reserved = paid(), held()
    by_hand = double.order("POST", "refunds", {"payment_intent": intent.id, "amount": 500})
    assert (by_hand["amount"], by_hand["metadata"], by_hand["status"]) == (500, {}, "succeeded")
    rest = double.order("POST", "refunds", {"payment_intent": intent.id})
    assert rest["amount"] == 1499
    assert double.http.post("/_double/refunds", json={"payment_intent": intent.id}).status_code == 400
    taken = double.order("POST", f"payment_intents/{reserved.id}/capture", {"amount": 700})
    assert (taken["status"], taken["amount_received"]) == ("succeeded", 700)
    receiver.wait_for_types("refund.created", "payment_intent.succeeded")
    assert [event.request.id for event in api.v1.events.list(params={"type": "refund.created"}).data] == [None, None]


def test_a_test_card_brings_its_own_dispute(paid: Any, receiver: Receiver) -> None:
    paid(payment_method="pm_card_createDispute")
    receiver.wait_for_types("charge.dispute.created", "charge.dispute.funds_withdrawn")


def test_balance_transactions_follow_the_money(paid: Any, api: stripe.StripeClient) -> None:
    intent = paid()
    made = refund(api, intent, amount=999)
    charged = api.v1.balance_transactions.list(params={"source": str(intent.latest_charge)}).data
    returned = api.v1.balance_transactions.retrieve(str(made.balance_transaction))
    assert [(t.type, t.amount, t.net) for t in charged] == [("charge", 1999, 1999 - 49)]
    assert (returned.type, returned.amount) == ("refund", -999)
