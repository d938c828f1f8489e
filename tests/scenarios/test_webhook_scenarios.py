"""Scenarios 11 to 14: Stripe's webhooks in any order, unknown, early, forged."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any
from uuid import uuid4

from tests.scenarios.shop import AUTHORISED, SUCCEEDED, Json, WholeShop, code, gbp, pence, played
from tests.waiting import async_eventually


def event(kind: str, about: Json) -> Json:
    return {"id": f"evt_{uuid4().hex}", "type": kind, "created": int(time.time()), "data": {"object": about}}


def inbox(whole_shop: WholeShop, said: Json) -> list[tuple[Any, ...]]:
    return whole_shop.rows_now("SELECT status FROM stripe_inbox WHERE stripe_event_id = %s", said["id"])


@played
async def test_scenario_11_webhooks_in_any_order_and_number_pay_once(whole_shop: WholeShop) -> None:
    """News of a payment before, after and beside the answer, three times, out of order: one payment, one order."""
    sku = await whole_shop.sells(10)
    manners: list[Json] = [
        {"early": True},
        {"late": {"seconds": 1.5}},
        {"repeat": {"times": 3}},
        {"repeat": {"times": 3}, "reorder": True},
        {"early": True, "repeat": {"times": 3}},
    ]

    async def pays(manner: Json) -> None:
        shopper = await whole_shop.ready_to_pay(sku)
        intent, total = whole_shop.intent_of(shopper), pence(shopper.checkout["total"])
        await whole_shop.orders_misbehaviour(shopper, types=["payment_intent.*"], times=9, webhooks=manner)
        await shopper.pay()
        assert (await shopper.finished())["status"] == "completed", manner
        order = await shopper.order()
        told = await whole_shop.until_delivered(intent, SUCCEEDED)
        told += await whole_shop.until_delivered(intent, AUTHORISED)
        for one in told:
            await whole_shop.double("POST", f"webhooks/{one['event']}/redeliver")
        await whole_shop.until_delivered(intent, SUCCEEDED)
        await whole_shop.until_delivered(intent, AUTHORISED)
        await whole_shop.until_money(intent, captured=total, refunded=0, held=0)
        assert await shopper.order() == order
        assert (order["status"], order["captured"], order["total"]) == ("confirmed", gbp(total), gbp(total))
        assert len(whole_shop.orders_of(shopper.cart["id"])) == 1
        assert len(whole_shop.payments_of(shopper.cart["id"])) == 1
        booked = "SELECT amount_minor FROM ledger_entries WHERE payment_id = %s AND account = 'stripe_balance'"
        await async_eventually(lambda: _is(whole_shop.rows(booked, order["payment_id"]), [(total,)]))
        calls = await whole_shop.double("GET", f"requests?operation=payment_intents.capture&intent={intent}")
        assert len({one["idempotency_key"] for one in calls["requests"]}) == 1

    await asyncio.gather(*(pays(manner) for manner in manners))


@played
async def test_scenario_12_a_webhook_that_nobody_knows_is_kept(whole_shop: WholeShop) -> None:
    """An intent that is none of ours: 200 because it is stored, and counted where it can be watched."""
    about = {"id": f"pi_{uuid4().hex}", "object": "payment_intent", "status": "succeeded", "metadata": {}}
    said = event(SUCCEEDED, about)
    answer = await whole_shop.signed(said)
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    assert inbox(whole_shop, said) == [("kept",)]
    kept = "SELECT stripe_event_id FROM stripe_inbox WHERE status = 'kept'"
    assert (said["id"],) in whole_shop.rows_now(kept)
    metrics = (await whole_shop.staff.send("GET", "/metrics")).text
    assert 'bloomfield_edge_stripe_webhooks_total{outcome="kept"}' in metrics


@played
async def test_scenario_12_a_webhook_that_could_not_be_published_moves_the_order_later(whole_shop: WholeShop) -> None:
    """The log is out of reach when Stripe tells of a payment: no 200, the event is stored and published afterwards."""
    shopper = await whole_shop.ready_to_pay(await whole_shop.sells(1))
    await whole_shop.orders_misbehaviour(shopper, types=["payment_intent.*"], webhooks={"never": True})
    intent = await shopper.pay()
    assert intent["status"] == "requires_capture"
    objects = (await whole_shop.double("GET", "state"))["payment_intents"]
    said = event(AUTHORISED, objects[intent["id"]])
    whole_shop.stack.kill("kafka", signal.SIGSTOP)
    try:
        refused = await whole_shop.signed(said)
        assert code(refused) == (500, "webhook_not_published")
        assert inbox(whole_shop, said) == [("received",)]
    finally:
        whole_shop.stack.kill("kafka", signal.SIGCONT)
    assert (await shopper.finished())["status"] == "completed"
    await async_eventually(lambda: _is(inbox(whole_shop, said), [("published",)]))
    assert len(whole_shop.orders_of(shopper.cart["id"])) == 1


async def _is(seen: Any, wanted: Any) -> bool:
    assert seen == wanted
    return True


@played
async def test_scenario_13_a_payment_that_is_not_certain_yet_is_no_order(whole_shop: WholeShop) -> None:
    """`processing` and `requires_action`: no order, until the money is really reserved."""
    sku = await whole_shop.sells(2)
    slow, asked = await whole_shop.ready_to_pay(sku), await whole_shop.ready_to_pay(sku)
    await whole_shop.orders_misbehaviour(slow, operation="payment_intents.confirm", outcome={"processing": True})
    processing = await slow.pay()
    action = await asked.pay("pm_card_threeDSecure2Required")
    assert (processing["status"], action["status"]) == ("processing", "requires_action")
    told = await whole_shop.until_delivered(processing["id"], "payment_intent.processing")
    told += await whole_shop.until_delivered(action["id"], "payment_intent.requires_action")
    for one in told:
        assert inbox(whole_shop, {"id": one["event"]}) == [("published",)]
    for shopper in (slow, asked):
        seen = await shopper.call("GET", f"/v1/checkouts/{shopper.checkout['id']}")
        assert seen.json()["status"] == "awaiting_payment"
        missing = await shopper.call("GET", f"/v1/orders/{seen.json()['order_id']}")
        assert code(missing) == (404, "order_not_found")
    assert whole_shop.orders_of(slow.cart["id"], asked.cart["id"]) == []
    await whole_shop.double("POST", f"payment_intents/{processing['id']}/settle", {"outcome": "succeeded"})
    await asked.pass_challenge(action)
    for shopper in (slow, asked):
        assert (await shopper.finished())["status"] == "completed"
        assert (await shopper.order())["status"] == "confirmed"


@played
async def test_scenario_14_what_stripe_did_not_sign_is_refused_and_leaves_nothing(whole_shop: WholeShop) -> None:
    """Bad signature, old time stamp, altered body: 400, nothing stored; the honest delivery still counts."""
    shopper = await whole_shop.ready_to_pay(await whole_shop.sells(1))
    about = {
        "id": whole_shop.intent_of(shopper),
        "object": "payment_intent",
        "status": "requires_capture",
        "amount_capturable": pence(shopper.checkout["total"]),
        "metadata": {"payment_id": shopper.checkout["payment_id"]},
    }
    forgeries: list[Json] = [{"secret": "whsec_guess"}, {"seconds_ago": 301 + 30}, {"altered": True}]
    for forgery in forgeries:
        said = event(AUTHORISED, about)
        assert code(await whole_shop.signed(said, **forgery)) == (400, "signature_invalid")
        assert inbox(whole_shop, said) == []
    spoiled = {"altered": True, "bad_signature": True, "stale": True}
    await whole_shop.orders_misbehaviour(shopper, types=["payment_intent.*"], times=9, webhooks=spoiled)
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    deliveries = await whole_shop.until_delivered(whole_shop.intent_of(shopper), AUTHORISED)
    deliveries += await whole_shop.until_delivered(whole_shop.intent_of(shopper), SUCCEEDED)
    assert [one["spoiled_accepted"] for one in deliveries] == [[], []]
    forged = [attempt for one in deliveries for attempt in one["attempts"] if attempt["spoil"]]
    assert len(forged) == 6
    assert {attempt["status"] for attempt in forged} == {400}
