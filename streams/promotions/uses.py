"""What becomes of the uses of a promotion: reserved, extended, redeemed, given back, over.

Reserved and redeemed ones count alike towards the limits, so that at no moment more orders can come of it than may.
"""

from __future__ import annotations

from msgspec.structs import replace

from schemas.pricing.conditions import closed, used_up
from schemas.promotions.messages import (
    ExtendUse,
    GiveBackUse,
    PromotionsEvent,
    RedeemUse,
    ReserveUse,
    Standing,
    TurnPromotion,
    Use,
    UseExpired,
    UseExtended,
    UseGivenBack,
    UseRedeemed,
    UseRefused,
    UseReserved,
    UsesSettled,
)
from schemas.promotions.rules import RESERVATIONS_MAX
from schemas.promotions.terms import CodeKind, NotApplied
from streams.promotions.state import Promotion

Events = tuple[PromotionsEvent, ...]

HOUR_MS = 3_600_000
SETTLES_AFTER_MS = 7 * 24 * HOUR_MS  # as long as a command may lie unread: until then a checkout may still fail
SETTLED_AT_ONCE_MAX = 5_000  # in one event, which has to fit into 1 MB


def reserved(command: ReserveUse, promotion: Promotion, at: int) -> Events:
    """The use is kept for the checkout, or refused. Asked twice, answered twice: whoever asks waits."""
    head, use = promotion.head, promotion.use(command.checkout_id)
    if use is not None and use.redeemed:
        return ()  # Its checkout is far beyond asking.
    if use is None and (reason := why_not(command, promotion, at)):
        return (_refused(command, promotion, reason),)
    limits, standing = head.terms.limits, head.standing
    per_customer = limits.uses_per_customer or limits.units_per_customer
    customer = command.customer if per_customer else ""
    single_code = command.code if head.terms.codes is CodeKind.SINGLE_USE else ""
    if use is None:
        new_customer = bool(customer) and not promotion.customer(customer).uses
        standing = replace(
            standing,
            reserved=standing.reserved + 1,
            reserved_units=standing.reserved_units + command.units,
            parts=standing.parts + 1 + new_customer,
        )
    else:
        customer, single_code = use.customer, use.single_code
    return (
        UseReserved(
            promotion_id=command.promotion_id,
            checkout_id=command.checkout_id,
            answer_to=command.answer_to,
            code=command.code,
            single_code=single_code,
            customer=customer,
            units=command.units if use is None else use.units,
            expires_at=command.expires_at if use is None else use.ends_at,
            terms=head.terms,
            after=standing,
        ),
    )


def why_not(command: ReserveUse, promotion: Promotion, at: int) -> NotApplied | None:
    """The first reason that applies, by descending precedence."""
    head = promotion.head
    if not head.version:
        return NotApplied.PROMOTION_UNKNOWN
    if head.stopped:
        return NotApplied.STOPPED
    if (reason := closed(head.terms, at)) is not None:
        return reason
    if (reason := _of_code(command, promotion)) is not None:
        return reason
    limits, standing = head.terms.limits, head.standing
    units = standing.reserved_units + standing.redeemed_units
    if (reason := used_up(limits, uses=standing.reserved + standing.redeemed, units=units)) is not None:
        return reason
    if command.units < 0 or (limits.units and units + command.units > limits.units):
        return NotApplied.UNITS_USED_UP
    if _is_too_much_for_one(command, promotion):
        return NotApplied.CUSTOMER_LIMIT
    return NotApplied.TOO_MANY_AT_ONCE if standing.reserved >= RESERVATIONS_MAX else None


def _of_code(command: ReserveUse, promotion: Promotion) -> NotApplied | None:
    match promotion.head.terms.codes:
        case CodeKind.SHARED:
            return None if command.code == promotion.head.terms.code else NotApplied.CODE_WRONG
        case CodeKind.SINGLE_USE:
            code = promotion.code(command.code)
            if code is None:
                return NotApplied.CODE_WRONG
            return NotApplied.CODE_USED if code.used_by else None
        case _:
            return None


def _is_too_much_for_one(command: ReserveUse, promotion: Promotion) -> bool:
    limits = promotion.head.terms.limits
    if not (limits.uses_per_customer or limits.units_per_customer):
        return False
    if not command.customer:
        return True  # Nobody knows how often they had it.
    had = promotion.customer(command.customer)
    if limits.uses_per_customer and had.uses >= limits.uses_per_customer:
        return True
    return bool(limits.units_per_customer) and had.units + command.units > limits.units_per_customer


