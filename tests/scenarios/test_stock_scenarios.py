"""Scenarios 1 to 9: too few units, several baskets, and time."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from ops.shoppers import Shopper
from schemas.checkout.messages import CheckoutFailure, CheckoutStep
from tests.fake_provider import Shopper as Visitor
from tests.scenarios.shop import WholeShop, code, played
from tests.shop import PATIENCE_MS, PRICE, Shop
from tests.waiting import async_eventually


@played
async def test_scenario_01_the_last_unit_goes_to_exactly_one_of_many(whole_shop: WholeShop) -> None:
    """Many want the last unit at once: one order, everybody else a clean 409, no payment begun for them."""
    sku = await whole_shop.sells(1)
    shoppers = [await whole_shop.shopper(sku) for _ in range(20)]
    answers = await asyncio.gather(*(whole_shop.begins(one) for one in shoppers))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {code(answer) for answer in refused} == {(409, "insufficient_stock")}
    assert all(answer.json()["lines"] == [{"sku": sku, "requested": 1, "available": 0}] for answer in refused)
    [winner] = [one for one, answer in zip(shoppers, answers, strict=True) if answer.status_code == 201]
    await winner.payable()
    await winner.pay()
    assert (await winner.finished())["status"] == "completed"
    await winner.order()
    carts = [one.cart["id"] for one in shoppers]
    assert len(whole_shop.orders_of(*carts)) == 1
    assert len(whole_shop.payments_of(*carts)) == 1, "nobody else was asked to pay"
    await whole_shop.staff.until_stock(sku, 0)
    assert min(fact["on_hand"] - fact["held"] for fact in await whole_shop.facts(sku)) == 0
    whole_shop.audit()


@played
async def test_scenario_02_a_flash_sale_survives_the_death_of_a_worker(whole_shop: WholeShop) -> None:
    """Too few units for all, a worker killed in the middle: never oversold, what is given up returns, all answered."""
    units, sku = 8, await whole_shop.sells(8)
    shoppers = [await whole_shop.shopper(sku) for _ in range(20)]

    async def session(number: int, shopper: Shopper) -> str:
        begun = await whole_shop.begins(shopper)
        if not begun.is_success:
            return code(begun)[1]
        if number % 5 == 0:
            given_up = await shopper.call("DELETE", f"/v1/checkouts/{shopper.checkout['id']}")
            assert given_up.status_code in (200, 202), given_up.text
            return str((await shopper.finished())["failure"])
        if (await shopper.payable(60))["status"] == "awaiting_payment":
            await shopper.pay()
        checkout = await shopper.finished(120)
        return str(checkout["failure"] or checkout["status"])

    sessions = [asyncio.create_task(session(number, one)) for number, one in enumerate(shoppers)]
    await asyncio.wait(sessions, return_when=asyncio.FIRST_COMPLETED)
    whole_shop.stack.kill("worker-0")
    told = Counter(await asyncio.gather(*sessions))
    assert set(told) <= {"completed", "insufficient_stock", "cancelled"}, told
    assert 0 < told["completed"] <= units
    await whole_shop.staff.until_stock(sku, units - told["completed"])
    assert len(whole_shop.orders_of(*(one.cart["id"] for one in shoppers))) == told["completed"]


@played
async def test_scenario_03_lines_that_share_stock_are_summed(whole_shop: WholeShop) -> None:
    """A unit, and a bundle that contains it, in one basket: the demand is summed before it is checked."""
    vase = await whole_shop.sells(1)
    bundle = await whole_shop.sells(0, parts={vase: 1})
    shopper = await whole_shop.shopper(vase, bundle)
    refused = await whole_shop.begins(shopper)
    assert code(refused) == (409, "insufficient_stock")
    assert refused.json()["lines"] == [{"sku": vase, "requested": 2, "available": 1}]
    assert await whole_shop.available(vase) == 1
    await whole_shop.staff.receive(vase, 1)
    await whole_shop.staff.until_stock(vase, 2)
    await whole_shop.may_pay(shopper)
    await whole_shop.staff.until_stock(vase, 0)


@played
async def test_scenario_04_of_a_refused_basket_nothing_stays_held(whole_shop: WholeShop) -> None:
    """Ten of one thing and none of another: all or nothing, on whatever partition each of them is."""
    plenty, none = await whole_shop.sells(10), await whole_shop.sells(0)
    shopper = await whole_shop.shopper_with({plenty: 10, none: 1})
    refused = await whole_shop.begins(shopper)
    assert code(refused) == (409, "insufficient_stock")
    assert refused.json()["lines"] == [{"sku": none, "requested": 1, "available": 0}]
    await whole_shop.staff.until_stock(plenty, 10)

    async def given_back() -> bool:
        kinds = [fact["type"] for fact in await whole_shop.facts(plenty)]
        return kinds in (["StockReceived"], ["StockReceived", "StockHeld", "HoldReleased"])

    await async_eventually(given_back)
    assert whole_shop.payments_of(shopper.cart["id"]) == []


@played
async def test_scenario_05_baskets_in_opposite_order_both_finish(whole_shop: WholeShop) -> None:
    """Two baskets want the same two things in opposite order: no deadlock, no half hold; enough serves both."""
    left, right = await whole_shop.sells(1), await whole_shop.sells(1)
    one, other = await whole_shop.shopper(left, right), await whole_shop.shopper(right, left)
    answers = await asyncio.wait_for(asyncio.gather(whole_shop.begins(one), whole_shop.begins(other)), 60)
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) <= 1
    assert all(code(answer) == (409, "insufficient_stock") for answer in answers if answer not in won)
    for sku in (left, right):
        await whole_shop.staff.until_stock(sku, 1 - len(won))
        await whole_shop.staff.receive(sku, 1 + len(won))
        await whole_shop.staff.until_stock(sku, 2)
    third, fourth = await whole_shop.shopper(left, right), await whole_shop.shopper(right, left)
    answers = await asyncio.gather(whole_shop.begins(third), whole_shop.begins(fourth))
    assert [answer.status_code for answer in answers] == [201, 201]


@played
async def test_scenario_06_what_sold_out_in_the_cart_is_refused_before_charging(whole_shop: WholeShop) -> None:
    """It sells out in a cart: the cart shows the line, the checkout is refused before any payment, and names it."""
    popular, other = await whole_shop.sells(1), await whole_shop.sells(5)
    late = await whole_shop.shopper_with({popular: 1, other: 5})
    assert await whole_shop.availability(late) == {popular: ("available", 1), other: ("available", 5)}
    await whole_shop.buys({popular: 1, other: 2})
    await whole_shop.staff.until_stock(popular, 0)
    await whole_shop.staff.until_stock(other, 3)
    assert await whole_shop.availability(late) == {popular: ("out_of_stock", 0), other: ("insufficient", 3)}
    await whole_shop.wants(late, other, 3)
    refused = await whole_shop.begins(late)
    assert code(refused) == (409, "insufficient_stock")
    assert refused.json()["lines"] == [{"sku": popular, "requested": 1, "available": 0}]
    assert whole_shop.payments_of(late.cart["id"]) == []
    await whole_shop.wants(late, popular, 0)
    await whole_shop.may_pay(late)


@played
async def test_scenario_06_what_a_cart_holds_itself_is_not_sold_out_to_its_shopper(whole_shop: WholeShop) -> None:
    """The last unit is held by this cart's checkout: here it is available, in another's cart it is out of stock."""
    sku = await whole_shop.sells(1)
    bundle = await whole_shop.sells(0, parts={sku: 1})
    holder, other = await whole_shop.shopper(sku), await whole_shop.shopper(sku, bundle)
    assert await whole_shop.availability(other) == {sku: ("insufficient", 1), bundle: ("insufficient", 1)}
    await whole_shop.may_pay(holder)
    await whole_shop.staff.until_stock(sku, 0)
    assert await whole_shop.availability(holder) == {sku: ("available", 1)}
    assert await whole_shop.availability(other) == {sku: ("out_of_stock", 0), bundle: ("out_of_stock", 0)}
    await holder.pay()
    assert (await holder.finished())["status"] == "completed"

    async def ordered() -> bool:
        cart = (await holder.call("GET", f"/v1/carts/{holder.cart['id']}")).json()
        return cart["status"] == "ordered" and cart["lines"][0]["availability"] is None

    await async_eventually(ordered)


@played
async def test_scenario_07_a_hold_that_ends_during_a_challenge_never_takes_money_without_stock(
    whole_shop: WholeShop,
) -> None:
    """The bank's challenge extends the hold; who is not done in time has their authorisation voided, never refunded."""
    sku = await whole_shop.sells(3)
    challenged, idle, unheard = [await whole_shop.shopper(sku) for _ in range(3)]
    for one in (challenged, idle, unheard):
        one.base = whole_shop.hurried
    await asyncio.gather(*(whole_shop.may_pay(one) for one in (challenged, idle, unheard)))
    first_end = challenged.checkout["expires_at"]
    intents = [whole_shop.intent_of(one) for one in (challenged, idle, unheard)]

    # One is asked by the bank; the news that another has paid never comes; the third does nothing.
    asked = await challenged.pay("pm_card_threeDSecure2Required")
    assert asked["status"] == "requires_action", asked
    await whole_shop.orders_misbehaviour(unheard, types=["payment_intent.*"], times=1, webhooks={"never": True})
    assert (await unheard.pay())["status"] == "requires_capture"
    total = unheard.checkout["total"]["amount_minor"]
    assert (await whole_shop.money(intents[2]))["held"] == total

    extended = await challenged.until(lambda seen: seen["expires_at"] > first_end, 30)
    assert extended["status"] == "awaiting_payment"
    for one in (idle, unheard):
        ended = await one.finished(90)
        assert (ended["status"], ended["failure"]) == ("failed", "expired")
    await whole_shop.until_money(intents[2], held=0, captured=0, released=total, refunded=0)
    await whole_shop.until_money(intents[1], held=0, captured=0, released=0, refunded=0)
    assert "error" in await whole_shop.pays_too_late(idle), "what has expired cannot be paid any more"

    # The first hold would have ended by now, like those of the others.
    await challenged.pass_challenge(asked)
    assert (await challenged.finished())["status"] == "completed"
    await whole_shop.until_money(intents[0], held=0, captured=total, refunded=0)
    await whole_shop.staff.until_stock(sku, 2)
    [released, again] = [fact for fact in await whole_shop.facts(sku) if fact["type"] == "HoldReleased"]
    assert {released["cause"]["reason"], again["cause"]["reason"]} == {"expired"}


