"""What answers look like, for the OpenAPI document. Answers are written by hand, and tests hold them to these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.shapes import Address
from schemas.cart.messages import CartStatus
from schemas.checkout.messages import CheckoutFailure, CheckoutStep


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Amount(Shown):
    amount_minor: Annotated[int, Field(description="Minor units: pence.", examples=[1250])]
    currency: Annotated[Literal["GBP"], Field(description="ISO 4217.", examples=["GBP"])]


class LineAvailability(Shown):
    status: Annotated[
        Literal["available", "insufficient", "out_of_stock"],
        Field(
            description="`available`: there is enough for all lines that take from the same stock, or a checkout of "
            "this cart holds it. `insufficient`: there is some. `out_of_stock`: a checkout would be refused."
        ),
    ]
    available: Annotated[
        int,
        Field(
            description="Units that this line could have now, those held for this cart included; as a line comes whole "
            "from one location, the most that one has. Of a bundle: whole ones."
        ),
    ]


class CartLineShown(Shown):
    sku: str
    title: str
    quantity: int
    unit_price: Amount
    total: Amount
    availability: Annotated[
        LineAvailability | None,
        Field(
            description="Only a GET tells it. Null as well while a checkout is asking for the stock or giving it back, "
            "once the cart is ordered or expired, and while the stock view cannot be read."
        ),
    ]


class LineNotForSale(Shown):
    sku: str
    quantity: int
    reason: Literal["not_for_sale"]


class DeliveryShown(Shown):
    charge: Amount
    total: Annotated[Amount, Field(description="Goods and delivery: the `expected_total` of a checkout this way.")]


class DeliveryQuotes(Shown):
    standard: DeliveryShown
    express: DeliveryShown
    collect: DeliveryShown


class CartShown(Shown):
    id: str
    status: CartStatus
    version: Annotated[int, Field(description="Rises with every change; what `If-Match` is held against.")]
    channel: str
    lines: list[CartLineShown]
    unavailable: Annotated[list[LineNotForSale], Field(description="Lines that cannot be bought; not in the totals.")]
    goods_total: Amount
    delivery: Annotated[DeliveryQuotes, Field(description="What each way of delivery costs, and the total with it.")]
    checkout_id: str | None
    order_id: str | None


class CartMade(CartShown):
    secret: Annotated[str, Field(description="Send it as `Cart-Secret` about this cart. Shown only here.")]


class MissingShown(Shown):
    sku: str
    requested: int
    available: int


class CheckoutShown(Shown):
    id: str
    status: CheckoutStep
    cart_id: str
    order_id: Annotated[str, Field(description="The id that the order has, once there is an order.")]
    payment_id: str
    total: Annotated[Amount | None, Field(description="What is paid; null until every line has a price.")]
    client_secret: Annotated[str | None, Field(description="For Stripe's payment form; null until it can be shown.")]
    expires_at: Annotated[AwareDatetime, Field(description="Until when stock is held.")]
    failure: Annotated[CheckoutFailure | None, Field(description="Why it failed, if it did.")]


class ContactShown(Shown):
    email: str
    shipping_address: Address
    billing_address: Address | None


class CheckoutRead(CheckoutShown):
    expected_total: Amount
    current_total: Annotated[Amount | None, Field(description="The total now, when that is why it failed.")]
    lines_missing: list[MissingShown]
    delivery_method: str
    started_at: AwareDatetime
    contact: Annotated[ContactShown | None, Field(description="Null once it is erased.")]


class StockAt(Shown):
    location: str
    available: int


class StockShown(Shown):
    sku: str
    available: Annotated[
        int,
        Field(
            description="Units that one order could have: as they come from one place, the most that one has. Of a "
            "bundle: whole ones, whose parts may come from several."
        ),
    ]
    locations: Annotated[list[StockAt], Field(description="Empty for a bundle: its parts have the stock.")]


class StockDecided(Shown):
    sku: str
    location: str
    on_hand: int
    held: int
    available: int


class MovementShown(Shown):
    version: int
    event_id: str
    type: str
    change: int
    on_hand: int
    held: int
    cause: dict[str, Any]
    actor: str
    command_id: str
    correlation_id: str
    occurred_at: AwareDatetime


class HistoryPage(Shown):
    sku: str
    location: str
    movements: list[MovementShown]
    next: Annotated[str | None, Field(description="Send it as `after` to get the next page; null: this is the last.")]


class ComponentShown(Shown):
    sku: str
    quantity: int


class PriceShown(Shown):
    sku: str
    title: str
    unit_price: Amount
    vat_basis_points: int
    components: list[ComponentShown]
    withdrawn: bool


class WebhookTaken(Shown):
    status: Annotated[
        Literal["published", "kept", "received"],
        Field(
            description="`kept`: stored, and of no type or payment of ours that we know. `received`: a refund whose "
            "payment is not in our views yet; stored, and looked at again until it is."
        ),
    ]
