"""What staff say of promotions, and what their time leads to."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.promotions.messages import (
    AddCodes,
    CodesAdded,
    PromotionBegan,
    PromotionEnded,
    PromotionRefusal,
    PromotionRefused,
    PromotionSet,
    Standing,
    StopPromotion,
    TurnPromotion,
)
from schemas.promotions.rules import normalised
from schemas.promotions.terms import BundlePart, CodeKind, Eligibility, Limits, Rule, RuleKind, Target, TargetKind, Tier
from streams.promotions.room import PROMOTIONS
from tests.unit.promotions.examples import AT, ID, names, run, set_to, terms

STOP = StopPromotion(promotion_id=ID)


def test_it_is_set_once_stopped_once_and_goes_on_when_set_again() -> None:
    promotion, events = run(set_to(), set_to(), STOP, STOP, set_to())
    assert names(events) == ["PromotionSet", "PromotionStopped", "PromotionSet"]
    assert (promotion.head.version, promotion.head.stopped, promotion.head.terms) == (3, False, terms())


def test_its_timer_tells_when_it_begins_and_ends() -> None:
    promotion, _ = run(set_to(starts_at=AT + 10, ends_at=AT + 20))
    assert PROMOTIONS.next_timer_at(promotion) == AT + 10
    promotion, events = run(TurnPromotion(promotion_id=ID, due_at=AT + 10), before=promotion)
    assert events == (PromotionBegan(promotion_id=ID, at=AT + 10),)
    assert PROMOTIONS.next_timer_at(promotion) == AT + 20
    promotion, events = run(TurnPromotion(promotion_id=ID, due_at=AT + 25), before=promotion)
    assert events == (PromotionEnded(promotion_id=ID, at=AT + 20),)
    assert PROMOTIONS.next_timer_at(promotion) is None


def test_what_was_said_otherwise_meanwhile_wakes_nobody() -> None:
    promotion, _ = run(set_to(starts_at=AT + 10), set_to())
    assert run(TurnPromotion(promotion_id=ID, due_at=AT + 10), before=promotion)[1] == ()
    assert PROMOTIONS.next_timer_at(run(set_to(ends_at=AT + 10), STOP)[0]) is None


def test_codes_for_one_order_are_added_once_each() -> None:
    codes = AddCodes(promotion_id=ID, codes=("AAA", "BBB", "AAA"))
    promotion, events = run(set_to(codes=CodeKind.SINGLE_USE), codes, codes)
    assert events[1:] == (CodesAdded(promotion_id=ID, codes=("AAA", "BBB"), after=Standing(parts=2)),)
    assert sorted(promotion.parts) == ["code/AAA", "code/BBB"]


def test_a_code_is_the_same_however_it_is_typed() -> None:
    assert {normalised(text) for text in ("spring 25", " Spring25 ", "SPRING25", "\uff33PRING\u00a025")} == {"SPRING25"}


BUNDLE = Rule(kind=RuleKind.BUNDLE_PRICE, parts=(BundlePart(sku="A", quantity=1), BundlePart(sku="A", quantity=2)))
TIERS = Rule(kind=RuleKind.TIERS, tiers=(Tier(from_minor=2, basis_points=1), Tier(from_minor=1, basis_points=1)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": ""}, PromotionRefusal.TEXT_TOO_LONG),
        ({"title": "x" * 121}, PromotionRefusal.TEXT_TOO_LONG),
        ({"starts_at": AT, "ends_at": AT}, PromotionRefusal.WINDOW_EMPTY),
        ({"rule": Rule(kind=RuleKind.UNKNOWN)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.PERCENTAGE)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.AMOUNT)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.BUY_X_GET_Y, buy=1, basis_points=1)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.BUNDLE_PRICE)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": BUNDLE}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.TIERS)}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": TIERS}, PromotionRefusal.RULE_INCOMPLETE),
        ({"rule": Rule(kind=RuleKind.PERCENTAGE, basis_points=10**7)}, PromotionRefusal.NUMBER_OUT_OF_RANGE),
        ({"limits": Limits(uses=-1)}, PromotionRefusal.NUMBER_OUT_OF_RANGE),
        ({"rule": Rule(kind=RuleKind.FREE_DELIVERY)}, PromotionRefusal.TARGET_INCOMPLETE),
        ({"target": Target(kind=TargetKind.SKUS)}, PromotionRefusal.TARGET_INCOMPLETE),
        ({"target": Target(kind=TargetKind.CATEGORIES)}, PromotionRefusal.TARGET_INCOMPLETE),
        ({"eligibility": Eligibility(channels=("web",) * 201)}, PromotionRefusal.TOO_MANY),
        ({"codes": CodeKind.SHARED}, PromotionRefusal.CODE_MALFORMED),
        ({"codes": CodeKind.SHARED, "code": "spring 25"}, PromotionRefusal.CODE_MALFORMED),
        ({"code": "SPRING"}, PromotionRefusal.CODE_MALFORMED),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(changes: dict[str, Any], reason: PromotionRefusal) -> None:
    promotion, events = run(set_to(**changes))
    assert events == (PromotionRefused(promotion_id=ID, command="SetPromotion", reason=reason),)
    assert promotion is PROMOTIONS.initial


def test_staff_change_what_they_have_seen_and_what_is_there() -> None:
    mismatch = run(set_to(), StopPromotion(promotion_id=ID, expected_version=2))[1][-1]
    assert isinstance(mismatch, PromotionRefused)
    assert mismatch.reason is PromotionRefusal.VERSION_MISMATCH
    assert run(STOP)[1] == (
        PromotionRefused(promotion_id=ID, command="StopPromotion", reason=PromotionRefusal.PROMOTION_UNKNOWN),
    )
    [_, codes] = run(set_to(), AddCodes(promotion_id=ID, codes=("AAA",)))[1]
    assert isinstance(codes, PromotionRefused)
    assert codes.reason is PromotionRefusal.CODES_NOT_FOR_ONE_USE
    assert isinstance(run(set_to())[1][0], PromotionSet)
