"""A promotion, and what is asked of it."""

from __future__ import annotations

from typing import Any

from schemas.promotions.messages import (
    ExtendUse,
    GiveBackUse,
    PromotionsCommand,
    PromotionsEvent,
    RedeemUse,
    ReserveUse,
    SetPromotion,
)
from schemas.promotions.terms import CodeKind, Limits, Rule, RuleKind, Target, TargetKind, Terms
from streams.promotions.room import PROMOTIONS
from streams.promotions.state import Promotion

AT = 1_800_000_000_000
ID = "spring"
TEN_PERCENT = Terms(
    title="Ten per cent off",
    rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=1_000),
    target=Target(kind=TargetKind.BASKET),
)
CODE = "SPRING"


def terms(**changes: Any) -> Terms:
    return Terms(**{name: getattr(TEN_PERCENT, name) for name in TEN_PERCENT.__struct_fields__} | changes)


def set_to(**changes: Any) -> SetPromotion:
    return SetPromotion(promotion_id=ID, terms=terms(**changes))


def limited(**limits: int) -> Promotion:
    """With a shared code and limits."""
    return run(set_to(codes=CodeKind.SHARED, code=CODE, limits=Limits(**limits)))[0]


def reserve(checkout: str, *, code: str = CODE, customer: str = "", units: int = 1, minutes: int = 15) -> ReserveUse:
    return ReserveUse(
        promotion_id=ID, checkout_id=checkout, answer_to=f"checkout/{checkout}", code=code, customer=customer,
        units=units, expires_at=AT + minutes * 60_000,
    )  # fmt: skip


def redeem(checkout: str) -> RedeemUse:
    return RedeemUse(promotion_id=ID, checkout_id=checkout, answer_to=f"checkout/{checkout}")


def extend(checkout: str, minutes: int) -> ExtendUse:
    return ExtendUse(
        promotion_id=ID, checkout_id=checkout, answer_to=f"checkout/{checkout}", expires_at=AT + minutes * 60_000
    )


def give_back(checkout: str) -> GiveBackUse:
    return GiveBackUse(promotion_id=ID, checkout_id=checkout)


def run(
    *commands: PromotionsCommand, before: Promotion | None = None, at: int = AT
) -> tuple[Promotion, tuple[PromotionsEvent, ...]]:
    """The promotion after the commands, and all their events."""
    promotion = PROMOTIONS.initial if before is None else before
    events: tuple[PromotionsEvent, ...] = ()
    for command in commands:
        new = PROMOTIONS.decide(command, promotion, at)
        for event in new:
            promotion = PROMOTIONS.evolve(promotion, event)
        events += new
    return promotion, events


def names(events: tuple[PromotionsEvent, ...]) -> list[str]:
    return [type(event).__name__ for event in events]
