"""What one promotion takes off goods that stand at certain pence: by SKU, never more than is left of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.pricing.basket import Item, Offer
from schemas.pricing.conditions import is_target
from schemas.pricing.vat import apportion, nearest
from schemas.promotions.terms import Rule, RuleKind

Pence = dict[str, int]  # by SKU
WHOLE = 10_000  # basis points


def taken_off(offer: Offer, items: Sequence[Item], left: Mapping[str, int]) -> tuple[Pence, int]:
    """Pence off by SKU, and the units that cost less. `items` by SKU, each once; `left`: what is left of each line."""
    rule, targets = offer.terms.rule, [item for item in items if is_target(offer.terms.target, item)]
    if rule.kind is RuleKind.BUY_X_GET_Y:
        return _cheaper_units(rule, targets, left, offer.units_max)
    if rule.kind is RuleKind.BUNDLE_PRICE:
        return _bundles(rule, items if rule.parts else targets, left, offer.units_max)
    units = _dearest(targets, offer.units_max)
    bases = {item.sku: _base(item, units[item.sku], left[item.sku]) for item in targets if units[item.sku]}
    off = taken_off_sum(rule, sum(bases.values()))
    return (_spread(off, bases), sum(units[sku] for sku in bases)) if off else ({}, 0)


def taken_off_sum(rule: Rule, base_minor: int) -> int:
    """Pence off a sum, of rules that look at nothing else; never more than the sum."""
    match rule.kind:
        case RuleKind.PERCENTAGE:
            return _percentage(base_minor, rule.basis_points)
        case RuleKind.AMOUNT:
            return min(rule.amount_minor, base_minor)
        case RuleKind.FREE_DELIVERY:
            return base_minor
        case RuleKind.TIERS:
            reached = [tier for tier in rule.tiers if tier.from_minor <= base_minor]
            if not reached:
                return 0
            tier = max(reached, key=lambda each: each.from_minor)
            return min(_percentage(base_minor, tier.basis_points) + tier.amount_minor, base_minor)
        case _:
            return 0


def _percentage(base_minor: int, basis_points: int) -> int:
    return min(nearest(base_minor * basis_points, WHOLE), base_minor)


def _base(item: Item, units: int, left_minor: int) -> int:
    """What these units of a line stand at, of what is left of the line."""
    return left_minor if units == item.quantity else left_minor * units // item.quantity


def _dearest(targets: Sequence[Item], units_max: int | None) -> Pence:
    """The units that may cost less, by SKU: the dearest ones, when there are more than may."""
    free = sum(item.quantity for item in targets) if units_max is None else units_max
    units = {}
    for item in sorted(targets, key=_dearest_first):
        units[item.sku] = min(item.quantity, free)
        free -= units[item.sku]
    return units


def _dearest_first(item: Item) -> tuple[int, str]:
    return -item.unit_price_minor, item.sku


def _cheaper_units(
    rule: Rule, targets: Sequence[Item], left: Mapping[str, int], units_max: int | None
) -> tuple[Pence, int]:
    """Of each `buy` + `get` units, dearest first, the last `get`."""
    group, place, granted = rule.buy + rule.get, 0, 0
    cheaper: Pence = {}
    # Whole groups only: the units behind the last whole one are bought as they are.
    whole = sum(item.quantity for item in targets) // group * group
    for item in sorted(targets, key=_dearest_first):
        end = min(place + item.quantity, whole)
        found = _places(end, rule) - _places(place, rule) if end > place else 0
        if units_max is not None:
            found = min(found, units_max - granted)
        if found > 0:
            cheaper[item.sku], granted = found, granted + found
        place += item.quantity
    prices = {item.sku: item.unit_price_minor for item in targets}
    off = {sku: min(_percentage(units * prices[sku], rule.basis_points), left[sku]) for sku, units in cheaper.items()}
    return _told(off, granted)


def _places(units: int, rule: Rule) -> int:
    """Of the first so many units, dearest first, how many are cheaper."""
    groups, rest = divmod(units, rule.buy + rule.get)
    return groups * rule.get + max(rest - rule.buy, 0)


def _bundles(rule: Rule, items: Sequence[Item], left: Mapping[str, int], units_max: int | None) -> tuple[Pence, int]:
    if rule.parts:
        return _bundles_of_parts(rule, items, left, units_max)
    return _bundles_of_any(rule, items, left, units_max)


def _bundles_of_parts(
    rule: Rule, items: Sequence[Item], left: Mapping[str, int], units_max: int | None
) -> tuple[Pence, int]:
    """As many whole bundles as there are; each costs the price, if that is less."""
    known, size = {item.sku: item for item in items}, sum(part.quantity for part in rule.parts)
    if not all(part.sku in known for part in rule.parts):
        return {}, 0
    bundles = min(known[part.sku].quantity // part.quantity for part in rule.parts)
    if units_max is not None:
        bundles = min(bundles, units_max // size)
    bases = {
        part.sku: _base(known[part.sku], bundles * part.quantity, left[part.sku]) for part in rule.parts if bundles
    }
    off = max(sum(bases.values()) - bundles * rule.amount_minor, 0)
    return (_spread(off, bases), bundles * size) if off else ({}, 0)


def _bundles_of_any(
    rule: Rule, items: Sequence[Item], left: Mapping[str, int], units_max: int | None
) -> tuple[Pence, int]:
    """Any `buy` units cost the price together: the dearest first, so that the shopper saves most."""
    free = sum(item.quantity for item in items)
    free = free if units_max is None else min(free, units_max)
    units = _dearest(items, free // rule.buy * rule.buy)
    bases = {item.sku: _base(item, units[item.sku], left[item.sku]) for item in items if units[item.sku]}
    taken = sum(units.values())
    off = max(sum(bases.values()) - taken // rule.buy * rule.amount_minor, 0)
    return (_spread(off, bases), taken) if off else ({}, 0)


def _spread(off: int, bases: Pence) -> Pence:
    """By what each line stands at; the parts sum to the whole, and none is more than its line."""
    skus = sorted(bases)
    parts = apportion(off, [bases[sku] for sku in skus])
    return {sku: part for sku, part in zip(skus, parts, strict=True) if part}


def _told(off: Pence, units: int) -> tuple[Pence, int]:
    off = {sku: pence for sku, pence in off.items() if pence}
    return (off, units) if off else ({}, 0)
