"""Promotions in a checkout: what the total rests on, what is given back, what is free, what no card can pay."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from schemas.checkout.messages import CheckoutFailure, CheckoutStep
from schemas.checkout.rules import PAYABLE_MAX_MINOR
from schemas.checkout.uses import LineDifference, Proposal, ProposedUse, RefusedUse, ShownLine
from schemas.orders.messages import CancelOrder, OrderPlaced, OrderStatus
from schemas.payments.messages import RequestPayment
from schemas.promotions.messages import SetPromotion, StopPromotion, UseExpired, UseRefused
from schemas.promotions.terms import NotApplied, Rule, RuleKind, Target, TargetKind
from streams.runtime.decider import refusal_of
from tests.cases import every
from tests.seeds import some
from tests.shop import CODE, PATIENCE_MS, PRICE, TENTH_OFF, Shop
from tests.unit.checkout import examples as w

HALF = replace(TENTH_OFF, rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=5_000))
ALL = replace(TENTH_OFF, rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=10_000))
SEEDS = range(some(20))


def shop_with(*, units: int = 10, price: int = PRICE, seed: int = 1) -> Shop:
    shop = Shop(seed)
    shop.sells("VASE", price=price)
    shop.receives("VASE", units)
    shop.cart("cart", {"VASE": 1})
    return shop


def test_the_order_carries_what_was_taken_off_each_line_and_why() -> None:
    shop = shop_with()
    shop.sells("BOOK", price=10_00, vat=0)
    shop.receives("BOOK", 1)
    shop.cart("two", {"VASE": 1, "BOOK": 1})
    checkout = shop.buy("two", 63_00, promotions=(shop.promotes(),))
    assert checkout.step is CheckoutStep.COMPLETED
    [order] = shop.rooms.of(OrderPlaced)
    assert [(line.sku, line.discount_minor, line.vat_minor) for line in order.lines] == [
        ("BOOK", 1_00, 0), ("VASE", 6_00, 9_00),
    ]  # fmt: skip
    [applied] = order.promotions
    assert (applied.promotion_id, applied.goods_minor, applied.code) == ("spring", 7_00, CODE)
    assert applied.explanation == "£7.00 off: 10 % off the basket, with the code SPRING"
    assert order.vat_rounding
    shop.audit()


@every("seed", SEEDS)
def test_scenario_18_of_fifty_checkouts_ten_get_the_code(seed: int) -> None:
    shop = Shop(seed)
    shop.sells("VASE")
    shop.receives("VASE", 100)
    promotion = shop.promotes(uses=10)
    for number in range(50):
        shop.cart(f"cart-{number}", {"VASE": 1})
    ids = [shop.start(f"cart-{number}", PRICE * 9 // 10, promotions=(promotion,)) for number in range(50)]
    shop.rooms.run(patience_ms=PATIENCE_MS)
    ends = [shop.checkout(each) for each in ids]
    assert sum(each.step is CheckoutStep.COMPLETED for each in ends) == 10
    for each in ends:
        if each.step is not CheckoutStep.COMPLETED:
            assert (each.failure, each.current_total_minor) == (CheckoutFailure.CART_CHANGED, PRICE)
            assert [one.reason for one in each.not_applied] == [NotApplied.USED_UP]
    shop.audit()


def test_scenario_18_a_use_comes_back_when_its_checkout_fails() -> None:
    shop = shop_with(units=0)
    promotion = shop.promotes(uses=1)
    assert shop.buy("cart", PRICE * 9 // 10, promotions=(promotion,)).failure is CheckoutFailure.INSUFFICIENT_STOCK
    shop.receives("VASE", 1)
    again = shop.buy("cart", PRICE * 9 // 10, name="again", promotions=(promotion,))
    assert again.step is CheckoutStep.COMPLETED
    shop.audit()


def test_scenario_20_what_changed_meanwhile_is_told_with_the_new_total_and_nothing_is_kept() -> None:
    shop = shop_with()
    promotion = shop.promotes()
    shop.rooms.send(SetPromotion(promotion_id="spring", terms=HALF))
    checkout = shop.buy("cart", PRICE * 9 // 10, promotions=(promotion,))
    assert (checkout.failure, checkout.current_total_minor) == (CheckoutFailure.CART_CHANGED, 30_00 + 3_95)
    assert checkout.not_applied == ()
    shop.rooms.send(StopPromotion(promotion_id="spring"))
    checkout = shop.buy("cart", 30_00 + 3_95, name="again", promotions=(promotion,))
    assert (checkout.failure, checkout.current_total_minor) == (CheckoutFailure.CART_CHANGED, PRICE)
    assert checkout.not_applied == (RefusedUse(promotion_id="spring", code=CODE, reason=NotApplied.STOPPED),)
    shop.audit()


def test_a_promotion_that_is_not_for_this_basket_is_told_so_even_when_the_total_is_the_same() -> None:
    shop = shop_with()
    terms = replace(TENTH_OFF, target=Target(kind=TargetKind.SKUS, skus=("BOOK",)))
    checkout = shop.buy("cart", PRICE, promotions=(shop.promotes(terms=terms),))
    assert checkout.failure is CheckoutFailure.CART_CHANGED
    assert [each.reason for each in checkout.not_applied] == [NotApplied.NOTHING_TO_TAKE_OFF]
    shop.audit()


def test_the_lines_that_differ_from_what_was_shown_are_named() -> None:
    shown = (ShownLine(sku="BOOK", total_minor=20_00), ShownLine(sku="CARD", total_minor=1_00))
    begun = w.start(expected_total_minor=1, proposal=Proposal(shown=shown))
    state, events, _ = w.run(w.CHECKOUT.initial, begun, w.LOCKED, w.price("BOOK", w.BOOK), w.price("VASE", w.VASE))
    assert (
        state.differences
        == events[-1].differences
        == (
            LineDifference(sku="CARD", shown_minor=1_00, now_minor=None),
            LineDifference(sku="VASE", shown_minor=None, now_minor=60_00),
        )
    )


def test_what_the_edge_knew_to_be_over_is_told_when_the_total_is_another_and_else_of_no_interest() -> None:
    over = RefusedUse(promotion_id="spring", code=CODE, reason=NotApplied.ENDED, since=1)
    for total, told in ((w.TOTAL, ()), (w.TOTAL - 1, (over,))):
        begun = w.start(expected_total_minor=total, proposal=Proposal(withheld=(over,)))
        prices = (w.price("BOOK", w.BOOK), w.price("VASE", w.VASE))
        assert w.run(w.CHECKOUT.initial, begun, w.LOCKED, *prices)[0].not_applied == told


def test_that_a_promotion_is_not_to_be_had_is_no_refusal_of_the_checkout() -> None:
    proposal = Proposal(promotions=(ProposedUse(promotion_id="spring"),))
    asked, _, _ = w.run(w.CHECKOUT.initial, w.start(proposal=proposal), w.LOCKED)
    denied = UseRefused(promotion_id="spring", command="ReserveUse", reason=NotApplied.USED_UP, answer_to=w.HERE)
    _, events, _ = w.run(asked, denied)
    assert (w.names(events), refusal_of(events)) == (["CheckoutUseDenied"], "")


def test_a_reservation_that_is_over_ends_its_checkout() -> None:
    shop = shop_with()
    checkout_id = shop.start("cart", PRICE * 9 // 10, promotions=(shop.promotes(),))
    shop.rooms.instead = lambda command: [] if isinstance(command, RequestPayment) else None
    shop.rooms.run()
    assert shop.checkout(checkout_id).step is CheckoutStep.PREPARING_PAYMENT
    shop.rooms.send(
        UseExpired(
            promotion_id="spring", checkout_id=checkout_id, answer_to=f"checkout/{checkout_id}",
            after=shop.rooms.state("promotions", "spring").head.standing,
        )
    )  # fmt: skip
    shop.rooms.run(patience_ms=PATIENCE_MS)
    assert shop.checkout(checkout_id).failure is CheckoutFailure.PROMOTION_LOST
    shop.audit()


# --- what is free, and what no card can pay ---


@every("seed", SEEDS)
def test_an_order_of_nothing_is_placed_without_the_provider(seed: int) -> None:
    shop = shop_with(seed=seed)
    promotion = shop.promotes(terms=ALL, uses=1)
    checkout = shop.buy("cart", 0, method="collect", promotions=(promotion,))
    assert checkout.step is CheckoutStep.COMPLETED
    assert not shop.provider.intents
    [order] = shop.rows("orders")
    assert (order.status, order.total_minor) == (OrderStatus.CONFIRMED, 0)
    shop.rooms.send(CancelOrder(order_id=order.order_id, reason="changed_mind"))
    shop.rooms.run()
    assert (shop.on_hand("VASE"), shop.rows("payments")) == (10, [])
    shop.audit()


def test_goods_that_cost_nothing_need_no_promotion() -> None:
    shop = shop_with(price=0)
    assert shop.buy("cart", 0, method="collect").step is CheckoutStep.COMPLETED
    shop.audit()


@every("seed", SEEDS)
def test_a_free_order_that_cannot_be_had_gives_everything_back(seed: int) -> None:
    shop = shop_with(seed=seed, units=1)
    promotion = shop.promotes(terms=ALL)
    shop.cart("other", {"VASE": 1})
    ids = [shop.start(cart, 0, method="collect", promotions=(promotion,)) for cart in ("cart", "other")]
    shop.rooms.run(patience_ms=PATIENCE_MS)
    ends = [shop.checkout(each) for each in ids]
    assert sorted(each.step for each in ends) == [CheckoutStep.COMPLETED, CheckoutStep.FAILED]
    shop.audit()


@pytest.mark.parametrize(
    ("price", "failure"),
    [
        (1, CheckoutFailure.TOTAL_TOO_SMALL),
        (29, CheckoutFailure.TOTAL_TOO_SMALL),
        (30, None),
        (PAYABLE_MAX_MINOR, None),
    ],
)
def test_what_no_card_can_be_charged_with_is_refused_before_anything_is_held(
    price: int, failure: CheckoutFailure | None
) -> None:
    shop = shop_with(price=price)
    checkout = shop.buy("cart", price, method="collect")
    assert checkout.failure is failure
    assert bool(shop.provider.intents) is (failure is None)
    shop.audit()


def test_more_than_a_card_can_be_charged_with_is_refused() -> None:
    shop = shop_with(price=PAYABLE_MAX_MINOR)
    shop.cart("two", {"VASE": 2})
    checkout = shop.buy("two", 2 * PAYABLE_MAX_MINOR)
    assert checkout.failure is CheckoutFailure.TOTAL_TOO_LARGE
    assert checkout.current_total_minor == 2 * PAYABLE_MAX_MINOR
    shop.audit()


def test_without_promotions_nobody_is_asked_for_any() -> None:
    _, _, sent = w.run(w.at_step(CheckoutStep.LOCKING), w.LOCKED)
    assert w.names(sent) == ["QuotePrice", "QuotePrice"]
