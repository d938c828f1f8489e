"""What a promotion does, in words, for the shopper and for whoever reads an order years later."""

from __future__ import annotations

from schemas.promotions.terms import Rule, RuleKind, Target, TargetKind, Terms, Tier


def in_words(terms: Terms) -> str:
    """What it takes off what, e.g. `10 % off SKUs VASE`."""
    return f"{_rule(terms.rule)}{_target(terms.rule, terms.target)}"


def pounds_in_words(minor: int) -> str:
    """`£12.50`, or `30p`."""
    return f"£{minor / 100:,.2f}" if minor >= 100 else f"{minor}p"


def _rule(rule: Rule) -> str:
    match rule.kind:
        case RuleKind.PERCENTAGE:
            return f"{_percent(rule.basis_points)} off"
        case RuleKind.AMOUNT:
            return f"{pounds_in_words(rule.amount_minor)} off"
        case RuleKind.FREE_DELIVERY:
            return "free"
        case RuleKind.BUY_X_GET_Y:
            how = "free" if rule.basis_points >= 10_000 else f"{_percent(rule.basis_points)} off"
            return f"buy {rule.buy}, get {rule.get} {how}:"
        case RuleKind.BUNDLE_PRICE:
            named = " and ".join(f"{part.quantity} {part.sku}" for part in rule.parts) or f"any {rule.buy}"
            return f"{named} for {pounds_in_words(rule.amount_minor)}"
        case RuleKind.TIERS:
            return "; ".join(map(_tier, rule.tiers)) + ":"
        case _:
            return "a discount on"


def _tier(tier: Tier) -> str:
    off = _percent(tier.basis_points) if tier.basis_points else pounds_in_words(tier.amount_minor)
    return f"{off} off from {pounds_in_words(tier.from_minor)}"


def _target(rule: Rule, target: Target) -> str:
    if rule.kind is RuleKind.BUNDLE_PRICE and rule.parts:
        return ""
    match target.kind:
        case TargetKind.SKUS:
            return f" {', '.join(target.skus)}"
        case TargetKind.CATEGORIES:
            return f" {', '.join(target.categories)}"
        case TargetKind.DELIVERY:
            return " delivery"
        case _:
            return " the basket"


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"
