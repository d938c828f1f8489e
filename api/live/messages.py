"""What clients of `/v1/live` say, and what they are told: one JSON document each, with a `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from api.cart.responses import CartResponse
from api.checkout.responses import CheckoutDetailsResponse
from api.http.fields import Id, StrictModel
from api.http.responses import Body, DateTime
from api.inventory.responses import StockResponse
from api.orders.responses import OrderResponse

SUBSCRIPTIONS_MAX = 200  # of one connection
Version = Annotated[int, Field(strict=True, ge=0)]


class WatchedSku(StrictModel):
    """A SKU, and the versions in which its stock is known already: only what is newer is told."""

    sku: Id
    versions: Annotated[dict[str, Version], Field(max_length=SUBSCRIPTIONS_MAX, default_factory=dict)]


class WatchedDocument(StrictModel):
    """A cart, checkout or order, and the version in which it is known already: only what is newer is told."""

    id: Id
    secret: Annotated[str, Field(max_length=128, description="The `secret` of its cart; staff need none.")] = ""
    version: Version = 0


class Subscribe(StrictModel):
    """Watch these, too. A subject that is watched already is told anew."""

    type: Literal["subscribe"]
    stock: Annotated[tuple[WatchedSku, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    carts: Annotated[tuple[WatchedDocument, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    checkouts: Annotated[tuple[WatchedDocument, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    orders: Annotated[tuple[WatchedDocument, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()


class Unsubscribe(StrictModel):
    """Watch these no longer."""

    type: Literal["unsubscribe"]
    stock: Annotated[tuple[Id, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    carts: Annotated[tuple[Id, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    checkouts: Annotated[tuple[Id, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()
    orders: Annotated[tuple[Id, ...], Field(max_length=SUBSCRIPTIONS_MAX)] = ()


class StockTold(Body):
    type: Literal["stock"]
    sku: str
    versions: Annotated[dict[str, int], Meta(description="Of each row it is made of. A higher one is newer.")]
    at: Annotated[DateTime | None, Meta(description="When the change was put on the log; null: it is as it was.")]
    stock: StockResponse


class CartTold(Body):
    type: Literal["cart"]
    id: str
    version: Annotated[int, Meta(description="Rises with every change.")]
    cart: CartResponse


class CheckoutTold(Body):
    type: Literal["checkout"]
    id: str
    version: int
    checkout: CheckoutDetailsResponse


class OrderTold(Body):
    type: Literal["order"]
    id: str
    version: int
    order: OrderResponse


class SubscribedTold(Body):
    """Everything asked for until now has been told as it is, or refused."""

    type: Literal["subscribed"]
    subscriptions: Annotated[int, Meta(description="How many this connection has.")]


class RefusedTold(Body):
    type: Literal["refused"]
    subject: Annotated[str, Meta(description="What cannot be watched: `cart`, `cart/<id>`, `stock/<sku>` …")]
    problem: Annotated[dict[str, Any], Meta(description="As it would be the body of a response (RFC 9457).")]


class HeartbeatTold(Body):
    """Nothing has happened; the connection stands."""

    type: Literal["heartbeat"]
    at: DateTime
