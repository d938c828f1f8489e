"""The promotions that a checkout proposes: those that take something off the cart as it is at this moment."""

from __future__ import annotations

from fastapi import Request

from api.cart.carts import Carts
from api.cart.pricing import Pricing
from api.checkout.requests import NewCheckout
from api.http.parts import part
from api.http.positions import reached
from api.promotions.promotions import Promotions
from api.promotions.pseudonyms import Pseudonyms
from schemas.checkout.uses import Proposal, ProposedUse, RefusedUse, ShownLine
from schemas.pricing.basket import Offer
from schemas.pricing.price import delivered
from schemas.promotions.terms import NotApplied


async def proposal(request: Request, wanted: NewCheckout, channel: str, seen: str | None) -> Proposal:
    """What the total that the shopper saw rests on.

    The cart is the view's, and is not looked at while there are no promotions: whoever has just changed it sends the
    position of that, `seen`. Raises Problem when the view does not reach it in time, psycopg.OperationalError when it
    cannot be read.
    """
    shown = tuple(ShownLine(sku=each.sku, total_minor=each.total.amount_minor) for each in wanted.expected_lines or ())
    if not part(request, Promotions).any:
        return Proposal(shown=shown)
    await reached(request, seen)
    cart = await part(request, Carts).read(wanted.cart_id)
    if cart is None:
        return Proposal(shown=shown)
    priced = delivered(part(request, Pricing).priced(cart.state, channel).goods, wanted.delivery_method)
    withheld = tuple(
        RefusedUse(promotion_id=each.promotion_id, code=each.code, reason=each.refusal, since=_since(each))
        for each in (considered.offer for considered in priced.considered)
        if each.refusal is not None
    )
    pseudonyms = part(request, Pseudonyms)
    promotions = tuple(
        ProposedUse(
            promotion_id=each.promotion_id,
            code=each.code,
            customer=pseudonyms.of(each.promotion_id, wanted.email),
            units=each.units,
        )
        for each in priced.applied
    )
    return Proposal(promotions=promotions, withheld=withheld, shown=shown)


def _since(offer: Offer) -> int | None:
    """When it begins, or ended, if that is why it does not apply."""
    if offer.refusal is NotApplied.NOT_STARTED:
        return offer.terms.starts_at
    return offer.terms.ends_at if offer.refusal is NotApplied.ENDED else None
