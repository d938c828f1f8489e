"""Scenarios 10 and 15 to 17: repetition, crashes around the charge, refunds."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
import redis
from aiohttp import ClientTimeout

from ops.shoppers import Answer, Shopper, send
from tests.scenarios.shop import AUTHORISED, Json, WholeShop, code, gbp, pence, played
from tests.waiting import async_eventually

WORKERS = ("worker-0", "worker-1")
SOME_WAY_SECONDS = 0.15  # both together finish a saga in about this time


@played
async def test_scenario_10_a_double_click_is_one_order(whole_shop: WholeShop) -> None:
    """Double click, lost answer, other body, same key in flight: one order, the same answer, 422, 409."""
    sku = await whole_shop.sells(5)
    shopper = await whole_shop.shopper(sku)
    body, key = shopper.request("collect"), str(uuid4())

    async def click(**changed: Any) -> Answer:
        return await shopper.send("POST", "/v1/checkouts", body | changed, key=key)

    clicks = await asyncio.gather(click(), click(), click())
    acted = [one for one in clicks if one.status_code in (201, 202) and "Idempotent-Replayed" not in one.headers]
    in_flight = [one for one in clicks if one.status_code == 409]
    assert len(acted) == 1, [one.text for one in clicks]
    assert all(code(one) == (409, "request_in_flight") and one.headers["Retry-After"] for one in in_flight)

    async def decided() -> Answer | None:
        answer = await click()
        return answer if answer.status_code == 201 else None

    first = await async_eventually(decided)
    assert first is not None
    assert first.json()["id"] == acted[0].json()["id"]
    again = await click()
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert code(await click(delivery_method="express")) == (422, "idempotency_key_reused")
    shopper.checkout = first.json()
    await shopper.payable()
    await shopper.pay()
    await shopper.finished()
    assert (await click()).content == first.content
    assert len(whole_shop.orders_of(shopper.cart["id"])) == 1
    await whole_shop.staff.until_stock(sku, 4)


@played
async def test_scenario_10_a_lost_answer_is_given_again(whole_shop: WholeShop) -> None:
    """The connection breaks before the answer: the retry with the same key holds nothing twice."""
    sku = await whole_shop.sells(5)
    shopper = await whole_shop.shopper(sku)
    key = str(uuid4())
    headers, url = shopper.headers | {"Idempotency-Key": key}, f"{shopper.base}/v1/checkouts"
    hasty = ClientTimeout(sock_read=0.005)
    with pytest.raises(TimeoutError):
        await send(whole_shop.http, "POST", url, json=shopper.request("collect"), headers=headers, timeout=hasty)
    found = await whole_shop.begins(shopper, key=key)
    assert found.status_code == 201, found.text
    assert (await whole_shop.begins(shopper, key=key)).content == found.content
    await shopper.payable()
    assert len(whole_shop.payments_of(shopper.cart["id"])) == 1
    await whole_shop.staff.until_stock(sku, 4)


def forget_answers(whole_shop: WholeShop) -> None:
    """Redis loses what was answered to each key."""
    with redis.Redis.from_url(whole_shop.stack.addresses.redis) as store:
        if answered := store.keys("*once:*"):
            store.delete(*answered)


@played
async def test_scenario_10_a_key_that_redis_forgot_does_nothing_twice_and_swallows_no_other(
    whole_shop: WholeShop,
) -> None:
    """One key for a refund and then for another order's, for 1 unit and then 1000, Redis empty between: all done."""
    sku, staff, key = await whole_shop.sells(5), whole_shop.staff, str(uuid4())
    bought = [await whole_shop.buys({sku: 1}) for _ in range(2)]
    wanted = [(bought[0], 1_00), (bought[1], 5_00), (bought[0], 1_00)]
    asked: list[str] = []
    for (_, order), amount in wanted:
        body = {"amount": gbp(amount), "reason": "goodwill"}
        answer = await staff.decided("POST", f"/v1/admin/orders/{order['id']}/refunds", body, key=key)
        assert answer.status_code == 201, answer.text
        asked.append(answer.json()["id"])
        forget_answers(whole_shop)
    assert asked[0] == asked[2] != asked[1]
    for (shopper, order), amount in wanted[:2]:
        await whole_shop.until_money(whole_shop.intent_of(shopper), refunded=amount)
        assert [row[:2] for row in await refunds_of(whole_shop, order)] == [(asked[amount == 5_00], amount)]

    path, key = f"/v1/admin/stock/{sku}/receipts", str(uuid4())

    async def receive(units: int) -> Answer:
        return await staff.decided("POST", path, {"location": "warehouse", "quantity": units}, key=key)

    assert (await receive(1)).json()["on_hand"] == 4
    assert code(await receive(1000)) == (422, "idempotency_key_reused"), "while Redis remembers"
    forget_answers(whole_shop)
    assert (await receive(1000)).json()["on_hand"] == 1004
    forget_answers(whole_shop)
    assert (await receive(1)).json()["on_hand"] == 4, "the first one's answer"
    await staff.until_stock(sku, 1004)


