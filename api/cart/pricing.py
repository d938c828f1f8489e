"""What a cart costs at this moment: by the pricing function, with the prices and promotions in memory."""

from __future__ import annotations

import time

import msgspec

from api.prices.prices import Prices
from api.promotions.promotions import Promotions
from schemas.cart.messages import CartState
from schemas.pricing.basket import Circumstances, Goods, Item
from schemas.pricing.price import goods


class PricedCart(msgspec.Struct, frozen=True, kw_only=True):
    """A cart's goods with what the promotions take off them; at a moment in UTC milliseconds."""

    goods: Goods
    unavailable: tuple[str, ...]  # SKUs that are not for sale
    at: int


class Pricing:
    """The prices and promotions of this process, as the pricing function takes them."""

    def __init__(self, prices: Prices, promotions: Promotions) -> None:
        self._prices, self._promotions = prices, promotions

    def priced(self, cart: CartState, channel: str = "") -> PricedCart:
        """The cart as a checkout of this channel, or of its own, would price it now. Who buys is not known yet."""
        now = time.time_ns() // 1_000_000
        channel = channel or cart.channel
        prices = self._prices.of(channel)
        on_sale = {sku: prices.on_sale(sku) for sku in sorted(cart.lines)}
        items = [Item.of(cart.lines[sku], price) for sku, price in on_sale.items() if price is not None]
        offers = self._promotions.offers(cart.codes, now)
        return PricedCart(
            goods=goods(items, offers, Circumstances(channel=channel)),
            unavailable=tuple([sku for sku, price in on_sale.items() if price is None]),
            at=now,
        )
