"""Scenarios 20 to 22 and 30 to 32: prices, changes and quantities, moves of an order, pennies."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from ops.shoppers import Answer
from tests.scenarios.shop import Json, WholeShop, code, gbp, pence, played
from tests.waiting import async_eventually


@played
async def test_scenario_20_a_price_that_changed_is_told_and_an_order_keeps_its_own(whole_shop: WholeShop) -> None:
    """The price changes in the cart: 409 with the new total; it changes later: the order stays as it was."""
    sku, staff = await whole_shop.sells(3, price=60_00), whole_shop.staff
    shopper = await whole_shop.shopper(sku)
    await staff.price(sku, "Blue vase", 61_00)
    refused = await whole_shop.begins(shopper)
    assert code(refused) == (409, "cart_changed")
    assert refused.json()["current_total"] == gbp(61_00)
    assert [fact["type"] for fact in await whole_shop.facts(sku)] == ["StockReceived"]
    assert whole_shop.payments_of(shopper.cart["id"]) == []
    await whole_shop.may_pay(shopper, total=gbp(61_00))
    await staff.price(sku, "Green vase", 99_00, 500)  # while the shopper pays
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    order = await shopper.order()
    await staff.price(sku, "Red vase", 1_00)
    assert (order["total"], order["captured"]) == (gbp(61_00), gbp(61_00))
    [line] = order["lines"]
    assert (line["title"], line["unit_price"], line["vat_basis_points"]) == ("Blue vase", gbp(61_00), 2000)
    assert await shopper.order() == order


@played
async def test_scenario_21_what_is_added_while_paying_needs_a_new_payment(whole_shop: WholeShop) -> None:
    """A line comes while the shopper pays: that payment ends, and what is charged in the end is the order's total."""
    vase, bowl = await whole_shop.sells(3), await whole_shop.sells(3, price=7_00)
    shopper = await whole_shop.ready_to_pay(vase)
    first, first_intent = shopper.checkout["id"], whole_shop.intent_of(shopper)
    await whole_shop.wants(shopper, bowl, 1)
    ended = await shopper.finished()
    assert (ended["id"], ended["status"], ended["failure"]) == (first, "failed", "cart_changed")
    await async_eventually(lambda: _withdrawn(whole_shop, first_intent))
    assert "error" in await whole_shop.pays_too_late(shopper), "what was cancelled cannot be paid"
    assert pence(shopper.cart["delivery"]["collect"]["total"]) == 67_00
    await whole_shop.may_pay(shopper)
    second_intent = whole_shop.intent_of(shopper)
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    order = await shopper.order()
    assert (order["total"], order["captured"]) == (gbp(67_00), gbp(67_00))
    await whole_shop.until_money(first_intent, captured=0, held=0, refunded=0)
    await whole_shop.until_money(second_intent, captured=67_00, refunded=0)


@played
async def test_scenario_21_a_line_and_a_payment_at_the_same_time_agree_in_the_end(whole_shop: WholeShop) -> None:
    """Added in the moment of paying: refused and the order is as it was seen, or accepted and nothing is charged."""
    vase, bowl = await whole_shop.sells(5), await whole_shop.sells(5, price=7_00)

    async def races() -> None:
        shopper = await whole_shop.ready_to_pay(vase)
        intent, path = whole_shop.intent_of(shopper), f"/v1/carts/{shopper.cart['id']}/lines/{bowl}"
        added, _ = await asyncio.gather(shopper.call("PUT", path, {"quantity": 1}), shopper.pay())
        checkout = await shopper.finished()
        if checkout["status"] == "completed":
            assert added.status_code in (202, 409), added.text
            order = await shopper.order()
            assert [line["sku"] for line in order["lines"]] == [vase]
            await whole_shop.until_money(intent, captured=pence(order["total"]), refunded=0)
        else:
            assert added.status_code in (200, 202), added.text
            assert checkout["failure"] == "cart_changed"
            await whole_shop.until_money(intent, captured=0, held=0, refunded=0)

    await asyncio.gather(*(races() for _ in range(4)))


async def _withdrawn(whole_shop: WholeShop, intent: str) -> bool:
    state = (await whole_shop.double("GET", "state"))["payment_intents"]
    return bool(state[intent]["status"] == "canceled")