@played
async def test_scenario_10_what_is_asked_again_is_never_left_pending_though_its_reply_was_too_long_to_keep(
    whole_shop: WholeShop,
) -> None:
    """An order is cancelled, its response lost with Redis: the same key returns the order as it is, and a refusal."""
    shopper, order = await whole_shop.buys({await whole_shop.sells(1): 1})
    path, key, late = f"/v1/orders/{order['id']}/cancel", str(uuid4()), str(uuid4())
    assert (await shopper.decided("POST", path, {"reason": "changed_mind"}, key=key)).json()["status"] == "cancelled"
    picking = (f"/v1/admin/orders/{order['id']}/advance", {"status": "picking"})
    assert code(await whole_shop.staff.decided("POST", *picking, key=late)) == (409, "illegal_transition")
    forget_answers(whole_shop)
    again = await shopper.decided("POST", path, {"reason": "changed_mind"}, key=key)
    assert (again.status_code, again.json()["status"]) == (200, "cancelled"), again.text
    assert again.headers["Bloomfield-Position"].startswith(f"orders:{order['id']}:")
    assert code(await whole_shop.staff.decided("POST", *picking, key=late)) == (409, "illegal_transition")


@played
async def test_scenario_15_a_crash_between_charge_and_order_loses_neither(whole_shop: WholeShop) -> None:
    """The edge and the Stripe connector die while money is taken: an order that is paid, or no money kept."""
    sku = await whole_shop.sells(6)
    shoppers = [await whole_shop.ready_to_pay(sku) for _ in range(4)]
    intents = [whole_shop.intent_of(one) for one in shoppers]
    victims = ("connector-stripe", "edge-0")

    await asyncio.gather(*(shopper.pay() for shopper in shoppers))
    for victim in victims:
        whole_shop.stack.kill(victim)
    for shopper, intent in zip(shoppers, intents, strict=True):
        checkout = await shopper.finished()
        orders, total = whole_shop.orders_of(shopper.cart["id"]), pence(checkout["total"])
        if checkout["status"] == "completed":
            await shopper.order()
            await whole_shop.until_money(intent, captured=total, refunded=0, held=0)
            assert len(orders) == 1
        else:
            kept = await whole_shop.money(intent)
            assert kept["captured"] - kept["refunded"] == 0
            assert all(status == "cancelled" for _, status, _, _ in orders)
    sold = sum(one.checkout["status"] == "completed" for one in shoppers)
    await whole_shop.staff.until_stock(sku, 6 - sold)
    for victim in victims:
        await asyncio.to_thread(whole_shop.stack.wait_ready, victim)
    whole_shop.audit()


@played
async def test_scenario_15_workers_that_die_between_authorisation_and_order_leave_an_order_or_no_charge(
    whole_shop: WholeShop,
) -> None:
    """The money is reserved and no order written, then every worker is killed: at once, or some way into the saga."""
    sku = await whole_shop.sells(20)
    ends: Counter[str] = Counter()
    who_goes_on = ((), WORKERS[:1], WORKERS[1:], WORKERS)  # one alone stops where the other would have to decide
    for awake in who_goes_on:
        paying = [await whole_shop.ready_to_pay(sku) for _ in range(2)]
        unheard = await whole_shop.shopper(sku)  # Stripe never tells that this one has paid, and the hold is short
        unheard.base = whole_shop.hurried
        await whole_shop.may_pay(unheard)
        await whole_shop.orders_misbehaviour(unheard, types=["payment_intent.*"], times=1, webhooks={"never": True})
        await _killed_with_money_reserved(whole_shop, [*paying, unheard], awake)
        ends.update([await _order_or_no_charge(whole_shop, one) for one in (*paying, unheard)])
    assert ends == {"completed": 2 * len(who_goes_on), "failed": len(who_goes_on)}
    await whole_shop.staff.until_stock(sku, 20 - ends["completed"])
    for worker in WORKERS:
        await asyncio.to_thread(whole_shop.stack.wait_ready, worker)
    whole_shop.audit()


async def _killed_with_money_reserved(whole_shop: WholeShop, shoppers: list[Shopper], awake: tuple[str, ...]) -> None:
    """The workers sleep until everybody's money is reserved; these go on for a moment; all die."""
    for worker in WORKERS:
        whole_shop.stack.kill(worker, signal.SIGSTOP)
    said = await asyncio.gather(*(shopper.pay() for shopper in shoppers))
    assert {one["status"] for one in said} == {"requires_capture"}
    for heard in shoppers[:-1]:
        await whole_shop.until_delivered(whole_shop.intent_of(heard), AUTHORISED)
    assert whole_shop.orders_of(*(one.cart["id"] for one in shoppers)) == []
    for worker in awake:
        whole_shop.stack.kill(worker, signal.SIGCONT)
    await asyncio.sleep(SOME_WAY_SECONDS)
    for worker in WORKERS:
        whole_shop.stack.kill(worker)


