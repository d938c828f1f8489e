"""A cart as it is shown: with the prices of this moment, and what each way of delivery would cost; or why it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from msgspec import Meta
from starlette.requests import HTTPConnection

from api.cart.pricing import PricedCart, Pricing
from api.http.auth import may_touch
from api.http.conditional import etag_of
from api.http.problems import Problem
from api.http.responses import Amount, Body, pounds
from api.log.gateway import Gateway
from api.promotions.explain import ConsideredPromotion
from schemas.cart.messages import ROOM as CART
from schemas.cart.messages import CartRefusal, CartState, CartStatus
from schemas.delivery import DeliveryMethod
from schemas.orders.messages import OrderLine
from schemas.pricing.basket import applied
from schemas.pricing.price import delivered
from schemas.pricing.vat import net_of_delivery, net_of_line, net_of_lines
from schemas.promotions.rules import CODES_PER_CART_MAX
from schemas.promotions.terms import AppliedPromotion, LineDiscount


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


class DiscountResponse(Body):
    promotion_id: str
    amount: Amount

    @classmethod
    def all_of(cls, discounts: Sequence[LineDiscount], promotions: Sequence[AppliedPromotion]) -> list[Self]:
        """What each of the promotions takes off."""
        return [
            cls(promotion_id=promotions[each.promotion].promotion_id, amount=pounds(each.amount_minor))
            for each in discounts
        ]


class CartLineResponse(Body):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    discount: Annotated[Amount, Meta(description="What promotions take off this line.")]
    discounts: Annotated[list[DiscountResponse], Meta(description="Which promotion takes how much off.")]
    total: Annotated[Amount, Meta(description="Of the line, less its discount.")]
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
    charge: Annotated[Amount, Meta(description="Less its discount.")]
    discount: Annotated[Amount, Meta(description="What promotions take off the delivery.")]
    promotions: Annotated[list[ConsideredPromotion], Meta(description="Those for the delivery, applied or not.")]
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
    goods_total: Annotated[Amount, Meta(description="Of the lines, less their discounts.")]
    discount_total: Annotated[Amount, Meta(description="What promotions take off the lines, together.")]
    codes: Annotated[list[str], Meta(description="Codes of promotions, as they were added.")]
    promotions: Annotated[
        list[ConsideredPromotion],
        Meta(description="Those for the goods, in the order in which they are applied: applied or not, and why."),
    ]
    delivery: Annotated[DeliveryQuotes, Meta(description="What each way of delivery costs, and the total with it.")]
    checkout_id: str | None
    order_id: str | None

    @classmethod
    def priced(
        cls, cart: CartState, pricing: Pricing, availability: Mapping[str, Availability] | None = None, **more: Any
    ) -> Self:
        """The cart with the prices of this moment, and what is known of the stock, by SKU."""
        known, priced = availability or {}, pricing.priced(cart)
        promotions = applied(priced.goods.considered)
        lines, off = priced.goods.lines, sum(line.discount_minor for line in priced.goods.lines)
        return cls(
            id=cart.cart_id, status=cart.status, version=cart.version, channel=cart.channel,
            lines=[_line(line, promotions, known.get(line.sku)) for line in lines],
            unavailable=[
                UnavailableLine(sku=sku, quantity=cart.lines[sku].quantity, reason="not_for_sale")
                for sku in priced.unavailable
            ],
            goods_total=pounds(net_of_lines(lines)), discount_total=pounds(off), codes=list(cart.codes),
            promotions=[ConsideredPromotion.shown(each, priced.at) for each in priced.goods.considered],
            delivery=DeliveryQuotes(**{method.value: _quote(method, priced) for method in DeliveryMethod}),
            checkout_id=cart.checkout_id, order_id=cart.order_id, **more,
        )  # fmt: skip

    def etag(self, json: bytes) -> str:
        """Prices and stock change without the cart: before the dash is its version, after it what was shown."""
        return etag_of(self.version, json)


class CreatedCartResponse(CartResponse):
    secret: Annotated[str, Meta(description="Send it as `Cart-Secret` about this cart. Shown only here.")]

    def etag(self, json: bytes) -> str:
        """As it is without the secret."""
        return super().etag(json[: json.rindex(b',"secret":')] + b"}")


def _line(
    line: OrderLine, promotions: Sequence[AppliedPromotion], availability: Availability | None
) -> CartLineResponse:
    return CartLineResponse(
        sku=line.sku, title=line.title, quantity=line.quantity, unit_price=pounds(line.unit_price_minor),
        discount=pounds(line.discount_minor), discounts=DiscountResponse.all_of(line.discounts, promotions),
        total=pounds(net_of_line(line)), availability=availability,
    )  # fmt: skip


def _quote(method: DeliveryMethod, priced: PricedCart) -> DeliveryQuote:
    whole = delivered(priced.goods, method)
    considered = whole.considered[len(priced.goods.considered) :]
    return DeliveryQuote(
        charge=pounds(net_of_delivery(whole.delivery)), discount=pounds(whole.delivery.discount_minor),
        promotions=[ConsideredPromotion.shown(each, priced.at) for each in considered],
        total=pounds(whole.total_minor),
    )  # fmt: skip


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
        CartRefusal.TOO_MANY_CODES: lambda cart, _: Problem(
            "too_many_codes",
            f"The cart has {', '.join(cart.codes)}, and can have {CODES_PER_CART_MAX} codes at most. Take one out.",
        ),
        CartRefusal.TOO_MANY_LINES: lambda cart, _: Problem(
            "too_many_lines", f"The cart has {len(cart.lines)} lines, and can have no more. Remove one."
        ),
    },
)