@played
async def test_scenario_22_of_parallel_changes_none_is_lost_silently(whole_shop: WholeShop) -> None:
    """Twenty changes of one cart at once: all there afterwards; under one ETag exactly one, the others 412."""
    skus = await asyncio.gather(*(whole_shop.sells(0) for _ in range(20)))
    shopper = await whole_shop.shopper()
    cart = f"/v1/carts/{shopper.cart['id']}"

    async def change(sku: str, quantity: int, **headers: str) -> Answer:
        return await shopper.send("PUT", f"{cart}/lines/{sku}", {"quantity": quantity}, **headers)

    async def lines() -> dict[str, int]:
        seen = (await shopper.call("GET", cart)).json()
        return {line["sku"]: line["quantity"] for line in seen["lines"]}

    answers = await asyncio.gather(*(change(sku, 1) for sku in skus))
    assert {answer.status_code for answer in answers} <= {200, 202}, "accepted or decided"

    async def all_there() -> bool:
        return await lines() == dict.fromkeys(skus, 1)

    await async_eventually(all_there)
    tag = {"If-Match": (await shopper.call("GET", cart)).headers["ETag"]}
    answers = await asyncio.gather(*(change(skus[0], 2 + number, **tag) for number in range(20)))
    told = Counter(answer.status_code for answer in answers)
    assert told[200] + told[412] + told[202] == 20, told
    assert told[200] + (told[202] > 0) >= 1
    assert told[200] <= 1
    if told[200]:
        [accepted] = [answer.json() for answer in answers if answer.status_code == 200]
        wanted = {line["sku"]: line["quantity"] for line in accepted["lines"]}

        async def as_answered() -> bool:
            return await lines() == wanted

        await async_eventually(as_answered)
    version = int(tag["If-Match"].strip('"').split("-")[0])

    async def changed_once() -> bool:
        return bool((await shopper.call("GET", cart)).json()["version"] == version + 1)

    await async_eventually(changed_once)


@played
async def test_scenario_30_impossible_quantities_and_other_peoples_carts_change_nothing(whole_shop: WholeShop) -> None:
    """0, negative, fractional, 10^9, another's cart, a price of one's own: refused, and no event follows."""
    sku = await whole_shop.sells(5)
    mine, other = await whole_shop.shopper(sku), await whole_shop.shopper(sku)
    cart, line = f"/v1/carts/{mine.cart['id']}", f"/v1/carts/{mine.cart['id']}/lines/{sku}"
    before = (await mine.call("GET", cart)).json()
    for quantity in (-1, 1.5, 10**9, 10**30, "2", None, True):
        assert code(await mine.call("PUT", line, {"quantity": quantity})) == (422, "validation_failed")
    cheaper: Json = {"quantity": 1, "unit_price": gbp(1)}
    assert code(await mine.call("PUT", line, cheaper)) == (422, "validation_failed")
    assert code(await other.call("PUT", line, {"quantity": 3})) == (404, "cart_not_found")
    assert code(await other.call("GET", cart)) == (404, "cart_not_found")
    nothing = await mine.call("PUT", f"{cart}/lines/{await whole_shop.sells(0)}", {"quantity": 0})
    assert nothing.json()["version"] == before["version"], "nothing was there, nothing happened"
    for quantity in (0, -5, 1.5, 10**9):
        body = {"location": "warehouse", "quantity": quantity}
        refused = await whole_shop.staff.call("POST", f"/v1/admin/stock/{sku}/receipts", body)
        assert code(refused) == (422, "validation_failed")
    assert (await mine.call("GET", cart)).json() == before

    # A total of one's own is answered with ours; the cart of another cannot be bought.
    own = await whole_shop.begins(mine, total=gbp(1))
    assert code(own) == (409, "cart_changed")
    assert code(await whole_shop.begins(mine, total=gbp(-1))) == (422, "validation_failed")
    secret, other.cart = other.cart, mine.cart
    assert code(await whole_shop.begins(other)) == (404, "cart_not_found")
    other.cart = secret
    assert [fact["type"] for fact in await whole_shop.facts(sku)] == ["StockReceived"]
    assert whole_shop.payments_of(mine.cart["id"], other.cart["id"]) == []


