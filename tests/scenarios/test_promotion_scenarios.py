"""Promotions: limits under a race, what changed while in the cart, pennies, orders of nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from typing import Any

from ops.shoppers import Shopper
from tests.scenarios.shop import Json, WholeShop, code, gbp, pence, played
from tests.waiting import async_eventually


async def promotes(whole_shop: WholeShop, basis_points: int = 1_000, **more: Any) -> tuple[str, str]:
    """A promotion with a code; returns its id and the code."""
    name, text = f"P-{secrets.token_hex(4)}", f"C{secrets.token_hex(4)}".upper()
    body = {
        "title": "Off", "rule": {"kind": "percentage", "basis_points": basis_points}, "target": {"kind": "basket"},
        "code": text,
    } | more  # fmt: skip
    (await whole_shop.staff.decided("PUT", f"/v1/admin/promotions/{name}", body)).raise_for_status()
    return name, text


async def coded(whole_shop: WholeShop, lines: dict[str, int], *codes: str) -> Shopper:
    """A shopper whose cart has these lines and codes."""
    shopper = await whole_shop.shopper_with(lines)
    for each in codes:
        path = f"/v1/carts/{shopper.cart['id']}/codes/{each}"
        shopper.cart |= (await shopper.decided("PUT", path)).raise_for_status().json()
    return shopper


async def standing(whole_shop: WholeShop, name: str) -> Json:
    return dict((await whole_shop.staff.call("GET", f"/v1/admin/promotions/{name}")).json()["standing"])


async def until_used(whole_shop: WholeShop, name: str, redeemed: int) -> None:
    async def so() -> bool:
        seen = await standing(whole_shop, name)
        assert (seen["reserved"], seen["redeemed"]) == (0, redeemed)
        return True

    await async_eventually(so)


@played
async def test_scenario_18_of_fifty_checkouts_that_race_for_ten_uses_ten_get_them(whole_shop: WholeShop) -> None:
    sku, (name, text) = await whole_shop.sells(100), await promotes(whole_shop, limits={"uses": 10})
    shoppers = await asyncio.gather(*(coded(whole_shop, {sku: 1}, text) for _ in range(50)))
    answers: Counter[str] = Counter()

    async def buys(shopper: Shopper) -> None:
        begun = await whole_shop.begins(shopper)
        if begun.is_success and (await shopper.payable())["status"] != "failed":
            await shopper.pay()
        if begun.is_success:
            done = await shopper.finished()
            answers[done["failure"] or done["status"]] += 1
            return
        assert code(begun) == (409, "cart_changed"), begun.text
        assert begun.json()["current_total"] == gbp(60_00)
        assert begun.json()["promotions"][0]["reason"] == "used_up"
        answers["cart_changed"] += 1

    await asyncio.gather(*map(buys, shoppers))
    assert answers == {"completed": 10, "cart_changed": 40}
    await until_used(whole_shop, name, 10)
    whole_shop.audit()


@played
async def test_scenario_18_a_use_comes_back_when_its_checkout_is_given_up(whole_shop: WholeShop) -> None:
    sku, (name, text) = await whole_shop.sells(2), await promotes(whole_shop, limits={"uses": 1})
    first = await coded(whole_shop, {sku: 1}, text)
    await whole_shop.may_pay(first)
    assert (await standing(whole_shop, name))["reserved"] == 1
    (await first.decided("DELETE", f"/v1/checkouts/{first.checkout['id']}")).raise_for_status()
    await until_used(whole_shop, name, 0)
    second = await coded(whole_shop, {sku: 1}, text)
    await whole_shop.may_pay(second)
    await second.pay()
    assert (await second.finished())["status"] == "completed"
    assert (await second.order())["total"] == gbp(54_00)
    await until_used(whole_shop, name, 1)
    whole_shop.audit()


@played
async def test_scenario_20_a_promotion_that_ends_while_in_the_cart_is_told_with_the_new_total(
    whole_shop: WholeShop,
) -> None:
    sku, (name, text) = await whole_shop.sells(), await promotes(whole_shop)
    shopper = await coded(whole_shop, {sku: 1}, text)
    shown = shopper.cart["delivery"]["collect"]["total"]
    assert shown == gbp(54_00)
    (await whole_shop.staff.decided("DELETE", f"/v1/admin/promotions/{name}")).raise_for_status()
    refused = await whole_shop.begins(shopper, total=shown)
    assert (code(refused), refused.json()["current_total"]) == ((409, "cart_changed"), gbp(60_00))
    cart = (await shopper.call("GET", f"/v1/carts/{shopper.cart['id']}")).json()
    assert [each["explanation"] for each in cart["promotions"]] == ["not applied: it has ended"]
    shopper.cart |= cart
    assert (await whole_shop.begins(shopper)).status_code == 201


@played
async def test_scenario_20_a_price_that_changes_while_in_the_cart_is_told_by_line(whole_shop: WholeShop) -> None:
    sku, other = await whole_shop.sells(), await whole_shop.sells()
    shopper = await whole_shop.shopper(sku, other)
    body = shopper.request("collect") | {
        "expected_lines": [{"sku": line["sku"], "total": line["total"]} for line in shopper.cart["lines"]]
    }
    await whole_shop.staff.price(sku, "Blue vase", 61_00)
    refused = await shopper.decided("POST", "/v1/checkouts", body)
    assert code(refused) == (409, "cart_changed")
    assert refused.json()["current_total"] == gbp(121_00)
    assert refused.json()["differences"] == [{"sku": sku, "shown": gbp(60_00), "now": gbp(61_00)}]


@played
async def test_scenario_32_pennies_of_mixed_vat_under_a_discount_add_up_to_what_stripe_takes(
    whole_shop: WholeShop,
) -> None:
    vase, book = await whole_shop.sells(price=3_33), await whole_shop.sells(price=3_33, vat=0)
    seat = await whole_shop.sells(price=3_34, vat=500)
    _, text = await promotes(whole_shop)
    shopper = await coded(whole_shop, {vase: 1, book: 1, seat: 1}, text)
    await whole_shop.may_pay(shopper, delivery="standard")
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    order = await shopper.order()
    off = sum(pence(line["discount"]) for line in order["lines"])
    assert off == pence(order["promotions"][0]["goods"]) == 1_00
    paid = sum(pence(line["paid"]) for line in order["lines"]) + pence(order["delivery"]["paid"])
    assert paid == pence(order["total"]) == 9_00 + 3_95
    assert (await whole_shop.money(whole_shop.intent_of(shopper)))["captured"] == paid
    assert order["vat_rounding"] == "vatrec12010_line_nearest"
    whole_shop.audit()


@played
async def test_scenario_39_half_and_ten_pounds_on_fifteen_never_go_below_zero(whole_shop: WholeShop) -> None:
    sku = await whole_shop.sells(price=15_00)
    _, half = await promotes(whole_shop, 5_000, priority=2)
    ten = {"kind": "amount", "amount": gbp(10_00)}
    _, amount = await promotes(whole_shop, rule=ten, priority=1)
    shopper = await coded(whole_shop, {sku: 1}, amount, half)
    assert shopper.cart["goods_total"] == gbp(0)
    assert [pence(each["discount"]) for each in shopper.cart["promotions"]] == [7_50, 7_50]


@played
async def test_scenario_40_twice_the_price_of_the_delivery_takes_nothing_from_the_goods(whole_shop: WholeShop) -> None:
    sku = await whole_shop.sells(price=20_00)
    _, text = await promotes(whole_shop, 20_000, target={"kind": "delivery"})
    shopper = await coded(whole_shop, {sku: 1}, text)
    standard = shopper.cart["delivery"]["standard"]
    assert (standard["charge"], standard["discount"], standard["total"]) == (gbp(0), gbp(3_95), gbp(20_00))
    path = f"/v1/carts/{shopper.cart['id']}/codes/{text}"
    shopper.cart |= (await shopper.decided("DELETE", path)).raise_for_status().json()
    assert shopper.cart["delivery"]["standard"]["total"] == gbp(23_95)


@played
async def test_scenario_42_a_line_of_a_discounted_basket_is_paid_back_at_what_was_paid_for_it(
    whole_shop: WholeShop,
) -> None:
    sku, (_, text) = await whole_shop.sells(), await promotes(whole_shop)
    shopper = await coded(whole_shop, {sku: 2}, text)
    await whole_shop.may_pay(shopper)
    await shopper.pay()
    assert (await shopper.finished())["status"] == "completed"
    order = await shopper.order()
    path = f"/v1/admin/orders/{order['id']}/refunds"
    body = {"lines": [{"sku": sku, "quantity": 1}], "reason": "faulty"}
    refunded = await whole_shop.staff.decided("POST", path, body)
    assert (refunded.status_code, refunded.json()["amount"]) == (201, gbp(54_00))
    await whole_shop.until_money(whole_shop.intent_of(shopper), refunded=54_00)


@played
async def test_an_order_of_nothing_is_placed_without_stripe(whole_shop: WholeShop) -> None:
    sku, (name, text) = await whole_shop.sells(1), await promotes(whole_shop, 10_000, limits={"uses_per_customer": 1})
    shopper = await coded(whole_shop, {sku: 1}, text)
    begun = await whole_shop.begins(shopper)
    assert (begun.status_code, begun.json()["total"], begun.json()["client_secret"]) == (201, gbp(0), None)
    assert (await shopper.finished())["status"] == "completed"
    order = await shopper.order()
    assert (order["status"], order["total"], order["captured"]) == ("confirmed", gbp(0), gbp(0))
    await until_used(whole_shop, name, 1)
    other = await whole_shop.sells(1)
    again = await whole_shop.begins(await coded(whole_shop, {other: 1}, text))
    assert code(again) == (409, "cart_changed")
    assert again.json()["promotions"][0]["reason"] == "customer_limit"
    cancelled = await shopper.decided("POST", f"/v1/orders/{order['id']}/cancel", {})
    assert cancelled.is_success, cancelled.text
    await whole_shop.staff.until_stock(sku, 1)
    whole_shop.audit()


@played
async def test_totals_that_no_card_can_pay_are_told_with_what_to_do(whole_shop: WholeShop) -> None:
    cheap, dear = await whole_shop.sells(price=29), await whole_shop.sells(price=99_999_999)
    small = await whole_shop.begins(await whole_shop.shopper(cheap))
    assert code(small) == (409, "total_too_small")
    assert "30p" in small.json()["detail"]
    large = await whole_shop.begins(await whole_shop.shopper_with({dear: 2}))
    assert code(large) == (409, "total_too_large")
    assert "Order in two" in large.json()["detail"]
