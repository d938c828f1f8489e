"""Money that others move: refunds and captures in Stripe's dashboard, disputes, and what the order may do meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from ops import audit
from ops.shoppers import Answer, Shopper
from tests.scenarios.shop import Json, WholeShop, code, gbp, pence, played
from tests.waiting import async_eventually

REASON = {"reason": "changed_mind"}
TOTAL = 20_00


async def paid(whole_shop: WholeShop, sku: str) -> tuple[Shopper, str, str]:
    """A shopper with a paid order of £20; its intent and its path."""
    shopper, order = await whole_shop.buys({sku: 1})
    return shopper, whole_shop.intent_of(shopper), f"/v1/orders/{order['id']}"


async def cancels(shopper: Shopper, path: str) -> Answer:
    return await shopper.decided("POST", f"{path}/cancel", REASON)


async def advances(whole_shop: WholeShop, path: str, status: str) -> Answer:
    return await whole_shop.staff.decided("POST", path.replace("/v1/", "/v1/admin/") + "/advance", {"status": status})


async def until_order(shopper: Shopper, path: str, **wanted: Any) -> Json:
    async def so() -> Json:
        seen = dict((await shopper.call("GET", path)).raise_for_status().json())
        assert {name: seen[name] for name in wanted} == wanted
        return seen

    return await async_eventually(so)


def settled_audit(whole_shop: WholeShop) -> None:
    """The books of a shop at rest, compared with Stripe's. Nothing waits for a shopper in these scenarios."""
    settings = whole_shop.settings
    verdict = audit.run(settings, postgres=True, settled=True, stripe=settings.stripe)
    assert verdict.ok, verdict.witnesses


@played
async def test_a_cancel_during_a_dashboard_refund_gives_back_what_is_left(whole_shop: WholeShop) -> None:
    """500 of 2 000 refunded in the dashboard, its webhook late or never told: the cancel sends back the other 1 500."""
    sku = await whole_shop.sells(5, price=TOTAL)

    async def story(manner: Json) -> None:
        shopper, intent, path = await paid(whole_shop, sku)
        await whole_shop.orders_misbehaviour(shopper, types=["refund.*", "charge.refund*"], webhooks=manner)
        await whole_shop.double("POST", "refunds", {"payment_intent": intent, "amount": 5_00})
        assert (await cancels(shopper, path)).status_code == 200
        await whole_shop.until_money(intent, captured=TOTAL, refunded=TOTAL)
        await until_order(
            shopper, path, status="cancelled", captured=gbp(TOTAL), refunded=gbp(TOTAL), refund_pending=gbp(0),
            refund_owed=gbp(0),
        )  # fmt: skip
        calls = await whole_shop.double("GET", f"requests?operation=refunds.create&intent={intent}")
        asked = [one["idempotency_key"] for one in calls["requests"]]
        assert len(set(asked)) == len(asked) == 2, "asked for all, then for the rest, each under a key of its own"

    await asyncio.gather(story({"late": {"seconds": 4}}), story({"never": True}))
    await whole_shop.staff.until_stock(sku, 5)
    settled_audit(whole_shop)


@played
async def test_a_disputed_order_is_held_until_it_is_won_or_its_loss_is_booked(whole_shop: WholeShop) -> None:
    """Opened: no cancel, no picking, no refund, and it shows; won: it goes on; lost: booked, and its goods stay."""
    sku = await whole_shop.sells(5, price=TOTAL)
    bought = [await paid(whole_shop, sku) for _ in range(2)]
    await whole_shop.staff.until_stock(sku, 3)
    for shopper, intent, path in bought:
        repeated = {"repeat": {"times": 3}, "reorder": True}
        await whole_shop.orders_misbehaviour(shopper, types=["charge.dispute.*"], times=9, webhooks=repeated)
        dispute = await whole_shop.double("POST", "disputes", {"payment_intent": intent})
        shown = {"status": "needs_response", "disputed": gbp(TOTAL), "lost": gbp(0)}
        await until_order(shopper, path, status="confirmed", dispute=shown)
        refused = await cancels(shopper, path)
        assert code(refused) == (409, "order_disputed")
        assert refused.json()["reason"] == "disputed"
        assert code(await advances(whole_shop, path, "picking")) == (409, "order_disputed")
        body = {"amount": gbp(1_00), "reason": "goodwill"}
        refund = await whole_shop.staff.decided("POST", path.replace("/v1/", "/v1/admin/") + "/refunds", body)
        assert code(refund) == (409, "payment_disputed")
        shopper.checkout["dispute"] = dispute["id"]
    assert await whole_shop.available(sku) == 3, "nothing was put on sale again"
    (winner, _, won), (loser, intent, lost) = bought
    await whole_shop.double("POST", f"disputes/{winner.checkout['dispute']}/move", {"status": "won"})
    await until_order(winner, won, dispute={"status": "won", "disputed": gbp(0), "lost": gbp(0)})
    await whole_shop.advance(won.rpartition("/")[2], "picking", "packed", "despatched")

    await whole_shop.double("POST", f"disputes/{loser.checkout['dispute']}/move", {"status": "lost"})
    await until_order(loser, lost, dispute={"status": "lost", "disputed": gbp(0), "lost": gbp(TOTAL)})
    assert code(await advances(whole_shop, lost, "picking")) == (409, "order_refunded")
    payment_id = (await loser.call("GET", lost)).json()["payment_id"]
    booked = "SELECT account, sum(amount_minor)::bigint FROM ledger_entries WHERE payment_id = %s GROUP BY account"
    books = dict(whole_shop.rows(booked, payment_id))
    fee = (await whole_shop.money(intent))["dispute_fees"]
    assert (books["stripe_balance"], books["dispute_losses"], books["dispute_fees"]) == (-fee, TOTAL, fee)
    assert books["disputed_funds"] == 0
    assert (await cancels(loser, lost)).status_code == 200, "its unit is for sale again"
    await whole_shop.staff.until_stock(sku, 4)
    settled_audit(whole_shop)


