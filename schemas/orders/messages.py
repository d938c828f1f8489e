"""Orders: what was bought, and how far it is. Key: order id."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.payments.disputes import ENDED, DisputeStatus
from schemas.promotions.terms import AppliedPromotion, LineDiscount
from schemas.record import (
    AnswerTo,
    CartId,
    CheckoutId,
    Location,
    Millis,
    OrderId,
    PaymentId,
    Pence,
    Record,
    Sku,
    VatBasisPoints,
    doc,
)
from schemas.room import Room, members


class OrderStatus(StrEnum):
    """States of an order; the legal moves stand in schemas/orders/rules.py."""

    UNKNOWN = "unknown"  # never placed
    PENDING = "pending"
    CONFIRMED = "confirmed"
    PICKING = "picking"
    PACKED = "packed"
    PART_DESPATCHED = "part_despatched"
    DESPATCHED = "despatched"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    RETURNED = "returned"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class OrderRefusal(StrEnum):
    """Why an order command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_EXISTS = "order_exists"
    ILLEGAL_TRANSITION = "illegal_transition"
    DISPUTED = "disputed"  # a dispute of the payment is open
    REFUNDED = "refunded"  # all the money is back with the customer, or on its way there


class OrderLine(Record, kw_only=True):
    """One SKU of an order, its price frozen."""

    sku: Sku
    title: Annotated[str, doc("Name as shown to the shopper.")]
    quantity: Annotated[int, doc("Units.")]
    unit_price_minor: Pence
    gross_minor: Annotated[int, doc("Quantity times unit price in pence, before the discount.")]
    discount_minor: Annotated[int, doc("Discount on this line in pence: the sum of `discounts`.")] = 0
    discounts: Annotated[tuple[LineDiscount, ...], doc("Which promotion takes how much off.")] = ()
    vat_basis_points: VatBasisPoints
    vat_minor: Annotated[
        int, doc("VAT contained in gross less discount, in pence (HMRC VATREC12010: to the nearest penny, per line).")
    ]


class Allocation(Record, kw_only=True):
    """Stock that an order took: where from, how many."""

    sku: Sku
    location: Location
    quantity: Annotated[int, doc("Units.")]


DeliverOn = Annotated[str, doc("The day chosen, in London, as `2026-12-24`; empty: as soon as can be.")]


class DeliveryCharge(Record, kw_only=True):
    """What delivery costs, apportioned to the VAT rates of the goods (Notice 700/24)."""

    method: Annotated[str, doc("standard, express or collect.")]
    gross_minor: Annotated[int, doc("What it costs in pence, before the discount.")]
    discount_minor: Annotated[int, doc("Discount on the delivery in pence: the sum of `discounts`.")] = 0
    discounts: Annotated[tuple[LineDiscount, ...], doc("Which promotion takes how much off.")] = ()
    vat_minor: Annotated[int, doc("VAT contained in gross less discount, in pence.")]
    deliver_on: DeliverOn = ""


class OrderMoney(Record, kw_only=True):
    """How the money of an order stands, as payments sends it."""

    sequence: Annotated[int, doc("Facts about this money so far; what has a lower one is older.")] = 0
    captured_minor: Pence = 0
    refunded_minor: Annotated[int, doc("Pence that went back.")] = 0
    refund_pending_minor: Annotated[int, doc("Pence of refunds asked for, or not settled by Stripe yet.")] = 0
    owed_minor: Annotated[int, doc("Pence that are to go back, and that a person must see to.")] = 0
    dispute_status: Annotated[
        DisputeStatus | None, doc("Of the dispute that matters most; null: it was never disputed.")
    ] = None
    disputed_minor: Annotated[int, doc("Pence of disputes that are open.")] = 0
    lost_minor: Annotated[int, doc("Pence that went back by disputes that were lost.")] = 0

    @property
    def is_disputed(self) -> bool:
        """Whether a dispute, or an inquiry that may become one, is open."""
        return self.dispute_status is not None and self.dispute_status not in ENDED

    @property
    def is_back(self) -> bool:
        """Whether all of it is back with the customer."""
        return self.captured_minor > 0 and self.refunded_minor + self.lost_minor >= self.captured_minor

    @property
    def is_leaving(self) -> bool:
        """Whether all of it is back with the customer, or on its way there."""
        back = self.refunded_minor + self.refund_pending_minor + self.lost_minor
        return self.captured_minor > 0 and back >= self.captured_minor


Lines = Annotated[tuple[OrderLine, ...], doc("The lines, as charged.")]
Promotions = Annotated[tuple[AppliedPromotion, ...], doc("The promotions that were applied, in that order, and why.")]
VatRounding = Annotated[str, doc("The rule by which VAT was rounded.")]
Allocations = Annotated[tuple[Allocation, ...], doc("The stock this order took.")]
Contact = Annotated[
    bytes, doc("E-mail and addresses, sealed with the key of this checkout; unreadable once the key is erased.")
]

