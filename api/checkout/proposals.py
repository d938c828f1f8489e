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
from schemas.checkout.uses import ProposedUse
from schemas.pricing.price import delivered


async def proposals(request: Request, wanted: NewCheckout, channel: str, seen: str | None) -> tuple[ProposedUse, ...]:
    """What the total that the shopper saw rests on; nothing is looked up while there are no promotions.

    The cart is the view's: whoever has just changed it sends the position of that, `seen`. Raises Problem when the view
    does not reach it in time, psycopg.OperationalError when it cannot be read.
    """
    if not part(request, Promotions).any:
        return ()
    await reached(request, seen)
    cart = await part(request, Carts).read(wanted.cart_id)
    if cart is None:
        return ()
    priced = delivered(part(request, Pricing).priced(cart.state, channel).goods, wanted.delivery_method)
    pseudonyms = part(request, Pseudonyms)
    return tuple(
        ProposedUse(
            promotion_id=each.promotion_id,
            code=each.code,
            customer=pseudonyms.of(each.promotion_id, wanted.email),
            units=each.units,
        )
        for each in priced.applied
    )
