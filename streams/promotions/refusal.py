"""Why a command of staff is refused."""

from __future__ import annotations

from schemas.promotions.messages import AddCodes, PromotionRefusal, SetPromotion, StopPromotion
from schemas.promotions.rules import (
    CODES_AT_ONCE_MAX,
    CODES_MAX,
    LIMIT_MAX,
    NAMES_MAX,
    PARTS_MAX,
    PERCENTAGE_MAX,
    PRIORITY_MAX,
    TIERS_MAX,
    TITLE_LENGTH_MAX,
    UNITS_MAX,
    is_code,
)
from schemas.promotions.terms import CodeKind, Rule, RuleKind, Target, TargetKind, Terms
from streams.promotions.state import Promotion


def refusal(command: SetPromotion | StopPromotion | AddCodes, promotion: Promotion) -> PromotionRefusal | None:
    """The first reason that applies, by descending precedence."""
    head = promotion.head
    if not head.version and not isinstance(command, SetPromotion):
        return PromotionRefusal.PROMOTION_UNKNOWN
    if isinstance(command, AddCodes):
        return _of_codes(command, promotion)
    if command.expected_version not in (None, head.version):
        return PromotionRefusal.VERSION_MISMATCH
    return _of_terms(command.terms) if isinstance(command, SetPromotion) else None


def _of_codes(command: AddCodes, promotion: Promotion) -> PromotionRefusal | None:
    if len(command.codes) > CODES_AT_ONCE_MAX or len(promotion.parts) + len(command.codes) > CODES_MAX:
        return PromotionRefusal.TOO_MANY
    if not all(map(is_code, command.codes)):
        return PromotionRefusal.CODE_MALFORMED
    if promotion.head.terms.codes is not CodeKind.SINGLE_USE:
        return PromotionRefusal.CODES_NOT_FOR_ONE_USE
    return None


def _of_terms(terms: Terms) -> PromotionRefusal | None:
    if not 0 < len(terms.title) <= TITLE_LENGTH_MAX:
        return PromotionRefusal.TEXT_TOO_LONG
    if terms.starts_at is not None and terms.ends_at is not None and terms.starts_at >= terms.ends_at:
        return PromotionRefusal.WINDOW_EMPTY
    if not _is_complete(terms.rule):
        return PromotionRefusal.RULE_INCOMPLETE
    if not _in_range(terms):
        return PromotionRefusal.NUMBER_OUT_OF_RANGE
    if not _is_target_of(terms.target, terms.rule):
        return PromotionRefusal.TARGET_INCOMPLETE
    if _has_too_many(terms):
        return PromotionRefusal.TOO_MANY
    if terms.codes is CodeKind.UNKNOWN or (is_code(terms.code) if terms.code else False) != (
        terms.codes is CodeKind.SHARED
    ):
        return PromotionRefusal.CODE_MALFORMED
    return None


def _is_complete(rule: Rule) -> bool:
    match rule.kind:
        case RuleKind.PERCENTAGE:
            return rule.basis_points > 0
        case RuleKind.AMOUNT:
            return rule.amount_minor > 0
        case RuleKind.FREE_DELIVERY:
            return True
        case RuleKind.BUY_X_GET_Y:
            return rule.buy > 0 and rule.get > 0 and rule.basis_points > 0
        case RuleKind.BUNDLE_PRICE:
            distinct = len({part.sku for part in rule.parts}) == len(rule.parts)
            return distinct and bool(rule.parts or rule.buy > 0)
        case RuleKind.TIERS:
            floors = [tier.from_minor for tier in rule.tiers]
            rising = floors == sorted(set(floors))
            return bool(floors) and rising and all(tier.basis_points or tier.amount_minor for tier in rule.tiers)
        case _:
            return False


def _in_range(terms: Terms) -> bool:
    rule, limits = terms.rule, terms.limits
    percentages = (rule.basis_points, *(tier.basis_points for tier in rule.tiers))
    amounts = (
        rule.amount_minor,
        terms.eligibility.min_spend_minor,
        limits.uses, limits.uses_per_customer, limits.units, limits.units_per_customer,
        *(number for tier in rule.tiers for number in (tier.from_minor, tier.amount_minor)),
    )  # fmt: skip
    units = (rule.buy, rule.get)
    return (
        all(0 <= each <= PERCENTAGE_MAX for each in percentages)
        and all(0 <= each <= LIMIT_MAX for each in amounts)
        and all(0 <= each <= UNITS_MAX for each in units)
        and all(0 < part.quantity <= UNITS_MAX for part in rule.parts)
        and abs(terms.priority) <= PRIORITY_MAX
    )


def _is_target_of(target: Target, rule: Rule) -> bool:
    """Complete, and something that the rule can be for."""
    of_delivery = target.kind is TargetKind.DELIVERY
    if rule.kind is RuleKind.FREE_DELIVERY and not of_delivery:
        return False
    if of_delivery and rule.kind not in (RuleKind.FREE_DELIVERY, RuleKind.PERCENTAGE, RuleKind.AMOUNT):
        return False
    named = {TargetKind.SKUS: bool(target.skus), TargetKind.CATEGORIES: bool(target.categories)}
    return target.kind is not TargetKind.UNKNOWN and named.get(target.kind, True)


def _has_too_many(terms: Terms) -> bool:
    who = terms.eligibility
    lists = (
        terms.target.skus, terms.target.categories, terms.target.methods,
        who.channels, who.locations, who.customer_groups, who.categories,
    )  # fmt: skip
    longest = max(len(names) for names in lists)
    return longest > NAMES_MAX or len(terms.rule.tiers) > TIERS_MAX or len(terms.rule.parts) > PARTS_MAX
