"""A cart as it is shown: with the prices of this moment, and what each way of delivery would cost; or why it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from msgspec import Meta
from starlette.requests import HTTPConnection

from api.http.auth import may_touch
from api.http.conditional import etag_of
from api.http.problems import Problem
from api.http.responses import Amount, Body, pounds
from api.log.gateway import Gateway
from api.prices.prices import Prices
from schemas.cart.messages import ROOM as CART
from schemas.cart.messages import CartRefusal, CartState, CartStatus
from schemas.delivery import DeliveryMethod, delivery_charge_minor


class Availability(Body):
    status: Annotated[
        Literal["available", "insufficient", "out_of_stock"],
        Meta(
            description="`available`: there is enough for all lines that take from the same stock, or a checkout of "
            "this cart holds it. `insufficient`: there is some. `out_of_stock`: a checkout would be refused."
        ),
    ]
    available: Annotated[
        int,
        Meta(
            description="Units that this line could have now, those held for this cart included; as a line comes whole "
            "from one location, the most that one has. Of a bundle: whole ones."
        ),
    ]


class CartLineResponse(Body):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    total: Amount
    availability: Annotated[
        Availability | None,
        Meta(
            description="Only a GET tells it. Null as well while a checkout is asking for the stock or giving it back, "
            "once the cart is ordered or expired, and while the stock view cannot be read."
        ),
    ]


class UnavailableLine(Body):
    sku: str
    quantity: int
    reason: Literal["not_for_sale"]


class DeliveryQuote(Body):
    charge: Amount
    total: Annotated[Amount, Meta(description="Goods and delivery: the `expected_total` of a checkout this way.")]


class DeliveryQuotes(Body):
    standard: DeliveryQuote
    express: DeliveryQuote
    collect: DeliveryQuote


class CartResponse(Body):
    id: str
    status: CartStatus
    version: Annotated[int, Meta(description="Rises with every change; what `If-Match` is held against.")]
    channel: str
    lines: list[CartLineResponse]
    unavailable: Annotated[list[UnavailableLine], Meta(description="Lines that cannot be bought; not in the totals.")]
    goods_total: Amount
    delivery: Annotated[DeliveryQuotes, Meta(description="What each way of delivery costs, and the total with it.")]
    checkout_id: str | None
    order_id: str | None

    @classmethod
    def priced(
        cls, cart: CartState, prices: Prices, availability: Mapping[str, Availability] | None = None, **more: Any
    ) -> Self:
        """The cart with the prices of this moment, and what is known of the stock, by SKU."""
        lines, unavailable, goods = [], [], 0
        known = availability or {}
        for sku, line in sorted(cart.lines.items()):
            price = prices.on_sale(sku)
            if price is None:
                unavailable.append(UnavailableLine(sku=sku, quantity=line.quantity, reason="not_for_sale"))
                continue
            total = line.quantity * price.unit_price_minor
            goods += total
            lines.append(
                CartLineResponse(
                    sku=sku, title=price.title, quantity=line.quantity, unit_price=pounds(price.unit_price_minor),
                    total=pounds(total), availability=known.get(sku),
                )
            )  # fmt: skip
        quotes = DeliveryQuotes(**{method.value: _quote(method, goods) for method in DeliveryMethod})
        return cls(
            id=cart.cart_id, status=cart.status, version=cart.version, channel=cart.channel, lines=lines,
            unavailable=unavailable, goods_total=pounds(goods), delivery=quotes, checkout_id=cart.checkout_id,
            order_id=cart.order_id, **more,
        )  # fmt: skip

    def etag(self, json: bytes) -> str:
        """Prices and stock change without the cart: before the dash is its version, after it what was shown."""
        return etag_of(self.version, json)


class CreatedCartResponse(CartResponse):
    secret: Annotated[str, Meta(description="Send it as `Cart-Secret` about this cart. Shown only here.")]

    def etag(self, json: bytes) -> str:
        """As it is without the secret."""
        return super().etag(json[: json.rindex(b',"secret":')] + b"}")


def _quote(method: DeliveryMethod, goods: int) -> DeliveryQuote:
    charge = delivery_charge_minor(method, goods)
    return DeliveryQuote(charge=pounds(charge), total=pounds(goods + charge))


def not_found() -> Problem:
    """One problem for a cart that is not there and for one that is somebody else's."""
    return Problem(
        "cart_not_found",
        "There is no such cart, or the header Cart-Secret is not its secret. Send the secret from POST /v1/carts, "
        "or make a new cart.",
    )


def require_own(request: HTTPConnection, cart_id: str, secret: str) -> None:
    """Raises Problem unless the caller has the cart's secret, or is staff."""
    if not may_touch(request, cart_id, secret):
        raise not_found()


CARTS: Gateway[CartState] = Gateway(
    room=CART,
    location="/v1/carts/{0.cart_id}",
    refused="The cart refused",
    refusals={
        CartRefusal.CART_UNKNOWN: lambda _cart, _command: not_found(),
        CartRefusal.CART_CLOSED: lambda cart, _: Problem(
            "cart_closed", f"The cart is {cart.status}: it can no longer change. Make a new one."
        ),
        CartRefusal.VERSION_MISMATCH: lambda cart, _: Problem(
            "version_mismatch",
            f"The cart is at version {cart.version} by now. Read it again, then decide.",
            version=cart.version,
        ),
        CartRefusal.TOO_MANY_LINES: lambda cart, _: Problem(
            "too_many_lines", f"The cart has {len(cart.lines)} lines, and can have no more. Remove one."
        ),
    },
)
