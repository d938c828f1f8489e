"""The rooms that a worker can run. A new room is one line here."""

from __future__ import annotations

from typing import Any

from streams.cart.room import CART
from streams.catalogue.room import CATALOGUE
from streams.categories.room import CATEGORIES
from streams.checkout.room import CHECKOUT
from streams.inventory.room import INVENTORY
from streams.orders.room import ORDERS
from streams.payments.room import PAYMENTS
from streams.pins.room import PINS
from streams.prices.room import PRICES
from streams.promotions.room import PROMOTIONS
from streams.runtime.decider import Decider
from streams.synonyms.room import SYNONYMS

DECIDERS: dict[str, Decider[Any, Any, Any]] = {
    decider.room.name: decider
    for decider in (
        CATALOGUE,
        PRICES,
        INVENTORY,
        CART,
        CHECKOUT,
        PAYMENTS,
        ORDERS,
        PROMOTIONS,
        CATEGORIES,
        PINS,
        SYNONYMS,
    )
}