def extended(command: ExtendUse, promotion: Promotion) -> Events:
    """The reservation lasts longer; it never gets shorter, and a redeemed use needs none."""
    use = promotion.use(command.checkout_id)
    if use is None:
        return (_refused(command, promotion, NotApplied.RESERVATION_LOST),)
    if use.redeemed or command.expires_at <= use.ends_at:
        return ()
    return (
        UseExtended(promotion_id=command.promotion_id, checkout_id=command.checkout_id, expires_at=command.expires_at),
    )


def redeemed(command: RedeemUse, promotion: Promotion, at: int) -> Events:
    """The use is an order's. Refused when the reservation is over."""
    use = promotion.use(command.checkout_id)
    if use is None:
        return (_refused(command, promotion, NotApplied.RESERVATION_LOST),)
    if use.redeemed:
        return ()  # Answered already.
    standing = promotion.head.standing
    after = replace(
        standing,
        reserved=standing.reserved - 1,
        redeemed=standing.redeemed + 1,
        reserved_units=standing.reserved_units - use.units,
        redeemed_units=standing.redeemed_units + use.units,
    )
    settles_at = -(-(at + SETTLES_AFTER_MS) // HOUR_MS) * HOUR_MS  # on full hours, so that an event settles many
    return (
        UseRedeemed(
            promotion_id=command.promotion_id,
            checkout_id=command.checkout_id,
            answer_to=command.answer_to,
            settles_at=settles_at,
            after=after,
        ),
    )


def given_back(command: GiveBackUse, promotion: Promotion) -> Events:
    """The use is free again, reserved or redeemed; one that never was, or is gone, decides nothing."""
    use = promotion.use(command.checkout_id)
    if use is None:
        return ()
    return (
        UseGivenBack(
            promotion_id=command.promotion_id,
            checkout_id=command.checkout_id,
            single_code=use.single_code,
            customer=use.customer,
            after=_without(promotion.head.standing, promotion, use),
        ),
    )


def expired_and_settled(command: TurnPromotion, promotion: Promotion) -> Events:
    """Of the uses whose time has come: those reserved are free again, those redeemed are only counted."""
    due = [checkout_id for _, checkout_id in promotion.endings.until(command.due_at)]
    uses = {checkout_id: use for checkout_id in due if (use := promotion.use(checkout_id)) is not None}
    assert len(uses) == len(due), "an end without a use"
    events: list[PromotionsEvent] = []
    standing, customers = promotion.head.standing, dict[str, int]()
    for checkout_id, use in uses.items():
        if use.redeemed:
            continue
        customers.setdefault(use.customer, promotion.customer(use.customer).uses if use.customer else 0)
        customers[use.customer] -= 1
        last = bool(use.customer) and not customers[use.customer]
        standing = replace(
            standing,
            reserved=standing.reserved - 1,
            reserved_units=standing.reserved_units - use.units,
            parts=standing.parts - 1 - last,
        )
        events.append(
            UseExpired(
                promotion_id=command.promotion_id,
                checkout_id=checkout_id,
                single_code=use.single_code,
                customer=use.customer,
                answer_to=use.answer_to,
                after=standing,
            )
        )
    settled = [checkout_id for checkout_id, use in uses.items() if use.redeemed]
    for first in range(0, len(settled), SETTLED_AT_ONCE_MAX):
        some = tuple(settled[first : first + SETTLED_AT_ONCE_MAX])
        standing = replace(standing, parts=standing.parts - len(some))
        events.append(UsesSettled(promotion_id=command.promotion_id, checkout_ids=some, after=standing))
    return tuple(events)


def _without(standing: Standing, promotion: Promotion, use: Use) -> Standing:
    last = bool(use.customer) and promotion.customer(use.customer).uses == 1
    parts = standing.parts - 1 - last
    if use.redeemed:
        units = standing.redeemed_units - use.units
        return replace(standing, redeemed=standing.redeemed - 1, redeemed_units=units, parts=parts)
    units = standing.reserved_units - use.units
    return replace(standing, reserved=standing.reserved - 1, reserved_units=units, parts=parts)


def _refused(command: ReserveUse | ExtendUse | RedeemUse, promotion: Promotion, reason: NotApplied) -> UseRefused:
    terms = promotion.head.terms
    since = {NotApplied.NOT_STARTED: terms.starts_at, NotApplied.ENDED: terms.ends_at}.get(reason)
    return UseRefused(
        promotion_id=command.promotion_id,
        command=type(command).__name__,
        reason=reason,
        since=since,
        answer_to=command.answer_to,
    )