@played
async def test_scenario_31_cancelling_and_despatching_at_once_has_one_winner(whole_shop: WholeShop) -> None:
    """An illegal move is refused; when cancelling meets packing exactly one wins, the other is told 409."""
    sku, staff = await whole_shop.sells(6), whole_shop.staff

    async def races() -> None:
        shopper, order = await whole_shop.buys({sku: 1})
        advance, cancel = f"/v1/admin/orders/{order['id']}/advance", f"/v1/orders/{order['id']}/cancel"
        for status in ("despatched", "delivered", "refunded"):
            refused = await staff.decided("POST", advance, {"status": status})
            assert code(refused) == (409, "illegal_transition")
        await whole_shop.advance(order["id"], "picking")
        packed, cancelled = await asyncio.gather(
            staff.decided("POST", advance, {"status": "packed"}),
            shopper.decided("POST", cancel, {"reason": "changed_mind"}),
        )
        assert sorted((packed.status_code, cancelled.status_code)) == [200, 409]
        [lost] = [one for one in (packed, cancelled) if one.status_code == 409]
        assert code(lost) == (409, "illegal_transition")
        intent, total = whole_shop.intent_of(shopper), pence(order["total"])
        if cancelled.status_code == 200:
            assert lost.json()["order_status"] == "cancelled"
            await whole_shop.until_money(intent, captured=total, refunded=total)
            return
        await whole_shop.advance(order["id"], "despatched")
        again = await shopper.decided("POST", cancel, {"reason": "changed_mind"})
        assert code(again) == (409, "illegal_transition")
        await whole_shop.until_money(intent, captured=total, refunded=0)

    await asyncio.gather(*(races() for _ in range(4)))


@pytest.mark.parametrize("delivery", ["standard", "express"])
def test_scenario_32_every_penny_stands_under_a_rate(whole_shop: WholeShop, delivery: str) -> None:
    """Lines of mixed VAT and a delivery charge: the parts are the total, VAT adds up by rate, Stripe took the same."""
    played(lambda whole_shop: _pennies(whole_shop, delivery))(whole_shop)


async def _pennies(whole_shop: WholeShop, delivery: str) -> None:
    prices = [(3_33, 2000, 3), (1_99, 500, 1), (1_01, 0, 7), (7_77, 2000, 1)]
    lines = {await whole_shop.sells(9, price=price, vat=vat): units for price, vat, units in prices}
    shopper, order = await whole_shop.buys(lines, delivery=delivery)
    intent, total = whole_shop.intent_of(shopper), pence(order["total"])
    goods = sum(price * units for price, _, units in prices)
    charge = {"standard": 3_95, "express": 6_95}[delivery]
    assert total == goods + charge == pence(order["captured"])
    assert pence(order["delivery"]["gross"]) == charge
    assert sum(pence(line["gross"]) - pence(line["discount"]) for line in order["lines"]) == goods
    for line in order["lines"]:
        rate = line["vat_basis_points"]
        exact = pence(line["gross"]) * rate / (10_000 + rate)
        assert abs(pence(line["vat"]) - exact) <= 0.5
    assert (await whole_shop.money(intent))["captured"] == total
    vat = sum(pence(line["vat"]) for line in order["lines"]) + pence(order["delivery"]["vat"])

    async def booked() -> bool:
        assert await _booked(whole_shop, order) == {"stripe_balance": total, "vat_output": -vat, "sales": vat - total}
        return True

    await async_eventually(booked)

    # Given back in odd parts, nothing is left under any rate.
    path = f"/v1/admin/orders/{order['id']}/refunds"
    for part in (1, 3_33, 10_07):
        asked = {"amount": gbp(part), "reason": "goodwill"}
        assert (await whole_shop.staff.decided("POST", path, asked)).status_code == 201
    rest = {"amount": gbp(total - 13_41), "reason": "goodwill"}
    assert (await whole_shop.staff.decided("POST", path, rest)).status_code == 201
    await whole_shop.until_money(intent, refunded=total)

    async def all_back() -> bool:
        return not any((await _booked(whole_shop, order)).values())

    await async_eventually(all_back)
    by_rate: list[Any] = whole_shop.rows(
        "SELECT DISTINCT sum(amount_minor)::bigint FROM ledger_entries WHERE payment_id = %s"
        " GROUP BY account, vat_basis_points",
        order["payment_id"],
    )
    assert by_rate == [(0,)]


async def _booked(whole_shop: WholeShop, order: Json) -> dict[str, int]:
    query = "SELECT account, sum(amount_minor)::bigint FROM ledger_entries WHERE payment_id = %s GROUP BY account"
    return dict(whole_shop.rows(query, order["payment_id"]))
