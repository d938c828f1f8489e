"""What a checkout costs, decided once everything is known: by the prices and promotions as their rooms answered."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.checkout.messages import (
    CheckoutEvent,
    CheckoutFailure,
    CheckoutLinePriced,
    CheckoutPriced,
    CheckoutState,
)
from schemas.checkout.rules import PAYABLE_MAX_MINOR, PAYABLE_MIN_MINOR
from schemas.checkout.uses import CheckoutUseDenied, CheckoutUseReserved, LineDifference, RefusedUse
from schemas.pricing.basket import Circumstances, Item, Offer, Priced
from schemas.pricing.price import price
from schemas.pricing.vat import ROUNDING, net_of_line
from streams.checkout.ending import failed
from streams.checkout.sourcing import demands
from streams.checkout.state import evolve

Events = tuple[CheckoutEvent, ...]


def once_all_is_known(
    event: CheckoutLinePriced | CheckoutUseReserved | CheckoutUseDenied, state: CheckoutState, at: int
) -> Events:
    """The event, and with the last of them what the total is, or why it is not what the shopper saw."""
    return (event,) if state.waiting > 1 else (event, _total(evolve(state, event), at))


def _total(state: CheckoutState, at: int) -> CheckoutEvent:
    items = [Item.of(line, state.prices[line.sku]) for line in state.cart_lines]
    known = state.proposal
    circumstances = Circumstances(
        channel=state.channel, customer_group=known.customer_group, first_order=known.first_order
    )
    priced = price(items, state.delivery_method, _offers(state), circumstances)
    total, not_applied = priced.total_minor, _not_applied(state, priced)
    if total != state.expected_total_minor or not_applied:
        return failed(
            state,
            CheckoutFailure.CART_CHANGED,  # Nobody pays what they did not see.
            at,
            total_minor=total,
            not_applied=(*not_applied, *state.proposal.withheld),
            differences=_differences(state, priced),
        )
    if 0 < total < PAYABLE_MIN_MINOR:
        return failed(state, CheckoutFailure.TOTAL_TOO_SMALL, at, total_minor=total)
    if total > PAYABLE_MAX_MINOR:
        return failed(state, CheckoutFailure.TOTAL_TOO_LARGE, at, total_minor=total)
    return CheckoutPriced(
        checkout_id=state.checkout_id,
        lines=priced.lines,
        delivery=replace(priced.delivery, deliver_on=state.deliver_on),
        total_minor=total,
        promotions=priced.applied,
        vat_rounding=ROUNDING,
        demands=demands(state.cart_lines, state.prices),
    )


def _offers(state: CheckoutState) -> list[Offer]:
    return [
        Offer(promotion_id=promotion_id, terms=use.terms, code=use.code, units_max=use.units or None)
        for promotion_id, use in state.uses.items()
        if use.terms is not None
    ]


def _not_applied(state: CheckoutState, priced: Priced) -> tuple[RefusedUse, ...]:
    """Those that their room refused, and those whose terms are no longer for this basket."""
    by_terms = {each.offer.promotion_id: each.reason for each in priced.considered if each.reason is not None}
    return tuple(
        RefusedUse(promotion_id=promotion_id, code=use.code, reason=reason, since=use.since)
        for promotion_id, use in state.uses.items()
        if (reason := use.refusal or by_terms.get(promotion_id)) is not None
    )


def _differences(state: CheckoutState, priced: Priced) -> tuple[LineDifference, ...]:
    if not state.proposal.shown:
        return ()
    shown, now = (
        {each.sku: each.total_minor for each in state.proposal.shown},
        {each.sku: net_of_line(each) for each in priced.lines},
    )
    return tuple(
        LineDifference(sku=sku, shown_minor=shown.get(sku), now_minor=now.get(sku))
        for sku in sorted(shown.keys() | now.keys())
        if shown.get(sku) != now.get(sku)
    )
