"""What a command to a promotion leads to."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.promotions.messages import (
    AddCodes,
    CodesAdded,
    ExtendUse,
    GiveBackUse,
    PromotionBegan,
    PromotionEnded,
    PromotionRefused,
    PromotionsCommand,
    PromotionSet,
    PromotionsEvent,
    PromotionStopped,
    RedeemUse,
    ReserveUse,
    SetPromotion,
    StopPromotion,
    TurnPromotion,
)
from streams.promotions.refusal import refusal
from streams.promotions.state import Promotion
from streams.promotions.uses import expired_and_settled, extended, given_back, redeemed, reserved

Events = tuple[PromotionsEvent, ...]


def decide(command: PromotionsCommand, promotion: Promotion, at: int) -> Events:
    """The events that the command leads to; none when what it asks for is so already."""
    match command:
        case SetPromotion() | StopPromotion() | AddCodes():
            return _of_staff(command, promotion, at)
        case ReserveUse():
            return reserved(command, promotion, at)
        case ExtendUse():
            return extended(command, promotion)
        case RedeemUse():
            return redeemed(command, promotion, at)
        case GiveBackUse():
            return given_back(command, promotion)
        case TurnPromotion():
            return (*_turned(command, promotion), *expired_and_settled(command, promotion))
        case _:
            assert_never(command)


def next_timer_at(promotion: Promotion) -> int | None:
    """When it begins, ends, or the next use does."""
    head = promotion.head
    times = [promotion.endings.first()]
    if not head.stopped:
        times.append(None if head.began else head.terms.starts_at)
        times.append(None if head.ended else head.terms.ends_at)
    return min((time for time in times if time is not None), default=None)


def _of_staff(command: SetPromotion | StopPromotion | AddCodes, promotion: Promotion, at: int) -> Events:
    head, promotion_id = promotion.head, command.promotion_id
    if reason := refusal(command, promotion):
        return (PromotionRefused(promotion_id=promotion_id, command=type(command).__name__, reason=reason),)
    match command:
        case SetPromotion(terms=terms):
            if head.version and terms == head.terms and not head.stopped:
                return ()  # It says so already.
            return (PromotionSet(promotion_id=promotion_id, terms=terms, version=head.version + 1, at=at),)
        case StopPromotion():
            if head.stopped:
                return ()
            return (PromotionStopped(promotion_id=promotion_id, version=head.version + 1, at=at),)
        case AddCodes(codes=codes):
            new = tuple([code for code in dict.fromkeys(codes) if promotion.code(code) is None])
            after = replace(head.standing, parts=head.standing.parts + len(new))
            return (CodesAdded(promotion_id=promotion_id, codes=new, after=after),) if new else ()
        case _:
            assert_never(command)


def _turned(command: TurnPromotion, promotion: Promotion) -> Events:
    head, events = promotion.head, []
    terms, due = head.terms, command.due_at
    if head.stopped:
        return ()
    if not head.began and terms.starts_at is not None and terms.starts_at <= due:
        events.append(PromotionBegan(promotion_id=command.promotion_id, at=terms.starts_at))
    if not head.ended and terms.ends_at is not None and terms.ends_at <= due:
        return (*events, PromotionEnded(promotion_id=command.promotion_id, at=terms.ends_at))
    return tuple(events)