# --- commands -------------------------------------------------------------------------------------


class PlaceOrder(Record, kw_only=True):
    """Sent by a checkout: stock is committed, the payment authorised."""

    order_id: OrderId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    cart_id: CartId
    payment_id: PaymentId
    channel: Annotated[str, doc("web, ios, android or pos.")]
    lines: Lines
    allocations: Allocations
    delivery: Annotated[DeliveryCharge, doc("Delivery.")]
    total_minor: Pence
    contact: Contact
    promotions: Promotions = ()
    vat_rounding: VatRounding = ""


class ConfirmOrder(Record, kw_only=True):
    """Sent by a checkout: the money was captured; how much, payments says."""

    order_id: OrderId


class AdvanceOrder(Record, kw_only=True):
    """Move an order on: picking, packed, despatched and so on."""

    order_id: OrderId
    status: Annotated[OrderStatus, doc("Where it is to go.")]


class CancelOrder(Record, kw_only=True):
    """Cancel: the stock goes back and the money is returned."""

    order_id: OrderId
    reason: Annotated[str, doc("Why, e.g. `changed_mind`.")]


class RecordOrderMoney(Record, kw_only=True):
    """Sent by payments after every fact about the money of this order, whoever moved it."""

    order_id: OrderId
    money: Annotated[OrderMoney, doc("How it stands.")]


# --- events ---------------------------------------------------------------------------------------


class OrderPlaced(Record, kw_only=True):
    """An order exists, pending."""

    order_id: OrderId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    cart_id: CartId
    payment_id: PaymentId
    channel: Annotated[str, doc("web, ios, android or pos.")]
    lines: Lines
    allocations: Allocations
    delivery: Annotated[DeliveryCharge, doc("Delivery.")]
    total_minor: Pence
    contact: Contact
    promotions: Promotions = ()
    vat_rounding: VatRounding = ""
    placed_at: Millis


class OrderConfirmed(Record, kw_only=True):
    """The order is paid."""

    order_id: OrderId
    confirmed_at: Millis


class OrderAdvanced(Record, kw_only=True):
    """The order moved on."""

    order_id: OrderId
    previous: Annotated[OrderStatus, doc("Where it was.")]
    status: Annotated[OrderStatus, doc("Where it is.")]
    advanced_at: Millis


class OrderCancelled(Record, kw_only=True):
    """The order ended before it left us; its stock and money go back."""

    order_id: OrderId
    payment_id: PaymentId
    previous: Annotated[OrderStatus, doc("Where it was.")]
    reason: Annotated[str, doc("Why.")]
    allocations: Allocations
    cancelled_at: Millis


class OrderMoneyRecorded(Record, kw_only=True):
    """The money of this order stands otherwise."""

    order_id: OrderId
    money: Annotated[OrderMoney, doc("How it stands.")]
    recorded_at: Millis


class OrderRefused(Record, kw_only=True):
    """An order command was refused and changed nothing."""

    order_id: OrderId
    command: Annotated[str, doc("Name of the refused command, e.g. `CancelOrder`.")]
    reason: Annotated[OrderRefusal, doc("Why.")]
    status: Annotated[OrderStatus, doc("Status of the order.")]


# --- state ----------------------------------------------------------------------------------------


class OrderState(Record, kw_only=True):
    """State: one order."""

    order_id: OrderId = ""
    status: Annotated[OrderStatus, doc("How far it is.")] = OrderStatus.UNKNOWN
    checkout_id: CheckoutId = ""
    cart_id: CartId = ""
    payment_id: PaymentId = ""
    channel: Annotated[str, doc("web, ios, android or pos.")] = ""
    lines: Lines = ()
    allocations: Allocations = ()
    delivery: Annotated[DeliveryCharge, doc("Delivery.")] = DeliveryCharge(method="", gross_minor=0, vat_minor=0)
    total_minor: Pence = 0
    contact: Contact = b""
    promotions: Promotions = ()
    vat_rounding: VatRounding = ""
    placed_at: Millis = 0
    money: Annotated[OrderMoney, doc("How its money stands.")] = OrderMoney()
    updated_at: Annotated[Millis, doc("Time of the last fact.")] = 0


OrdersCommand = PlaceOrder | ConfirmOrder | AdvanceOrder | CancelOrder | RecordOrderMoney
OrdersEvent = OrderPlaced | OrderConfirmed | OrderAdvanced | OrderCancelled | OrderMoneyRecorded | OrderRefused

ROOM = Room(
    name="orders",
    key="order id",
    key_fields=("order_id",),
    commands=members(OrdersCommand),
    events=members(OrdersEvent),
    state=OrderState,
    recalls=True,
)
