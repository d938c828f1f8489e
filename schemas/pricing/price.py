"""The one pricing function: gross pence in; lines, delivery, VAT, discounts and their reasons out.

The cart shows what it says, the checkout decides by it, the order keeps it. It depends on nothing but its arguments;
the order of the items, and whether a quantity comes in one of them or in several, makes no difference.

Order of application: promotions for goods before those for the delivery, because what delivery costs depends on what
the goods cost; among each the higher priority first, of equal ones the lower id. Each takes its part of what those
before it left. An exclusive one is applied alone; of those that name the same group, one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict, replace

from schemas.delivery import DeliveryMethod, delivery_charge_minor
from schemas.orders.messages import DeliveryCharge, OrderLine
from schemas.pricing.basket import Circumstances, Considered, Goods, Item, Offer, Priced, applied
from schemas.pricing.conditions import not_eligible
from schemas.pricing.discounts import taken_off, taken_off_sum
from schemas.pricing.vat import net_of_lines, vat_in, vat_of_delivery
from schemas.pricing.words import in_words, pounds_in_words
from schemas.promotions.terms import AppliedPromotion, LineDiscount, NotApplied, RuleKind, TargetKind

APPLIED_MAX = 10  # of one order, whose record has to fit into 1 MB with a thousand lines
GUEST = Circumstances()


def price(
    items: Iterable[Item], method: str, offers: Sequence[Offer] = (), circumstances: Circumstances = GUEST
) -> Priced:
    """The whole basket, delivered this way. Raises ValueError for a way of delivery that is none."""
    return delivered(goods(items, offers, circumstances), method)


def goods(items: Iterable[Item], offers: Sequence[Offer] = (), circumstances: Circumstances = GUEST) -> Goods:
    """The lines by SKU, with what the promotions for goods take off each."""
    merged = _merged(items)
    if not offers:
        return Goods(lines=tuple([_line(item, ()) for item in merged]), considered=(), delivery_offers=())
    spend = sum(item.quantity * item.unit_price_minor for item in merged)
    ordered = sorted(offers, key=lambda offer: (-offer.terms.priority, offer.promotion_id))
    judged = [Considered(offer=each, reason=not_eligible(each, merged, spend, circumstances)) for each in ordered]
    stacked = _Stack()
    left = {item.sku: item.quantity * item.unit_price_minor for item in merged}
    off: dict[str, list[LineDiscount]] = {}
    considered: list[Considered] = []
    for each in judged:
        if is_for_delivery(each.offer):
            continue
        each, amounts = _take(each, stacked, merged, left)
        for sku, amount in amounts.items():
            left[sku] -= amount
            off.setdefault(sku, []).append(LineDiscount(promotion=stacked.count - 1, amount_minor=amount))
        considered.append(each)
    return Goods(
        lines=tuple([_line(item, tuple(off.get(item.sku, ()))) for item in merged]),
        considered=tuple(considered),
        delivery_offers=tuple([each for each in judged if is_for_delivery(each.offer)]),
        alone=stacked.alone,
        groups=tuple(stacked.groups.items()),
    )


def delivered(priced: Goods, method: str) -> Priced:
    """The goods with their delivery. Raises ValueError for a way of delivery that is none."""
    worth = net_of_lines(priced.lines)
    gross = left = delivery_charge_minor(DeliveryMethod(method), worth)
    stacked = _Stack(priced.alone, dict(priced.groups), count=len(applied(priced.considered)))
    off, considered = [], list(priced.considered)
    for each in priced.delivery_offers:
        each, amount = _take_of_delivery(each, stacked, method, left)
        if amount:
            left -= amount
            off.append(LineDiscount(promotion=stacked.count - 1, amount_minor=amount))
        considered.append(each)
    delivery = DeliveryCharge(
        method=method,
        gross_minor=gross,
        discount_minor=gross - left,
        discounts=tuple(off),
        vat_minor=vat_of_delivery(left, priced.lines),
    )
    return Priced(lines=priced.lines, delivery=delivery, total_minor=worth + left, considered=tuple(considered))


def is_for_delivery(offer: Offer) -> bool:
    """Whether it takes something off the delivery and not off the goods."""
    return offer.terms.rule.kind is RuleKind.FREE_DELIVERY or offer.terms.target.kind is TargetKind.DELIVERY


class _Stack:
    """Which promotions stand in the way of others, by those that were applied."""

    def __init__(self, alone: str = "", groups: dict[str, str] | None = None, *, count: int = 0) -> None:
        self.alone, self.groups, self.count = alone, groups or {}, count

    def against(self, offer: Offer) -> str:
        """Title of the one that stands in its way; empty: none does."""
        if self.alone:
            return self.alone
        if offer.terms.exclusive and self.count:
            return "another promotion"
        if self.count >= APPLIED_MAX:
            return f"more than {APPLIED_MAX} others"
        return self.groups.get(offer.terms.stack_group, "") if offer.terms.stack_group else ""

    def add(self, offer: Offer) -> None:
        self.count += 1
        if offer.terms.exclusive:
            self.alone = offer.terms.title
        if offer.terms.stack_group:
            self.groups[offer.terms.stack_group] = offer.terms.title


def _take(
    each: Considered, stacked: _Stack, items: Sequence[Item], left: dict[str, int]
) -> tuple[Considered, dict[str, int]]:
    """What became of an offer for goods, and pence off by SKU."""
    offer = each.offer
    if (refused := _refused(each, stacked)) is not None:
        return refused, {}
    amounts, units = taken_off(offer, items, left)
    if not amounts:
        return Considered(offer=offer, reason=NotApplied.NOTHING_TO_TAKE_OFF), {}
    stacked.add(offer)
    return Considered(offer=offer, applied=_applied(offer, goods_minor=sum(amounts.values()), units=units)), amounts


def _take_of_delivery(each: Considered, stacked: _Stack, method: str, left: int) -> tuple[Considered, int]:
    """What became of an offer for the delivery, and pence off."""
    offer = each.offer
    if (refused := _refused(each, stacked)) is not None:
        return refused, 0
    meant = not offer.terms.target.methods or method in offer.terms.target.methods
    amount = taken_off_sum(offer.terms.rule, left) if meant else 0
    if not amount:
        return Considered(offer=offer, reason=NotApplied.NOTHING_TO_TAKE_OFF), 0
    stacked.add(offer)
    return Considered(offer=offer, applied=_applied(offer, delivery_minor=amount)), amount


def _refused(each: Considered, stacked: _Stack) -> Considered | None:
    if each.reason is not None:
        return each
    if other := stacked.against(each.offer):
        return Considered(offer=each.offer, reason=NotApplied.NOT_COMBINABLE, combined_with=other)
    return None


def _applied(offer: Offer, *, goods_minor: int = 0, delivery_minor: int = 0, units: int = 0) -> AppliedPromotion:
    off = pounds_in_words(goods_minor + delivery_minor)
    by = f", with the code {offer.code}" if offer.code else ""
    return AppliedPromotion(
        promotion_id=offer.promotion_id,
        title=offer.terms.title,
        code=offer.code,
        goods_minor=goods_minor,
        delivery_minor=delivery_minor,
        units=units,
        explanation=f"{off} off: {in_words(offer.terms)}{by}",
    )


def _merged(items: Iterable[Item]) -> tuple[Item, ...]:
    """Each SKU once, by SKU."""
    by_sku: dict[str, Item] = {}
    for item in items:
        if (earlier := by_sku.get(item.sku)) is not None:
            assert earlier.unit_price_minor == item.unit_price_minor, f"{item.sku} at two prices"
            item = replace(item, line=replace(item.line, quantity=earlier.quantity + item.quantity))
        by_sku[item.sku] = item
    return tuple([by_sku[sku] for sku in sorted(by_sku)])


def _line(item: Item, discounts: tuple[LineDiscount, ...]) -> OrderLine:
    gross = item.quantity * item.unit_price_minor
    off = sum(each.amount_minor for each in discounts) if discounts else 0
    assert 0 <= off <= gross, "a line below zero"
    return OrderLine(
        **asdict(item.line),
        title=item.title,
        unit_price_minor=item.unit_price_minor,
        gross_minor=gross,
        discount_minor=off,
        discounts=discounts,
        vat_basis_points=item.vat_basis_points,
        vat_minor=vat_in(gross - off, item.vat_basis_points),
    )
