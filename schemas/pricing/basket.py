"""What goes into the pricing function, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from schemas.cart.messages import CartLine
from schemas.orders.messages import DeliveryCharge, OrderLine
from schemas.prices.messages import Price, SkuPrice
from schemas.promotions.terms import AppliedPromotion, NotApplied, Terms


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a cart, at a price. The same SKU may come in several items, at one price."""

    line: CartLine  # handed on to the order's line as it is
    title: str
    unit_price_minor: int  # VAT included
    vat_basis_points: int
    categories: tuple[str, ...] = ()

    @property
    def sku(self) -> str:
        """What is bought."""
        return self.line.sku

    @property
    def quantity(self) -> int:
        """How many units of it."""
        return self.line.quantity

    @classmethod
    def of(cls, line: CartLine, price: Price | SkuPrice) -> Item:
        """A line at this price."""
        return cls(
            line=line,
            title=price.title,
            unit_price_minor=price.unit_price_minor,
            vat_basis_points=price.vat_basis_points,
            categories=price.categories,
        )


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Who buys, and where. Of a guest neither groups nor former orders are known."""

    channel: str = "web"
    location: str = ""  # of a till
    customer_group: str = ""
    first_order: bool | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that may apply. `units_max`: no more units are cheaper by it; None: as many as there are.

    `refusal`: why its own room, or what is known of it, says no.
    """

    promotion_id: str
    terms: Terms
    code: str = ""
    units_max: int | None = None
    refusal: NotApplied | None = None


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an offer: applied, or why it is not."""

    offer: Offer
    applied: AppliedPromotion | None = None
    reason: NotApplied | None = None
    combined_with: str = ""  # title of the one that stands in its way


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """The lines by SKU, with what is off each, and what became of the offers for goods."""

    lines: tuple[OrderLine, ...]
    considered: tuple[Considered, ...]
    delivery_offers: tuple[Considered, ...]  # not decided on yet, but for those that are refused
    alone: str = ""  # title of an exclusive promotion that was applied
    groups: tuple[tuple[str, str], ...] = ()  # groups of which one was applied, and its title


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A basket with its prices, discounts, VAT and delivery."""

    lines: tuple[OrderLine, ...]
    delivery: DeliveryCharge
    total_minor: int
    considered: tuple[Considered, ...]

    @property
    def applied(self) -> tuple[AppliedPromotion, ...]:
        """The promotions that take something off."""
        return applied(self.considered)


def applied(considered: Iterable[Considered]) -> tuple[AppliedPromotion, ...]:
    """Those that take something off."""
    return tuple([each.applied for each in considered if each.applied is not None])