async def _order_or_no_charge(whole_shop: WholeShop, shopper: Shopper) -> str:
    """Exactly one of both, once the checkout has ended; returns how it ended."""
    checkout, intent = await shopper.finished(), whole_shop.intent_of(shopper)
    total = pence(checkout["total"])
    if checkout["status"] == "completed":
        assert (await shopper.order())["status"] == "confirmed"
        await whole_shop.until_money(intent, authorised=total, captured=total, held=0, released=0, refunded=0)
        assert len(whole_shop.orders_of(shopper.cart["id"])) == 1
    else:
        await whole_shop.until_money(intent, authorised=total, captured=0, held=0, released=total, refunded=0)
        assert whole_shop.orders_of(shopper.cart["id"]) == []
    return str(checkout["status"])


@played
async def test_scenario_16_what_fails_after_the_checkout_does_not_undo_the_order(whole_shop: WholeShop) -> None:
    """Whoever carries the result away is down when the money is taken: the order stands, the cart stays closed."""
    sku = await whole_shop.sells(2)
    shopper = await whole_shop.ready_to_pay(sku)
    intent, total = whole_shop.intent_of(shopper), pence(shopper.checkout["total"])
    sinks = ("connector-postgres", "connector-redis")
    for sink in sinks:
        await asyncio.to_thread(whole_shop.stack.stop, sink)
    try:
        await shopper.pay()
        await whole_shop.until_money(intent, captured=total, held=0, refunded=0)
        seen = whole_shop.rows_now("SELECT FROM orders WHERE cart_id = %s", shopper.cart["id"])
        assert seen == [], "nobody has seen the order yet"
    finally:
        for sink in sinks:
            await asyncio.to_thread(whole_shop.stack.restart, sink)
    assert (await shopper.finished())["status"] == "completed"
    assert (await shopper.order())["status"] == "confirmed"
    cart = f"/v1/carts/{shopper.cart['id']}"

    async def ordered() -> bool:
        return bool((await shopper.call("GET", cart)).json()["status"] == "ordered")

    await async_eventually(ordered)
    assert code(await shopper.call("PUT", f"{cart}/lines/{sku}", {"quantity": 2})) == (409, "cart_closed")
    await whole_shop.until_money(intent, captured=total, refunded=0)


@played
async def test_scenario_17_refunds_are_recorded_once_and_a_failed_one_comes_back(whole_shop: WholeShop) -> None:
    """Twice, in parts, overtaken by the webhook, too much, failed: each refund counts once, a failed one not at all."""
    shopper, order = await whole_shop.buys({await whole_shop.sells(1, price=60_01): 1})
    intent, path, staff = whole_shop.intent_of(shopper), f"/v1/admin/orders/{order['id']}/refunds", whole_shop.staff

    async def refund(minor: int, key: str = "") -> Answer:
        return await staff.decided("POST", path, {"amount": gbp(minor), "reason": "goodwill"}, key=key)

    async def until_refunded(minor: int) -> None:
        async def so() -> bool:
            seen = (await shopper.call("GET", f"/v1/orders/{order['id']}")).json()["refunded"]
            assert seen == gbp(minor)
            return True

        await async_eventually(so)

    # In part, twice with one key, and the webhook is quicker than the answer.
    slow = {"latency_after_seconds": 1.5}
    await whole_shop.orders_misbehaviour(shopper, operation="refunds.create", api=slow)
    once = str(uuid4())
    first, again = await refund(10_00, once), await refund(10_00, once)
    assert (first.status_code, again.content) == (201, first.content)
    await until_refunded(10_00)
    await whole_shop.until_money(intent, refunded=10_00)

    more_than_is_left = await refund(50_02)
    assert code(more_than_is_left) == (409, "refund_exceeds_captured")
    assert more_than_is_left.json()["refundable"] == gbp(50_01)

    # All that is left of the same line, by two members of staff at once.
    answers = await asyncio.gather(refund(50_01), refund(50_01))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [too_much] = [answer for answer in answers if answer.status_code == 409]
    assert code(too_much) == (409, "refund_exceeds_captured")
    await until_refunded(60_01)
    assert code(await refund(1)) == (409, "refund_exceeds_captured")

    # The bank sends it back: it can be refunded again.
    [second] = [row for row in await refunds_of(whole_shop, order) if row[1] == 50_01]
    await whole_shop.double("POST", f"refunds/{second[2]}/settle", {"outcome": "failed"})
    await until_refunded(10_00)
    await whole_shop.until_money(intent, refunded=10_00)
    assert (await refund(20_00)).status_code == 201
    await until_refunded(30_00)
    rows = await refunds_of(whole_shop, order)
    assert sorted((amount, status) for _, amount, _, status in rows) == [
        (10_00, "succeeded"),
        (20_00, "succeeded"),
        (50_01, "failed"),
    ]
    assert len({stripe_id for _, _, stripe_id, _ in rows}) == 3
    [(balance,)] = whole_shop.rows(
        "SELECT sum(amount_minor)::bigint FROM ledger_entries WHERE payment_id = %s AND account = 'stripe_balance'",
        order["payment_id"],
    )
    assert balance == 30_01
    whole_shop.audit()


async def refunds_of(whole_shop: WholeShop, order: Json) -> list[tuple[Any, ...]]:
    return whole_shop.rows(
        "SELECT id, amount_minor, stripe_refund_id, status FROM payments_refunds WHERE payment_id = %s",
        order["payment_id"],
    )
