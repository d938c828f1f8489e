"""A cart as it is shown: its lines with the prices of this moment, and what each way of delivery would cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson
from fastapi import Response

from api.answers import answer
from api.cart_stock import Availability
from api.errors import Problem
from api.positions import position
from api.prices import Prices
from api.shapes import pounds
from connectors.projection import Shown
from schemas.cart.messages import CartState
from schemas.delivery import DeliveryMethod, delivery_charge_minor
from schemas.topics import CART


def shown_as(
    status: int,
    cart: Shown[CartState],
    prices: Prices,
    *,
    availability: Mapping[str, Availability] | None = None,
    more: dict[str, Any] | None = None,
    **headers: str,
) -> Response:
    body = cart_body(cart.state, prices, availability or {})
    # Prices and stock change without the cart: before the dash is the cart's version, after it what was shown.
    etag = f'"{cart.state.version}-{crc32(orjson.dumps(body)):08x}"'
    at = position(CART, cart.state.cart_id, cart.version)
    return answer(status, body | (more or {}), etag=etag, bloomfield_position=at, **headers)


def cart_body(cart: CartState, prices: Prices, availability: Mapping[str, Availability]) -> dict[str, Any]:
    """The cart as shown, its lines by SKU, with the prices of this moment and what is known of the stock."""
    lines, unavailable, goods = [], [], 0
    for sku in sorted(cart.lines):
        quantity, product = cart.lines[sku], prices.on_sale(sku)
        if product is None:
            unavailable.append({"sku": sku, "quantity": quantity, "reason": "not_for_sale"})
            continue
        total = quantity * product.unit_price_minor
        goods += total
        lines.append({
            "sku": sku, "title": product.title, "quantity": quantity,
            "unit_price": pounds(product.unit_price_minor), "total": pounds(total),
            "availability": availability.get(sku),
        })  # fmt: skip
    return {
        "id": cart.cart_id, "status": cart.status, "version": cart.version, "channel": cart.channel,
        "lines": lines, "unavailable": unavailable, "goods_total": pounds(goods),
        "delivery": {method.value: _quote(method, goods) for method in DeliveryMethod},
        "checkout_id": cart.checkout_id, "order_id": cart.order_id,
    }  # fmt: skip


def _quote(method: DeliveryMethod, goods: int) -> dict[str, Any]:
    charge = delivery_charge_minor(method, goods)
    return {"charge": pounds(charge), "total": pounds(goods + charge)}


def not_found() -> Problem:
    """One answer for a cart that is not there and for one that is somebody else's."""
    return Problem(
        "cart_not_found",
        "There is no such cart, or the header Cart-Secret is not its secret. Send the secret from POST /v1/carts, "
        "or make a new cart.",
    )