@played
async def test_scenario_08_a_second_checkout_of_a_cart_is_answered_as_itself(whole_shop: WholeShop) -> None:
    """It takes over the first one's hold on the last unit, and the shopper hears of the living one."""
    sku = await whole_shop.sells(1)
    shopper = await whole_shop.ready_to_pay(sku)
    first, first_intent = shopper.checkout["id"], whole_shop.intent_of(shopper)
    await whole_shop.may_pay(shopper)
    assert shopper.checkout["id"] != first

    async def first_ended() -> bool:
        seen = (await shopper.call("GET", f"/v1/checkouts/{first}")).json()
        return (seen["status"], seen["failure"]) == ("failed", "superseded")

    await async_eventually(first_ended)
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    await whole_shop.until_money(first_intent, held=0, captured=0)
    assert len(whole_shop.orders_of(shopper.cart["id"])) == 1
    await whole_shop.staff.until_stock(sku, 0)


@pytest.mark.parametrize("seed", range(20))
def test_scenario_08_a_shopper_does_not_stand_in_their_own_way(seed: int) -> None:
    """A second checkout of the same cart takes over the first one's hold on the last unit (the rooms, without HTTP)."""
    shop = Shop(seed, shoppers=(Visitor.WALKS_AWAY,), ordered=bool(seed % 2))
    shop.sells("VASE")
    shop.receives("VASE", 1)
    shop.cart("cart", {"VASE": 1})
    first = shop.start("cart", PRICE)
    shop.rooms.run()
    second = shop.start("cart", PRICE, name="second")
    shop.rooms.run()
    assert shop.checkout(first).failure is CheckoutFailure.SUPERSEDED
    assert shop.checkout(second).step is CheckoutStep.AWAITING_PAYMENT
    [hold] = shop.rooms.state("inventory", "VASE@warehouse").holds.values()
    assert (hold.answer_to, hold.quantity) == (f"checkout/{second}", 1)
    shop.rooms.run(patience_ms=PATIENCE_MS)
    shop.audit()


@played
async def test_scenario_09_an_abandoned_hold_ends_although_every_worker_died(whole_shop: WholeShop) -> None:
    """Nobody comes back to pay, and the processes are killed: the hold ends in time, by an event, after the restart."""
    sku = await whole_shop.sells(1)
    shopper = await whole_shop.shopper(sku)
    shopper.base = whole_shop.hurried
    assert (await whole_shop.begins(shopper)).status_code == 201
    await whole_shop.staff.until_stock(sku, 0)
    for worker in ("worker-0", "worker-1"):
        whole_shop.stack.kill(worker)
    await whole_shop.staff.until_stock(sku, 1)
    ended = await shopper.finished()
    assert (ended["status"], ended["failure"]) == ("failed", "expired")
    facts = await whole_shop.facts(sku)
    assert [fact["type"] for fact in facts] == ["StockReceived", "StockHeld", "HoldReleased"]
    assert facts[-1]["cause"]["reason"] == "expired"
    assert whole_shop.orders_of(shopper.cart["id"]) == []
