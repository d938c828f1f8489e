"""Which promotions a cart is offered, and what it is told of the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from api.promotions.explain import ConsideredPromotion, why_not
from api.promotions.promotions import RECENTLY_MS, Promotions
from api.promotions.pseudonyms import Pseudonyms
from api.promotions.requests import NewPromotion
from schemas.cart.messages import CartLine
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.pricing.basket import Item
from schemas.pricing.price import price
from schemas.promotions.messages import PromotionState, SingleCode, Standing
from schemas.promotions.terms import CodeKind, Limits, NotApplied, RuleKind, Terms
from schemas.rooms import MESSAGES
from tests.nowhere import NOWHERE
from tests.unit.promotions.examples import terms

NOON = 1_800_014_400_000  # in London, in winter
VASE = Item(line=CartLine(sku="VASE", quantity=2), title="Vase", unit_price_minor=10_00, vat_basis_points=2000)


def reader(**rows: Terms) -> Promotions:
    """Promotions by id, as they would have been read."""
    log = LogIdentity(id="log", partitions=1, cluster="", begun_at=0, after="", reason="")
    promotions = Promotions(NOWHERE, log, Codec.offline(MESSAGES), 0, lambda: None)
    for promotion_id, each in rows.items():
        promotions.keep(promotion_id, "", PromotionState(promotion_id=promotion_id, terms=each, version=1), 1)
    return promotions


def told(promotions: Promotions, *codes: str, now: int = NOON) -> dict[str, str]:
    """What a cart of two vases says of each promotion."""
    considered = price([VASE], "collect", promotions.offers(codes, now)).considered
    return {each.id: each.explanation for each in (ConsideredPromotion.shown(one, now) for one in considered)}


def test_those_without_a_code_apply_by_themselves_and_the_others_with_theirs() -> None:
    promotions = reader(auto=terms(), shared=terms(codes=CodeKind.SHARED, code="SPRING"))
    assert told(promotions) == {"auto": "£2.00 off: 10 % off the basket"}
    assert told(promotions, "SPRING") == {
        "auto": "£2.00 off: 10 % off the basket",
        "shared": "£1.80 off: 10 % off the basket, with the code SPRING",
    }


def test_what_ended_lately_is_explained_and_what_is_to_come_or_long_over_is_not_mentioned() -> None:
    promotions = reader(ended=terms(ends_at=NOON), begins=terms(starts_at=NOON + RECENTLY_MS))
    assert told(promotions, now=NOON - 1).keys() == {"ended"}
    assert told(promotions, now=NOON) == {"ended": "not applied: ended 12:00"}
    assert told(promotions, now=NOON + RECENTLY_MS + 1).keys() == {"begins"}


@pytest.mark.parametrize(
    ("changes", "more", "explanation"),
    [
        ({"ends_at": NOON - 86_400_000}, {}, "not applied: ended 14 January 2027, 12:00"),
        ({"starts_at": NOON + 60_000}, {}, "not applied: begins 12:01"),
        ({}, {"stopped": True}, "not applied: it has ended"),
        (
            {"limits": Limits(uses=2)}, {"standing": Standing(reserved=1, redeemed=1)},
            "not applied: it has been used as often as it may be",
        ),
        (
            {"limits": Limits(units=2)}, {"standing": Standing(redeemed_units=2)},
            "not applied: all that was on offer is sold",
        ),
    ],
)  # fmt: skip
def test_a_code_is_always_told_why_it_takes_nothing_off(
    changes: dict[str, Any], more: dict[str, Any], explanation: str
) -> None:
    promotions = reader()
    said = terms(codes=CodeKind.SHARED, code="SPRING", **changes)
    promotions.keep("p", "", PromotionState(promotion_id="p", terms=said, version=1, **more), 1)
    assert told(promotions, "SPRING") == {"p": explanation}


def test_no_more_units_are_cheaper_than_are_left_of_the_allotment_or_for_one_customer() -> None:
    half = terms(limits=Limits(units=10, units_per_customer=1))
    promotions = reader(flash=replace(half, rule=replace(half.rule, basis_points=5_000)))
    assert told(promotions) == {"flash": "£5.00 off: 50 % off the basket"}


def test_a_code_for_one_order_is_known_until_it_is_used() -> None:
    promotions = reader(gift=terms(codes=CodeKind.SINGLE_USE))
    promotions.keep("gift", "code/AAAA", SingleCode(), 2)
    assert asyncio.run(promotions.knows_code("AAAA"))
    assert told(promotions, "AAAA") == {"gift": "£2.00 off: 10 % off the basket, with the code AAAA"}
    promotions.keep("gift", "code/AAAA", SingleCode(used_by="c1"), 3)
    assert told(promotions, "AAAA") == {"gift": "not applied: the code has been used"}
    assert not asyncio.run(promotions.knows_code("BBBB"))
    promotions.keep("gift", "", PromotionState(promotion_id="gift", terms=terms(), version=2), 4)
    assert told(promotions, "AAAA") == {"gift": "£2.00 off: 10 % off the basket"}, "it needs no code any more"


def test_a_code_that_was_changed_is_the_new_one_alone() -> None:
    promotions = reader(p=terms(codes=CodeKind.SHARED, code="SPRING"))
    said = terms(codes=CodeKind.SHARED, code="MAY")
    promotions.keep("p", "", PromotionState(promotion_id="p", terms=said, version=2), 2)
    assert (told(promotions, "SPRING"), told(promotions, "MAY").keys()) == ({}, {"p"})
    assert [each.promotion_id for each in reader(a=terms(), b=terms(ends_at=NOON)).running(NOON)] == ["a"]


def test_a_pseudonym_is_the_same_for_one_address_and_another_for_each_promotion() -> None:
    pseudonyms = Pseudonyms("secret")
    assert pseudonyms.of("p", "Ada@Example.co.uk ") == pseudonyms.of("p", "ada@example.co.uk")
    others = {pseudonyms.of("q", "ada@example.co.uk"), Pseudonyms("other").of("p", "ada@example.co.uk")}
    assert pseudonyms.of("p", "ada@example.co.uk") not in others


def test_what_staff_say_is_what_the_log_keeps() -> None:
    body = {
        "title": "Spring", "rule": {"kind": "percentage", "basis_points": 1000},
        "target": {"kind": "categories", "categories": ["vases"]}, "code": " spring 25 ",
        "valid_until": "2026-03-30", "eligibility": {"min_spend": {"amount_minor": 2000, "currency": "GBP"}},
        "limits": {"uses": 10},
    }  # fmt: skip
    made = NewPromotion.model_validate(body).terms(lambda category: (category,))
    assert (made.code, made.codes, made.rule.kind) == ("SPRING25", CodeKind.SHARED, RuleKind.PERCENTAGE)
    assert (made.ends_at, made.eligibility.min_spend_minor, made.limits.uses) == (1_774_911_600_000, 20_00, 10)


def test_every_reason_has_words() -> None:
    said = {reason: why_not(reason, None, NOON) for reason in NotApplied if reason is not NotApplied.UNKNOWN}
    assert all(len(text) > len("not applied: ") for text in said.values())
    assert "not now" not in "".join(said.values())
