"""What shoppers of other shops suffered, and what happens here instead. All rooms are real; the provider is a fake."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.cart.messages import CartLine, CartLockLost, CartRefused, SetCartLine
from schemas.checkout.messages import CancelCheckout, CheckoutFailure, CheckoutHeld, CheckoutStep
from schemas.inventory.holds import ExpireHolds, HoldStock, StockHeld
from schemas.inventory.messages import AdjustmentReason, AdjustStock, StockRefusal, StockRefused
from schemas.orders.messages import OrderPlaced
from schemas.payments.messages import CaptureRequested, RecordStripeEvent
from schemas.record import Record
from tests.cases import every
from tests.fake_provider import Shopper
from tests.seeds import some
from tests.shop import PATIENCE_MS, PRICE, Shop

SEEDS = range(some(50))


def shop_with(seed: int, *, shoppers: tuple[Shopper, ...] = (Shopper.PAYS,), **stock: int) -> Shop:
    shop = Shop(seed, shoppers=shoppers)
    for sku, units in stock.items():
        shop.sells(sku)
        if units:
            shop.receives(sku, units)
    return shop


def test_two_lines_and_a_delivery_become_an_order_that_is_paid() -> None:
    shop = shop_with(1, VASE=1)
    shop.sells("BOOK", price=10_00, vat=0)
    shop.receives("BOOK", 5)
    shop.cart("cart", {"VASE": 1, "BOOK": 2})
    assert shop.buy("cart", 80_00).step is CheckoutStep.COMPLETED
    assert (shop.on_hand("VASE"), shop.on_hand("BOOK")) == (0, 3)
    shop.audit()


@every("seed", SEEDS)
def test_scenario_3_a_vase_and_a_set_with_that_vase_are_one_demand(seed: int) -> None:
    shop = shop_with(seed, VASE=1)
    shop.sells("SET", parts={"VASE": 1})
    shop.cart("cart", {"VASE": 1, "SET": 1})
    checkout = shop.buy("cart", 2 * PRICE)
    assert checkout.failure is CheckoutFailure.INSUFFICIENT_STOCK
    assert [(line.sku, line.requested, line.available) for line in checkout.missing] == [("VASE", 2, 1)]
    shop.audit()


@every("seed", SEEDS)
def test_scenario_4_nothing_is_held_of_a_basket_that_cannot_be_had_whole(seed: int) -> None:
    shop = shop_with(seed, A=10, B=0)
    shop.cart("cart", {"A": 10, "B": 1})
    checkout = shop.start("cart", 11 * PRICE)
    shop.rooms.run()  # no timer has fired: the undo alone gave everything back
    assert shop.checkout(checkout).failure is CheckoutFailure.INSUFFICIENT_STOCK
    assert not shop.provider.intents
    shop.audit()


@every("seed", SEEDS)
def test_scenario_5_two_baskets_in_opposite_order_both_finish(seed: int) -> None:
    shop = shop_with(seed, A=1, B=1)
    shop.cart("one", {"A": 1, "B": 1})
    shop.cart("other", {"B": 1, "A": 1})
    ids = [shop.start(cart, 2 * PRICE) for cart in ("one", "other")]
    shop.rooms.run()
    assert [shop.checkout(each).step for each in ids].count(CheckoutStep.COMPLETED) <= 1
    shop.audit()


@every("seed", SEEDS)
def test_scenario_5_with_enough_for_both_both_are_served(seed: int) -> None:
    shop = shop_with(seed, A=2, B=2)
    shop.cart("one", {"A": 1, "B": 1})
    shop.cart("other", {"B": 1, "A": 1})
    ids = [shop.start(cart, 2 * PRICE) for cart in ("one", "other")]
    shop.rooms.run()
    assert {shop.checkout(each).step for each in ids} == {CheckoutStep.COMPLETED}
    shop.audit()


def test_scenario_6_what_sold_out_in_the_cart_is_refused_before_anybody_is_charged() -> None:
    shop = shop_with(1, A=3, B=1)
    shop.cart("cart", {"A": 1, "B": 1})
    shop.rooms.send(AdjustStock(sku="B", location="warehouse", delta=-1, reason=AdjustmentReason.THEFT))
    shop.received["B"] -= 1
    checkout = shop.buy("cart", 2 * PRICE)
    assert [(line.sku, line.requested, line.available) for line in checkout.missing] == [("B", 1, 0)]
    assert not shop.provider.intents
    shop.audit()


def test_a_line_comes_whole_from_the_first_location_that_has_it() -> None:
    shop = shop_with(1, VASE=1)
    shop.receives("VASE", 1, "popup-soho")
    shop.receives("VASE", 2, "popup-leeds")
    shop.cart("cart", {"VASE": 2})
    assert shop.buy("cart", 2 * PRICE).step is CheckoutStep.COMPLETED
    [order] = shop.rooms.of(OrderPlaced)
    assert [(each.location, each.quantity) for each in order.allocations] == [("popup-leeds", 2)]
    shop.audit()


@every("seed", SEEDS)
def test_scenario_7_a_challenge_extends_the_holds_and_a_late_answer_still_buys(seed: int) -> None:
    shop = shop_with(seed, shoppers=(Shopper.CHALLENGED,), VASE=1)
    shop.cart("cart", {"VASE": 1})
    checkout = shop.start("cart", PRICE)
    shop.rooms.run(patience_ms=14 * 60_000)
    before = shop.checkout(checkout).expires_at
    challenged(shop, checkout, "evt_late")
    shop.rooms.run(patience_ms=10 * 60_000)  # past the first 15 minutes
    assert shop.checkout(checkout).expires_at > before
    authorised(shop, checkout)
    shop.rooms.run(patience_ms=PATIENCE_MS)
    assert shop.checkout(checkout).step is CheckoutStep.COMPLETED
    shop.audit()


@every("seed", SEEDS)
def test_scenario_7_a_challenge_that_is_never_answered_costs_nobody_anything(seed: int) -> None:
    shop = shop_with(seed, shoppers=(Shopper.CHALLENGED,), VASE=1)
    shop.cart("cart", {"VASE": 1})
    assert shop.buy("cart", PRICE).failure is CheckoutFailure.EXPIRED
    shop.audit()


@every("seed", SEEDS)
def test_scenario_7_a_hold_lost_after_the_payment_voids_it_before_any_capture(seed: int) -> None:
    shop = shop_with(seed, shoppers=(Shopper.WALKS_AWAY,), VASE=1)
    shop.cart("cart", {"VASE": 1})
    checkout = shop.start("cart", PRICE)
    shop.rooms.run()
    authorised(shop, checkout)
    shop.rooms.later(ExpireHolds(sku="VASE", location="warehouse", due_at=shop.rooms.now + PATIENCE_MS))
    shop.rooms.run(patience_ms=PATIENCE_MS)
    if shop.checkout(checkout).failure is not None:
        assert shop.checkout(checkout).failure is CheckoutFailure.HOLD_LOST
        assert not shop.rooms.of(CaptureRequested)
    shop.audit()


def test_scenario_20_a_price_that_changed_is_told_with_the_new_total() -> None:
    shop = shop_with(1, VASE=1)
    shop.cart("cart", {"VASE": 1})
    shop.sells("VASE", price=PRICE + 1)
    checkout = shop.buy("cart", PRICE)
    assert (checkout.failure, checkout.current_total_minor) == (CheckoutFailure.CART_CHANGED, PRICE + 1)
    assert not shop.rooms.of(StockHeld)
    shop.audit()
    assert shop.buy("cart", PRICE + 1, name="second").step is CheckoutStep.COMPLETED
    shop.audit()


def test_scenario_20_an_order_keeps_its_prices_for_ever() -> None:
    shop = shop_with(1, VASE=2)
    shop.cart("cart", {"VASE": 1})
    checkout = shop.start("cart", PRICE)
    while not shop.rooms.of(CheckoutHeld):
        shop.rooms.step()
    shop.sells("VASE", price=1)
    shop.rooms.run(patience_ms=PATIENCE_MS)
    order = shop.rooms.state("orders", shop.checkout(checkout).order_id)
    assert (order.total_minor, order.money.captured_minor) == (PRICE, PRICE)


@every("seed", range(some(200)))
def test_scenario_21_what_is_charged_is_what_is_ordered_whenever_a_line_is_added(seed: int) -> None:
    shop = shop_with(seed, A=2, B=2)
    shop.cart("cart", {"A": 1})
    checkout_id = shop.start("cart", PRICE)
    shop.rooms.later(SetCartLine(cart_id="cart", line=CartLine(sku="B", quantity=1)))
    shop.rooms.run(patience_ms=PATIENCE_MS)
    checkout = shop.checkout(checkout_id)
    refused = bool(shop.rooms.of(CartRefused))
    if checkout.step is CheckoutStep.FAILED:
        assert not refused
        assert checkout.failure in (CheckoutFailure.CART_CHANGED, CheckoutFailure.SUPERSEDED)
        shop.audit()
        total = 2 * PRICE
        assert shop.buy("cart", total, name="second").step is CheckoutStep.COMPLETED
    else:
        assert refused  # It came after the seal: the shopper is told, and pays for what they saw.
    shop.audit()


@every("seed", SEEDS)
def test_a_second_checkout_of_a_cart_ends_the_first_and_keeps_no_hold_of_it(seed: int) -> None:
    shop = shop_with(seed, shoppers=(Shopper.WALKS_AWAY,), VASE=1)
    shop.cart("cart", {"VASE": 1})
    first = shop.start("cart", PRICE)
    shop.rooms.run()
    second = shop.start("cart", PRICE, name="second")
    shop.rooms.run()
    assert shop.checkout(first).failure is CheckoutFailure.SUPERSEDED
    assert shop.checkout(second).step in (CheckoutStep.AWAITING_PAYMENT, CheckoutStep.FAILED)
    shop.rooms.send(CancelCheckout(checkout_id=second))
    shop.rooms.run()
    shop.audit()


@every("seed", range(some(200)))
def test_of_two_checkouts_at_once_the_earlier_never_takes_the_hold_of_the_later(seed: int) -> None:
    shop = shop_with(seed, A=1, B=1)
    shop.cart("cart", {"A": 1, "B": 1})
    checkouts = [shop.start("cart", 2 * PRICE, name=name) for name in ("one", "other")]
    shop.rooms.run(patience_ms=PATIENCE_MS)
    ends = {shop.checkout(each).failure for each in checkouts}
    assert ends in ({None, CheckoutFailure.SUPERSEDED}, {None, CheckoutFailure.CART_CLOSED})
    shop.audit()


def test_a_late_hold_of_a_superseded_checkout_is_refused_and_asks_no_other_location() -> None:
    shop = shop_with(1, shoppers=(Shopper.WALKS_AWAY,), VASE=1)
    shop.receives("VASE", 1, "popup-soho")
    shop.cart("cart", {"VASE": 1})
    late: list[Record] = []
    first = shop.start("cart", PRICE)
    shop.rooms.instead = lambda command: late.append(command) or [] if isinstance(command, HoldStock) else None
    shop.rooms.run()
    second = shop.start("cart", PRICE, name="second")
    lost: list[Record] = []
    shop.rooms.instead = lambda command: lost.append(command) or [] if isinstance(command, CartLockLost) else None
    shop.rooms.run()
    shop.rooms.send(*late)
    shop.rooms.run()
    [refused] = shop.rooms.of(StockRefused)
    assert (refused.answer_to, refused.reason) == (f"checkout/{first}", StockRefusal.HOLD_SUPERSEDED)
    assert shop.checkout(first).step is CheckoutStep.HOLDING, "it waits for the cart's word"
    held = [(each.answer_to, each.location) for each in shop.rooms.of(StockHeld)]
    assert held == [(f"checkout/{second}", "warehouse")]
    shop.rooms.instead = lambda _command: None
    shop.rooms.send(*lost)
    shop.rooms.run()
    assert shop.checkout(first).failure is CheckoutFailure.SUPERSEDED
    [hold] = shop.rooms.state("inventory", "VASE@warehouse").holds.values()
    assert hold.answer_to == f"checkout/{second}"


def challenged(shop: Shop, checkout_id: str, event_id: str) -> None:
    shop.rooms.send(webhook(shop, checkout_id, "payment_intent.requires_action", event_id))


def authorised(shop: Shop, checkout_id: str) -> None:
    intent = shop.provider.intents[shop.checkout(checkout_id).payment_id]
    intent.status = "requires_capture"
    event = webhook(shop, checkout_id, "payment_intent.amount_capturable_updated", "evt_authorised")
    shop.rooms.send(replace(event, amount_capturable_minor=intent.amount))


def webhook(shop: Shop, checkout_id: str, kind: str, event_id: str) -> RecordStripeEvent:
    payment_id = shop.checkout(checkout_id).payment_id
    intent = shop.provider.intents[payment_id]
    return RecordStripeEvent(
        payment_id=payment_id,
        stripe_event_id=event_id,
        type=kind,
        intent_id=f"pi_{payment_id}",
        intent_status=intent.status,
    )


def test_a_bundle_of_a_bundle_that_got_past_the_edge_is_refused_by_the_name_of_the_inner_one() -> None:
    shop = Shop()
    shop.sells("VASE")
    shop.receives("VASE", 9)
    shop.sells("SET", parts={"VASE": 1})
    shop.sells("BOX", parts={"SET": 1})
    shop.cart("c", {"BOX": 1})
    checkout = shop.buy("c", PRICE)
    assert checkout.failure is CheckoutFailure.INSUFFICIENT_STOCK
    assert [(line.sku, line.available) for line in checkout.missing] == [("SET", 0)]
    shop.audit()
