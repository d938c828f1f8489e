"""What delivery costs: the one table that the quote of a cart and the total of a checkout are made from."""

from __future__ import annotations

from enum import StrEnum

STANDARD_MINOR = 3_95
STANDARD_FREE_FROM_MINOR = 50_00
EXPRESS_MINOR = 6_95


class DeliveryMethod(StrEnum):
    """How goods reach the shopper."""

    STANDARD = "standard"
    EXPRESS = "express"
    COLLECT = "collect"


def delivery_charge_minor(method: DeliveryMethod, goods_minor: int) -> int:
    """Pence, VAT included, for delivering goods of this worth (after discounts)."""
    match method:
        case DeliveryMethod.STANDARD:
            return 0 if goods_minor >= STANDARD_FREE_FROM_MINOR else STANDARD_MINOR
        case DeliveryMethod.EXPRESS:
            return EXPRESS_MINOR
        case DeliveryMethod.COLLECT:
            return 0
