"""Whether the stock there is now covers each line of a cart. A hint: only a checkout holds stock, and decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from api.cart.responses import Availability
from api.prices.prices import ChannelPrices
from connectors.postgres.reads import StockForCart
from schemas.cart.messages import CartState, CartStatus
from schemas.checkout.messages import CheckoutStep
from schemas.sourcing import Taken, most_at_one_location, needed, taken_by, whole_ones

# A checkout at one of these steps holds every line of its cart, or has it sold to it.
HOLDS_ALL = frozenset({
    CheckoutStep.PREPARING_PAYMENT, CheckoutStep.AWAITING_PAYMENT, CheckoutStep.SEALING,
    CheckoutStep.COMMITTING, CheckoutStep.PLACING, CheckoutStep.CAPTURING,
})  # fmt: skip
STILL_BUYING = frozenset({CartStatus.OPEN, CartStatus.LOCKED, CartStatus.SEALED})
Parts = Mapping[str, Taken]  # by the SKU of a line


def parts_of(cart: CartState, prices: ChannelPrices) -> dict[str, dict[str, int]]:
    """The stock that a unit of each line takes; a line that is not for sale takes none."""
    on_sale = {sku: prices.on_sale(sku) for sku in cart.lines}
    return {sku: taken_by(sku, price.components) for sku, price in on_sale.items() if price is not None}


def skus_stocked(parts: Parts) -> list[str]:
    """Every SKU whose stock matters."""
    return sorted({part for taken in parts.values() for part in taken})


def availability(cart: CartState, parts: Parts, stock: StockForCart) -> dict[str, Availability]:
    """By the SKU of the line, for a cart that is still to be bought; empty when it cannot be told."""
    most = {sku: most_at_one_location(places) for sku, places in stock.units.items()}
    if cart.checkout_id is None:
        return _judged(cart, parts, most)
    if stock.checkout_step in HOLDS_ALL:
        return {sku: _held(cart.lines[sku].quantity, whole_ones(taken, most)) for sku, taken in parts.items()}
    # Its checkout is just asking for the stock, or giving it back: the view may show the cart's own units as taken.
    return {}


def _judged(cart: CartState, parts: Parts, most: Mapping[str, int]) -> dict[str, Availability]:
    wanted = needed((taken, cart.lines[sku].quantity) for sku, taken in parts.items())
    found = {}
    for sku, taken in parts.items():
        available = whole_ones(taken, most)
        # As a checkout does it: lines that share stock are summed before they are held against it.
        enough = all(wanted[part] <= most.get(part, 0) for part in taken)
        found[sku] = Availability(status=_status(available, enough=enough), available=available)
    return found


def _held(quantity: int, free: int) -> Availability:
    return Availability(status="available", available=max(quantity, free))


def _status(available: int, *, enough: bool) -> Literal["available", "insufficient", "out_of_stock"]:
    if enough:
        return "available"
    return "insufficient" if available else "out_of_stock"
