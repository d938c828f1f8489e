"""When a promotion does not apply: every reason, by descending precedence, for its own room, the checkout and the edge.

The room knows the time and how often it was used; the checkout the basket and the buyer; the edge, for display, both.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.pricing.basket import Circumstances, Item, Offer
from schemas.promotions.terms import Limits, NotApplied, Target, TargetKind, Terms


def closed(terms: Terms, at: int) -> NotApplied | None:
    """Whether it is too early or too late, at a moment in UTC milliseconds."""
    if terms.starts_at is not None and at < terms.starts_at:
        return NotApplied.NOT_STARTED
    if terms.ends_at is not None and at >= terms.ends_at:
        return NotApplied.ENDED
    return None


def used_up(limits: Limits, *, uses: int, units: int) -> NotApplied | None:
    """Whether so many uses, and so many units sold cheaper, leave nothing."""
    if limits.uses and uses >= limits.uses:
        return NotApplied.USED_UP
    if limits.units and units >= limits.units:
        return NotApplied.UNITS_USED_UP
    return None


def not_eligible(
    offer: Offer, items: Sequence[Item], spend_minor: int, circumstances: Circumstances
) -> NotApplied | None:
    """The first reason that applies to this basket of this buyer."""
    if offer.refusal is not None:
        return offer.refusal
    wanted = offer.terms.eligibility
    if wanted.channels and circumstances.channel not in wanted.channels:
        return NotApplied.CHANNEL
    if wanted.locations and circumstances.location not in wanted.locations:
        return NotApplied.LOCATION
    if wanted.customer_groups and circumstances.customer_group not in wanted.customer_groups:
        return NotApplied.CUSTOMER_GROUP
    if wanted.first_order and circumstances.first_order is not True:
        return NotApplied.FIRST_ORDER
    if wanted.categories and not any(set(wanted.categories) & set(item.categories) for item in items):
        return NotApplied.CATEGORY
    if spend_minor < wanted.min_spend_minor:
        return NotApplied.MIN_SPEND
    return None


def is_target(target: Target, item: Item) -> bool:
    """Whether a promotion with this target is for this item."""
    match target.kind:
        case TargetKind.BASKET:
            return True
        case TargetKind.SKUS:
            return item.sku in target.skus
        case TargetKind.CATEGORIES:
            return bool(set(target.categories) & set(item.categories))
        case _:
            return False
