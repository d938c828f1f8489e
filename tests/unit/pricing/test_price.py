"""The pricing function: each kind of promotion, what stands in its way, and what holds of any basket and any rules."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.cart.messages import CartLine
from schemas.pricing.basket import Circumstances, Item, Offer, Priced
from schemas.pricing.price import APPLIED_MAX, is_for_delivery, price
from schemas.pricing.vat import net_of_lines, vat_in, vat_shares
from schemas.promotions.terms import (
    BundlePart,
    CodeKind,
    Eligibility,
    NotApplied,
    Rule,
    RuleKind,
    Target,
    TargetKind,
    Terms,
    Tier,
)

BASKET, DELIVERY = Target(kind=TargetKind.BASKET), Target(kind=TargetKind.DELIVERY)


def item(sku: str, quantity: int, pence: int, *, vat: int = 2000, categories: tuple[str, ...] = ()) -> Item:
    return Item(
        line=CartLine(sku=sku, quantity=quantity),
        title=sku,
        unit_price_minor=pence,
        vat_basis_points=vat,
        categories=categories,
    )


def offer(name: str, rule: Rule, target: Target = BASKET, **terms: Any) -> Offer:
    how = {key: terms.pop(key) for key in ("code", "units_max", "refusal") if key in terms}
    return Offer(promotion_id=name, terms=Terms(title=name, rule=rule, target=target, **terms), **how)


def percent(basis_points: int) -> Rule:
    return Rule(kind=RuleKind.PERCENTAGE, basis_points=basis_points)


def amount(minor: int) -> Rule:
    return Rule(kind=RuleKind.AMOUNT, amount_minor=minor)


def off(priced: Priced) -> dict[str, int]:
    return {line.sku: line.discount_minor for line in priced.lines}


def why(priced: Priced) -> dict[str, NotApplied | None]:
    return {each.offer.promotion_id: each.reason for each in priced.considered}


# --- each kind ---


def test_a_percentage_is_taken_of_the_sum_and_spread_over_the_lines() -> None:
    items = [item("A", 1, 3_33), item("B", 1, 3_33, vat=0), item("C", 1, 3_33)]
    priced = price(items, "collect", [offer("ten", percent(1_000))])
    assert off(priced) == {"A": 34, "B": 33, "C": 33}  # of £9.99: 99.9p, to the nearest penny
    assert priced.total_minor == 8_99
    assert [line.vat_minor for line in priced.lines] == [vat_in(2_99, 2000), 0, vat_in(3_00, 2000)]


def test_an_amount_is_no_more_than_its_target() -> None:
    target = Target(kind=TargetKind.SKUS, skus=("B",))
    priced = price([item("A", 1, 20_00), item("B", 2, 2_00)], "collect", [offer("ten", amount(10_00), target)])
    assert off(priced) == {"A": 0, "B": 4_00}


def test_a_category_is_a_target() -> None:
    items = [item("A", 1, 20_00, categories=("vases", "gifts")), item("B", 1, 20_00, categories=("cards",))]
    target = Target(kind=TargetKind.CATEGORIES, categories=("vases",))
    assert off(price(items, "collect", [offer("half", percent(5_000), target)])) == {"A": 10_00, "B": 0}


def test_twice_the_price_of_the_delivery_takes_nothing_from_the_goods_and_its_end_restores_every_charge() -> None:
    """Scenario 40."""
    items = [item("A", 1, 20_00)]
    without, priced = price(items, "standard"), price(items, "standard", [offer("all", percent(20_000), DELIVERY)])
    assert (off(priced), priced.total_minor) == ({"A": 0}, 20_00)
    assert (priced.delivery.gross_minor, priced.delivery.discount_minor, priced.delivery.vat_minor) == (3_95, 3_95, 0)
    assert (without.total_minor, price(items, "standard", [])) == (23_95, without)


def test_free_delivery_may_be_of_one_method() -> None:
    free = offer("free", Rule(kind=RuleKind.FREE_DELIVERY), replace(DELIVERY, methods=("standard",)))
    assert price([item("A", 1, 20_00)], "standard", [free]).total_minor == 20_00
    express = price([item("A", 1, 20_00)], "express", [free])
    assert (express.total_minor, why(express)) == (26_95, {"free": NotApplied.NOTHING_TO_TAKE_OFF})


def test_what_delivery_costs_depends_on_the_goods_after_their_discounts() -> None:
    assert price([item("A", 1, 50_00)], "standard", [offer("penny", amount(1))]).total_minor == 49_99 + 3_95


@pytest.mark.parametrize(("quantity", "free"), [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2)], ids=str)
def test_of_three_the_third_is_free(quantity: int, free: int) -> None:
    rule = Rule(kind=RuleKind.BUY_X_GET_Y, buy=2, get=1, basis_points=10_000)
    priced = price([item("A", quantity, 5_00)], "collect", [offer("3for2", rule)])
    assert off(priced) == {"A": free * 5_00}
    assert sum(each.units for each in priced.applied) == free


def test_the_cheapest_of_each_group_is_the_free_one() -> None:
    rule = Rule(kind=RuleKind.BUY_X_GET_Y, buy=1, get=1, basis_points=10_000)
    items = [item("CHEAP", 1, 1_00), item("DEAR", 2, 9_00), item("MIDDLE", 1, 5_00)]
    # 9 + 9, 5 + 1
    assert off(price(items, "collect", [offer("2for1", rule)])) == {"CHEAP": 1_00, "DEAR": 9_00, "MIDDLE": 0}


def test_a_bundle_of_certain_skus_costs_its_price_and_the_rest_stays_as_it_is() -> None:
    parts = (BundlePart(sku="CARD", quantity=1), BundlePart(sku="VASE", quantity=1))
    rule = Rule(kind=RuleKind.BUNDLE_PRICE, amount_minor=20_00, parts=parts)
    priced = price([item("VASE", 3, 20_00), item("CARD", 2, 5_00)], "collect", [offer("set", rule)])
    assert priced.total_minor == 2 * 20_00 + 20_00
    assert off(priced) == {"CARD": 2_00, "VASE": 8_00}
    dearer = replace(rule, amount_minor=30_00)
    assert price([item("VASE", 1, 20_00), item("CARD", 1, 5_00)], "collect", [offer("set", dearer)]).applied == ()


def test_any_three_cost_their_price() -> None:
    rule = Rule(kind=RuleKind.BUNDLE_PRICE, amount_minor=10_00, buy=3)
    priced = price([item("A", 2, 5_00), item("B", 2, 4_00)], "collect", [offer("any3", rule)])
    assert priced.total_minor == 10_00 + 4_00  # 5 + 5 + 4 for 10


@pytest.mark.parametrize(("pence", "taken"), [(19_99, 0), (20_00, 2_00), (49_99, 2_00), (50_00, 10_00)], ids=str)
def test_the_highest_tier_reached_counts(pence: int, taken: int) -> None:
    tiers = (Tier(from_minor=20_00, amount_minor=2_00), Tier(from_minor=50_00, basis_points=2_000))
    rule = Rule(kind=RuleKind.TIERS, tiers=tiers)
    assert off(price([item("A", 1, pence)], "collect", [offer("tiers", rule)])) == {"A": taken}


def test_no_more_units_are_cheaper_than_may_be_the_dearest_first() -> None:
    items = [item("A", 3, 4_00), item("B", 1, 10_00)]
    priced = price(items, "collect", [offer("flash", percent(5_000), units_max=2)])
    assert (off(priced), priced.applied[0].units) == ({"A": 2_00, "B": 5_00}, 2)
    assert price(items, "collect", [offer("flash", percent(5_000), units_max=0)]).applied == ()


# --- what stands in its way ---


def test_half_and_ten_pounds_on_fifteen_are_applied_in_a_stated_order_and_never_below_zero() -> None:
    """Scenario 39."""
    half, ten = offer("half", percent(5_000), priority=2), offer("ten", amount(10_00), priority=1)
    priced = price([item("A", 1, 15_00)], "collect", [ten, half])
    assert [(each.promotion_id, each.goods_minor) for each in priced.applied] == [("half", 7_50), ("ten", 7_50)]
    assert priced.total_minor == 0
    turned = price([item("A", 1, 15_00)], "collect", [replace(half, terms=replace(half.terms, priority=0)), ten])
    assert [(each.promotion_id, each.goods_minor) for each in turned.applied] == [("ten", 10_00), ("half", 2_50)]


def test_an_exclusive_promotion_is_applied_alone() -> None:
    first, alone = offer("a", percent(1_000)), offer("b", percent(9_000), exclusive=True)
    assert why(price([item("A", 1, 10_00)], "collect", [first, alone])) == {"a": None, "b": NotApplied.NOT_COMBINABLE}
    higher = replace(alone, terms=replace(alone.terms, priority=1))
    priced = price([item("A", 1, 10_00)], "standard", [first, higher, offer("free", percent(10_000), DELIVERY)])
    refused = {each.offer.promotion_id: each.combined_with for each in priced.considered if each.reason}
    assert refused == {"a": "b", "free": "b"}


def test_no_more_are_applied_than_an_order_can_carry() -> None:
    offers = [offer(f"p{number}", amount(1)) for number in range(APPLIED_MAX + 1)]
    priced = price([item("A", 1, 10_00)], "collect", offers)
    assert len(priced.applied) == APPLIED_MAX
    assert priced.considered[-1].reason is NotApplied.NOT_COMBINABLE


def test_of_a_group_one_is_applied() -> None:
    offers = [offer(name, percent(1_000), stack_group="spring") for name in "ab"] + [offer("c", percent(1_000))]
    assert [each.promotion_id for each in price([item("A", 1, 10_00)], "collect", offers).applied] == ["a", "c"]


@pytest.mark.parametrize(
    ("eligibility", "circumstances", "reason"),
    [
        (Eligibility(channels=("ios",)), Circumstances(), NotApplied.CHANNEL),
        (Eligibility(channels=("ios",)), Circumstances(channel="ios"), None),
        (Eligibility(locations=("pop-up-1",)), Circumstances(), NotApplied.LOCATION),
        (Eligibility(locations=("pop-up-1",)), Circumstances(location="pop-up-1"), None),
        (Eligibility(customer_groups=("trade",)), Circumstances(), NotApplied.CUSTOMER_GROUP),
        (Eligibility(customer_groups=("trade",)), Circumstances(customer_group="trade"), None),
        (Eligibility(first_order=True), Circumstances(), NotApplied.FIRST_ORDER),
        (Eligibility(first_order=True), Circumstances(first_order=True), None),
        (Eligibility(categories=("cards",)), Circumstances(), NotApplied.CATEGORY),
        (Eligibility(categories=("vases",)), Circumstances(), None),
        (Eligibility(min_spend_minor=10_01), Circumstances(), NotApplied.MIN_SPEND),
        (Eligibility(min_spend_minor=10_00), Circumstances(), None),
    ],
    ids=str,
)
def test_who_may_have_it(eligibility: Eligibility, circumstances: Circumstances, reason: NotApplied | None) -> None:
    one = offer("one", percent(1_000), eligibility=eligibility)
    assert why(price([item("A", 1, 10_00, categories=("vases",))], "collect", [one], circumstances)) == {"one": reason}


def test_what_its_room_refused_is_not_applied_for_that_reason() -> None:
    assert why(price([item("A", 1, 1_00)], "collect", [offer("one", percent(1_000), refusal=NotApplied.ENDED)])) == {
        "one": NotApplied.ENDED
    }


def test_it_says_what_was_taken_off_and_why() -> None:
    target = Target(kind=TargetKind.CATEGORIES, categories=("vases",))
    one = offer("one", percent(1_000), target, codes=CodeKind.SHARED, code="SPRING")
    [applied] = price([item("A", 1, 25_00, categories=("vases",))], "collect", [replace(one, code="SPRING")]).applied
    assert applied.explanation == "£2.50 off: 10 % off vases, with the code SPRING"


# --- what holds of any ---

SKUS, CATEGORIES, METHODS = "ABCDE", ("vases", "cards"), ("standard", "express", "collect")
PRICES = st.lists(st.integers(0, 50_00), min_size=len(SKUS), max_size=len(SKUS))
BASKETS = st.builds(
    lambda prices, quantities: [
        item(sku, quantities[n], prices[n], vat=(0, 500, 2000)[n % 3], categories=(CATEGORIES[n % 2],))
        for n, sku in enumerate(SKUS)
        if quantities[n]
    ],
    PRICES,
    st.lists(st.integers(0, 6), min_size=len(SKUS), max_size=len(SKUS)).filter(any),
)
MONEY = st.integers(0, 120_00)
RULES = st.one_of(
    st.builds(percent, st.integers(0, 25_000)),
    st.builds(amount, MONEY),
    st.just(Rule(kind=RuleKind.FREE_DELIVERY)),
    st.builds(
        lambda buy, get, bp: Rule(kind=RuleKind.BUY_X_GET_Y, buy=buy, get=get, basis_points=bp),
        st.integers(1, 3), st.integers(1, 2), st.integers(1, 10_000),
    ),
    st.builds(
        lambda buy, minor: Rule(kind=RuleKind.BUNDLE_PRICE, buy=buy, amount_minor=minor), st.integers(1, 4), MONEY
    ),
    st.builds(
        lambda a, b, minor: Rule(
            kind=RuleKind.BUNDLE_PRICE,
            amount_minor=minor,
            parts=(BundlePart(sku="A", quantity=a), BundlePart(sku="B", quantity=b)),
        ),
        st.integers(1, 2), st.integers(1, 2), MONEY,
    ),
    st.builds(
        lambda first, bp, minor: Rule(
            kind=RuleKind.TIERS,
            tiers=(Tier(from_minor=first, basis_points=bp), Tier(from_minor=2 * first + 1, amount_minor=minor)),
        ),
        MONEY, st.integers(1, 15_000), MONEY,
    ),
)  # fmt: skip
TARGETS = st.one_of(
    st.just(BASKET),
    st.just(DELIVERY),
    st.builds(lambda skus: Target(kind=TargetKind.SKUS, skus=tuple(sorted(skus))), st.sets(st.sampled_from(SKUS))),
    st.builds(lambda one: Target(kind=TargetKind.CATEGORIES, categories=(one,)), st.sampled_from(CATEGORIES)),
)
OFFERS = st.lists(
    st.tuples(
        RULES, TARGETS, st.integers(0, 3), st.sampled_from((False, False, False, True)), st.sampled_from(("", "", "g")),
        st.one_of(st.none(), st.integers(0, 5)),
    ),
    max_size=5,
).map(
    lambda found: [
        offer(f"p{n}", rule, target, priority=priority, exclusive=exclusive, stack_group=group, units_max=units)
        for n, (rule, target, priority, exclusive, group, units) in enumerate(found)
    ]
)  # fmt: skip
METHOD = st.sampled_from(METHODS)


@given(BASKETS, OFFERS, METHOD)
def test_nothing_is_lost_and_nothing_is_negative(items: list[Item], offers: list[Offer], method: str) -> None:
    priced = price(items, method, offers)
    assert [line.sku for line in priced.lines] == sorted({each.sku for each in items})
    for line in priced.lines:
        assert line.gross_minor == line.quantity * line.unit_price_minor
        assert 0 <= line.discount_minor <= line.gross_minor
        assert line.discount_minor == sum(each.amount_minor for each in line.discounts)
        assert all(each.amount_minor > 0 for each in line.discounts)
        assert line.vat_minor == vat_in(line.gross_minor - line.discount_minor, line.vat_basis_points)
    delivery = priced.delivery
    assert 0 <= delivery.discount_minor == sum(each.amount_minor for each in delivery.discounts) <= delivery.gross_minor
    paid = net_of_lines(priced.lines) + delivery.gross_minor - delivery.discount_minor
    assert 0 <= priced.total_minor == paid
    shares = vat_shares(priced.lines, delivery)
    assert sum(share.gross_minor for share in shares) == priced.total_minor
    assert sum(share.vat_minor for share in shares) == sum(line.vat_minor for line in priced.lines) + delivery.vat_minor
    assert all(0 <= share.vat_minor <= share.gross_minor for share in shares)


@given(BASKETS, OFFERS, METHOD)
def test_what_each_promotion_takes_off_is_what_the_lines_and_the_delivery_say(
    items: list[Item], offers: list[Offer], method: str
) -> None:
    priced = price(items, method, offers)
    of_lines: Counter[str] = Counter()
    for line in priced.lines:
        for each in line.discounts:
            of_lines[priced.applied[each.promotion].promotion_id] += each.amount_minor
    of_delivery = {priced.applied[each.promotion].promotion_id: each.amount_minor for each in priced.delivery.discounts}
    assert {each.promotion_id: each.goods_minor for each in priced.applied if each.goods_minor} == of_lines
    assert {each.promotion_id: each.delivery_minor for each in priced.applied if each.delivery_minor} == of_delivery
    assert sorted(each.offer.promotion_id for each in priced.considered) == sorted(each.promotion_id for each in offers)
    for each in priced.considered:
        assert (each.applied is None) == (each.reason is not None)


@given(BASKETS, OFFERS, METHOD)
def test_a_discount_stays_within_its_target(items: list[Item], offers: list[Offer], method: str) -> None:
    priced, known = price(items, method, offers), {each.promotion_id: each for each in offers}
    categories = {each.sku: each.categories for each in items}
    offer_of = [known[each.promotion_id] for each in priced.applied]
    for line in priced.lines:
        for discount in line.discounts:
            terms = offer_of[discount.promotion].terms
            named = {part.sku for part in terms.rule.parts} | set(terms.target.skus)
            assert terms.target.kind is TargetKind.BASKET or (
                line.sku in named or bool(set(terms.target.categories) & set(categories[line.sku]))
            )
            assert not is_for_delivery(offer_of[discount.promotion])
    assert all(is_for_delivery(offer_of[each.promotion]) for each in priced.delivery.discounts)
    for each in priced.applied:
        most = known[each.promotion_id].units_max
        assert most is None or each.units <= most


@given(BASKETS, OFFERS, METHOD, st.randoms(use_true_random=False))
def test_neither_the_order_of_lines_and_offers_nor_how_a_quantity_was_reached_makes_a_difference(
    items: list[Item], offers: list[Offer], method: str, random: Random
) -> None:
    parts = []
    for each in items:
        first = random.randint(0, each.quantity)
        parts += [
            replace(each, line=replace(each.line, quantity=units)) for units in (first, each.quantity - first) if units
        ]
    shuffled = list(offers)
    random.shuffle(parts)
    random.shuffle(shuffled)
    assert price(parts, method, shuffled) == price(items, method, offers)


@given(BASKETS, OFFERS, METHOD)
def test_those_that_applied_apply_alike_without_the_others_and_with_the_units_that_they_took(
    items: list[Item], offers: list[Offer], method: str
) -> None:
    """What a cart shows is what a checkout decides, which knows the applied ones alone, and the units reserved."""
    priced, known = price(items, method, offers), {each.promotion_id: each for each in offers}
    proposed = [replace(known[each.promotion_id], units_max=each.units or None) for each in priced.applied]
    again = price(items, method, proposed)
    assert (again.lines, again.delivery, again.applied) == (priced.lines, priced.delivery, priced.applied)
