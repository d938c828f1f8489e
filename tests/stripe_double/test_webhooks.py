"""Deliveries: signed, retried until acknowledged, and misbehaving when told to."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_double.conftest import WEBHOOK_SECRET, Running
from tests.stripe_double.receiver import Receiver
from tests.waiting import eventually

CREATED = "payment_intent.created"


def deliveries(double: Running, **query: str) -> list[dict[str, Any]]:
    answer = double.http.get("/_double/webhooks", params=query)
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def settled(double: Running) -> bool:
    return bool(double.order("GET", "webhooks")["pending"] == 0)


def test_an_event_comes_signed(pay: Any, api: stripe.StripeClient, receiver: Receiver, double: Running) -> None:
    intent = pay(metadata={"order": "1"})
    receiver.wait_for_types(CREATED)
    [event] = receiver.accepted
    assert (event.object, event.livemode, event.api_version) == ("event", False, stripe.api_version)
    assert (event.data.object["id"], event.data.object["metadata"]["order"]) == (intent.id, "1")
    assert event.request is not None and str(event.request.id).startswith("req_")
    assert event.request.idempotency_key is not None
    eventually(lambda: settled(double))
    assert api.v1.events.retrieve(event.id).pending_webhooks == 0


def test_updates_say_what_was_before(paid: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    double.override(outcome={"refund": "pending"}, operation="refunds.create")
    made = api.v1.refunds.create(params={"payment_intent": paid().id})
    double.order("POST", f"refunds/{made.id}/settle", {"outcome": "succeeded"})
    receiver.wait_for_types("refund.updated")
    [updated] = [event for event in receiver.accepted if event.type == "refund.updated"]
    assert updated.data.previous_attributes.to_dict() == {"status": "pending"}


def test_only_enabled_events_are_sent(paid: Any, double: Running, receiver: Receiver) -> None:
    double.patch(webhooks={"enabled_events": ["payment_intent.succeeded", "refund.*"]})
    paid()
    receiver.wait_for_types("payment_intent.succeeded")
    eventually(lambda: settled(double))
    assert receiver.types() == ["payment_intent.succeeded"]


def test_a_refusal_is_retried_until_acknowledged(pay: Any, double: Running, receiver: Receiver) -> None:
    receiver.answer = 500
    pay()
    receiver.wait_for(lambda: len(receiver.refused) >= 3)
    receiver.answer = 200
    receiver.wait_for_types(CREATED)
    eventually(lambda: settled(double))
    [delivery] = deliveries(double)
    assert delivery["state"] == "acknowledged" and delivery["attempts_total"] == len(receiver.refused) + 1


def test_nothing_is_lost_while_the_receiver_is_down(pay: Any, double: Running, receiver: Receiver) -> None:
    port = receiver.port
    receiver.close()
    made = {pay().id for _ in range(25)}
    eventually(lambda: any(d["attempts_total"] >= 2 for d in deliveries(double)))
    again = Receiver(WEBHOOK_SECRET, port)
    try:
        again.wait_for(lambda: {event.data.object["id"] for event in again.accepted} == made)
    finally:
        again.close()
    eventually(lambda: settled(double))


def test_giving_up_is_bounded_and_told(pay: Any, double: Running, receiver: Receiver) -> None:
    double.patch(webhooks={"retry_total_seconds": 0.1})
    receiver.answer = 500
    pay()
    eventually(lambda: deliveries(double)[0]["state"] == "abandoned")


def test_late(pay: Any, double: Running, receiver: Receiver) -> None:
    double.override(webhooks={"late": {"seconds": 0.5}})
    late, prompt = pay(), pay()
    receiver.wait_for(lambda: len(receiver.accepted) == 2)
    assert [event.data.object["id"] for event in receiver.accepted] == [prompt.id, late.id]


def test_early(held: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    intent = held()
    double.override(target=intent.id, types=["payment_intent.succeeded"], webhooks={"early": True})
    # The answer takes another half second, as it might: the event has been accepted by then.
    double.override(target=intent.id, operation="payment_intents.capture", api={"latency_after_seconds": 0.5})
    api.v1.payment_intents.capture(intent.id)
    assert "payment_intent.succeeded" in receiver.types()


def test_early_does_not_wait_for_ever(pay: Any, double: Running, receiver: Receiver) -> None:
    receiver.answer = 500
    double.override(webhooks={"early": {"seconds_max": 0.1}})
    assert pay().status == "requires_payment_method"
    receiver.answer = 200
    receiver.wait_for_types(CREATED)


def test_repeated(pay: Any, double: Running, receiver: Receiver) -> None:
    double.override(webhooks={"repeat": {"times": 4}})
    pay()
    eventually(lambda: settled(double))
    assert len(receiver.accepted) == 4 and len({event.id for event in receiver.accepted}) == 1


def test_out_of_order(held: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    double.override(types=["payment_intent.amount_capturable_updated"], webhooks={"reorder": {"seconds_max": 8.0}})
    api.v1.payment_intents.capture(held().id)
    eventually(lambda: settled(double))
    types = receiver.types()
    assert types.index("payment_intent.amount_capturable_updated") > types.index("charge.captured")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [("altered", "matching the expected"), ("bad_signature", "matching the expected"), ("stale", "tolerance zone")],
)
def test_a_forgery_comes_first_and_the_truth_after(
    pay: Any, double: Running, receiver: Receiver, spoil: str, reason: str
) -> None:
    double.override(webhooks={spoil: True})
    pay()
    receiver.wait_for_types(CREATED)
    [refusal] = receiver.refused
    assert reason in refusal
    eventually(lambda: settled(double))
    [delivery] = deliveries(double)
    assert [(a["spoil"], a["status"]) for a in delivery["attempts"]] == [(spoil, 400), ("", 200)]
    assert delivery["spoiled_accepted"] == []


def test_a_receiver_that_swallows_forgeries_is_found_out(pay: Any, double: Running, receiver: Receiver) -> None:
    receiver.take = lambda body, signature: 200
    double.override(webhooks={"altered": True, "bad_signature": True})
    pay()
    eventually(lambda: settled(double))
    assert deliveries(double)[0]["spoiled_accepted"] == ["altered", "bad_signature"]


def test_never_and_then_resent(pay: Any, api: stripe.StripeClient, double: Running, receiver: Receiver) -> None:
    double.override(webhooks={"never": True})
    pay()
    eventually(lambda: settled(double))
    assert receiver.accepted == [] and deliveries(double)[0]["state"] == "suppressed"
    [event] = api.v1.events.list().data
    double.order("POST", f"webhooks/{event.id}/redeliver")
    receiver.wait_for_types(CREATED)
    assert receiver.accepted[0].id == event.id


def test_misbehaviour_by_chance_loses_nothing(pay: Any, double: Running, receiver: Receiver) -> None:
    chance = {"probability": 0.4}
    double.patch(
        seed=3,
        webhooks={
            "late": {**chance, "seconds": 0.05},
            "repeat": {**chance, "times": 2},
            "reorder": {**chance, "seconds_max": 0.1},
            "altered": chance,
            "bad_signature": chance,
            "stale": chance,
        },
    )
    made = {pay().id for _ in range(30)}
    eventually(lambda: settled(double))
    assert {event.data.object["id"] for event in receiver.accepted} == made
    assert len(receiver.accepted) > 30 and len(receiver.refused) > 10


def test_a_lost_response_still_has_its_event(double: Running, receiver: Receiver) -> None:
    double.override(api={"drop": "after"})
    with pytest.raises(Exception, match=r".*"):
        double.post("/v1/payment_intents", amount="1999", currency="gbp")
    receiver.wait_for_types(CREATED)