@played
async def test_captures_by_hand_and_captures_under_way_are_facts_of_the_order_too(whole_shop: WholeShop) -> None:
    """A cancel during a slow capture, and 700 captured in the dashboard before ours: the order says how both ended."""
    sku = await whole_shop.sells(5, price=TOTAL)

    async def slow_capture() -> None:
        shopper = await whole_shop.ready_to_pay(sku)
        intent = whole_shop.intent_of(shopper)
        slow = {"latency_after_seconds": 4}
        await whole_shop.orders_misbehaviour(shopper, operation="payment_intents.capture", api=slow)
        await whole_shop.orders_misbehaviour(
            shopper, types=["payment_intent.succeeded"], webhooks={"late": {"seconds": 5}}
        )
        await shopper.pay()
        path = f"/v1/orders/{shopper.checkout['order_id']}"

        async def placed() -> bool:
            return (await shopper.call("GET", path)).status_code == 200

        await async_eventually(placed)
        assert (await cancels(shopper, path)).status_code == 200
        await whole_shop.until_money(intent, captured=TOTAL, refunded=TOTAL)
        await until_order(shopper, path, status="cancelled", captured=gbp(TOTAL), refunded=gbp(TOTAL))

    async def part_by_hand() -> None:
        shopper = await whole_shop.ready_to_pay(sku)
        intent = whole_shop.intent_of(shopper)
        outage = {"status": 503}  # our capture has to wait, and the dashboard is quicker
        await whole_shop.orders_misbehaviour(shopper, operation="payment_intents.capture", api=outage, times=3)
        await whole_shop.orders_misbehaviour(shopper, types=["payment_intent.*"], webhooks={"late": {"seconds": 0.5}})
        await shopper.pay()
        await whole_shop.double("POST", f"payment_intents/{intent}/capture", {"amount": 7_00})
        assert (await shopper.finished())["status"] == "failed"
        await whole_shop.until_money(intent, captured=7_00, refunded=7_00)
        path = f"/v1/orders/{shopper.checkout['order_id']}"
        if (await shopper.call("GET", path)).status_code == 200:
            await until_order(shopper, path, status="cancelled", captured=gbp(7_00), refunded=gbp(7_00))

    async def all_by_hand() -> None:
        shopper = await whole_shop.ready_to_pay(sku)
        await whole_shop.orders_misbehaviour(shopper, types=["payment_intent.*"], webhooks={"late": {"seconds": 0.5}})
        await shopper.pay()
        await whole_shop.double("POST", f"payment_intents/{whole_shop.intent_of(shopper)}/capture", {})
        assert (await shopper.finished())["status"] == "completed"
        order = await shopper.order()
        assert (order["status"], pence(order["captured"]), pence(order["refunded"])) == ("confirmed", TOTAL, 0)

    await asyncio.gather(slow_capture(), part_by_hand(), all_by_hand())
    await whole_shop.staff.until_stock(sku, 4)
    settled_audit(whole_shop)


@played
async def test_an_order_refunded_in_full_goes_no_further_and_a_part_blocks_nothing(whole_shop: WholeShop) -> None:
    """By us or in the dashboard, whole: picking, packing, despatch are refused, and it can still be ended."""
    sku = await whole_shop.sells(5, price=TOTAL)

    async def whole(*, by_hand: bool, first: tuple[str, ...], then: str) -> None:
        shopper, intent, path = await paid(whole_shop, sku)
        await whole_shop.advance(path.rpartition("/")[2], *first)
        if by_hand:
            await whole_shop.double("POST", "refunds", {"payment_intent": intent})
            await until_order(shopper, path, refunded=gbp(TOTAL))
        else:
            body = {"amount": gbp(TOTAL), "reason": "goodwill"}
            refunds = path.replace("/v1/", "/v1/admin/") + "/refunds"
            assert (await whole_shop.staff.decided("POST", refunds, body)).status_code == 201
            await until_order(shopper, path, refunded=gbp(TOTAL), refund_pending=gbp(0))
        refused = await advances(whole_shop, path, then)
        assert code(refused) == (409, "order_refunded")
        assert refused.json()["reason"] == "refunded"
        assert (await cancels(shopper, path)).status_code == 200

    async def part() -> None:
        shopper, intent, path = await paid(whole_shop, sku)
        await whole_shop.double("POST", "refunds", {"payment_intent": intent, "amount": TOTAL - 1})
        await until_order(shopper, path, refunded=gbp(TOTAL - 1))
        await whole_shop.advance(path.rpartition("/")[2], "picking", "packed", "despatched", "delivered")

    await asyncio.gather(
        whole(by_hand=False, first=(), then="picking"),
        whole(by_hand=True, first=("picking",), then="packed"),
        whole(by_hand=True, first=("picking", "packed"), then="despatched"),
        part(),
    )
    await whole_shop.staff.until_stock(sku, 4)
    settled_audit(whole_shop)
