"""Checkout: the saga from a cart to a confirmed order. Key: checkout id.

Steps: lock the cart, price it, hold stock, have the payment authorised, seal the cart, commit the
stock, place the order, capture. What the other rooms answer is in answers.py.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.cart.messages import CartLine
from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.demands import Demand, MissingLine
from schemas.checkout.uses import (
    AskedUse,
    CheckoutUseDenied,
    CheckoutUseRedeemed,
    CheckoutUseReserved,
    Differences,
    NotAppliedUses,
    Proposal,
)
from schemas.orders.messages import Allocation, Contact, DeliverOn, DeliveryCharge, OrderLine, Promotions, VatRounding
from schemas.prices.messages import Price
from schemas.record import (
    CartId,
    CheckoutId,
    Location,
    LockVersion,
    Millis,
    OrderId,
    PaymentId,
    Pence,
    Record,
    Sku,
    doc,
)
from schemas.room import Room, members


class CheckoutStep(StrEnum):
    """What a checkout is waiting for; the order of the names is the order of the steps."""

    UNKNOWN = "unknown"  # never started
    LOCKING = "locking"  # for the cart's lines
    PRICING = "pricing"  # for the price of every line
    HOLDING = "holding"  # for the stock of every line
    PREPARING_PAYMENT = "preparing_payment"  # for the provider's intent
    AWAITING_PAYMENT = "awaiting_payment"  # for the shopper
    SEALING = "sealing"  # for the cart to close
    COMMITTING = "committing"  # for the stock to leave
    PLACING = "placing"  # for the order
    CAPTURING = "capturing"  # for the money
    COMPLETED = "completed"  # the order is confirmed
    FAILED = "failed"  # what it held goes back; nothing of that needs an answer


class CheckoutFailure(StrEnum):
    """Why a checkout ended without an order."""

    UNKNOWN = "unknown"
    CART_UNKNOWN = "cart_unknown"
    CART_EMPTY = "cart_empty"
    CART_CLOSED = "cart_closed"
    CART_CHANGED = "cart_changed"  # the total is not what the shopper saw, or the lines changed meanwhile
    SUPERSEDED = "superseded"  # the shopper began another checkout with this cart
    NOT_FOR_SALE = "not_for_sale"
    TOO_MANY_PARTS = "too_many_parts"  # bundles of more SKUs than one order can have
    TOTAL_TOO_SMALL = "total_too_small"  # less than a card is charged with, and more than nothing
    TOTAL_TOO_LARGE = "total_too_large"
    PROMOTION_LOST = "promotion_lost"  # its reservation was over
    INSUFFICIENT_STOCK = "insufficient_stock"
    HOLD_LOST = "hold_lost"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_CANCELLED = "payment_cancelled"
    CAPTURE_FAILED = "capture_failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CheckoutRefusal(StrEnum):
    """Why a checkout command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    CHECKOUT_UNKNOWN = "checkout_unknown"
    CHECKOUT_EXISTS = "checkout_exists"
    DELIVERY_METHOD_UNKNOWN = "delivery_method_unknown"
    DELIVERY_DAY_PASSED = "delivery_day_passed"  # it is too late to order for the day chosen
    DESTINATION_NOT_SERVED = "destination_not_served"  # outside UK VAT, or nowhere: see schemas/territory.py
    PAYMENT_UNDER_WAY = "payment_under_way"
    CHECKOUT_ENDED = "checkout_ended"


Totals = Annotated[int, doc("What the shopper pays in pence: lines less discounts plus delivery.")]
PricedLines = Annotated[tuple[OrderLine, ...], doc("The lines with VAT decided.")]
Missing = Annotated[tuple[MissingLine, ...], doc("Lines that could not be had.")]
Seen = Annotated[Proposal, doc("What the total that the shopper saw rests on.")]

# --- commands -------------------------------------------------------------------------------------


class StartCheckout(Record, kw_only=True):
    """A shopper wants to buy a cart at the total they saw."""

    checkout_id: CheckoutId
    cart_id: CartId
    expected_total_minor: Totals
    delivery_method: Annotated[str, doc("standard, express or collect.")]
    channel: Annotated[str, doc("web, ios, android or pos.")]
    contact: Contact
    hold_seconds: Annotated[int, doc("How long stock is held while the shopper pays.")]
    postcode_area: Annotated[
        str,
        doc(
            "First letters of the postcode that the goods go to, e.g. `SW`: whether UK VAT applies. The address "
            "itself is sealed. Empty only when they are collected."
        ),
    ] = ""
    deliver_on: DeliverOn = ""
    order_by: Annotated[Millis, doc("The last moment to order for that day; 0: no day is chosen.")] = 0
    partitions: Annotated[
        int, doc("How many partitions the log has: payment and order get ids that go to the checkout's. 1: anywhere.")
    ] = 1
    proposal: Seen = Proposal()


class CancelCheckout(Record, kw_only=True):
    """The shopper gives up."""

    checkout_id: CheckoutId


class TimeOutCheckout(Record, kw_only=True):
    """Timer: the holds are about to end and no payment came."""

    checkout_id: CheckoutId
    due_at: Millis


# --- events ---------------------------------------------------------------------------------------


class CheckoutStarted(Record, kw_only=True):
    """A checkout began."""

    checkout_id: CheckoutId
    cart_id: CartId
    payment_id: PaymentId
    order_id: OrderId
    expected_total_minor: Totals
    delivery_method: Annotated[str, doc("standard, express or collect.")]
    channel: Annotated[str, doc("web, ios, android or pos.")]
    contact: Contact
    deliver_on: DeliverOn = ""
    proposal: Seen = Proposal()
    started_at: Millis = 0
    expires_at: Millis


class CheckoutCartLocked(Record, kw_only=True):
    """The lines are known."""

    checkout_id: CheckoutId
    lines: Annotated[tuple[CartLine, ...], doc("The lines, by SKU.")]
    lock_version: LockVersion = 0


class CheckoutLinePriced(Record, kw_only=True):
    """One line has a price."""

    checkout_id: CheckoutId
    sku: Sku
    price: Annotated[Price, doc("The price.")]


class CheckoutPriced(Record, kw_only=True):
    """Every line has a price, VAT is decided, and the total is what the shopper saw."""

    checkout_id: CheckoutId
    lines: PricedLines
    delivery: Annotated[DeliveryCharge, doc("Delivery.")]
    total_minor: Totals
    promotions: Promotions = ()
    vat_rounding: VatRounding = ""
    demands: Annotated[tuple[Allocation, ...], doc("What each SKU's stock must give, and the location asked first.")]


class CheckoutLineHeld(Record, kw_only=True):
    """Stock for one SKU is held."""

    checkout_id: CheckoutId
    sku: Sku
    location: Location


class CheckoutLineMoved(Record, kw_only=True):
    """A location refused; the next one is asked."""

    checkout_id: CheckoutId
    sku: Sku
    refused_by: Annotated[str, doc("Location that refused.")]
    available: Annotated[int, doc("Units it had.")]
    location: Annotated[str, doc("Location asked now.")]


class CheckoutHeld(Record, kw_only=True):
    """Every line is held; the payment is asked for."""

    checkout_id: CheckoutId
    payment_id: PaymentId
    order_id: OrderId
    total_minor: Totals
    expires_at: Millis


class CheckoutNothingToPay(Record, kw_only=True):
    """Every line is held, and the total is nothing: no payment is asked for, the cart is being sealed."""

    checkout_id: CheckoutId
    cart_id: CartId


class CheckoutAwaitingPayment(Record, kw_only=True):
    """The shopper can pay."""

    checkout_id: CheckoutId
    client_secret: Annotated[str, doc("What the shopper's device shows Stripe.")]


class CheckoutExtended(Record, kw_only=True):
    """The shopper has more time: the bank challenges them."""

    checkout_id: CheckoutId
    expires_at: Millis


class CheckoutCardDeclined(Record, kw_only=True):
    """A card was declined; another may be tried."""

    checkout_id: CheckoutId
    failure: Annotated[str, doc("The provider's code.")]


class CheckoutAuthorised(Record, kw_only=True):
    """The money is reserved; the cart is being sealed."""

    checkout_id: CheckoutId
    cart_id: CartId


class CheckoutSealed(Record, kw_only=True):
    """The cart is sealed; stock is being committed."""

    checkout_id: CheckoutId


class CheckoutLineCommitted(Record, kw_only=True):
    """Stock for one SKU is sold."""

    checkout_id: CheckoutId
    sku: Sku
    location: Location


class CheckoutStockCommitted(Record, kw_only=True):
    """All stock is sold; the order is being placed."""

    checkout_id: CheckoutId
    order_id: OrderId
    allocations: Annotated[tuple[Allocation, ...], doc("Stock taken.")]


class CheckoutOrderPlaced(Record, kw_only=True):
    """The order exists; the money is being taken."""

    checkout_id: CheckoutId
    order_id: OrderId


class CheckoutCompleted(Record, kw_only=True):
    """The money was taken and the order confirmed."""

    checkout_id: CheckoutId
    order_id: OrderId
    cart_id: CartId
    captured_minor: Pence
    ended_at: Millis = 0


class CheckoutFailed(Record, kw_only=True):
    """The checkout ended without an order; what it held and reserved goes back."""

    checkout_id: CheckoutId
    cart_id: CartId
    step: Annotated[CheckoutStep, doc("Where it was.")]
    failure: Annotated[CheckoutFailure, doc("Why.")]
    missing: Missing = ()
    total_minor: Annotated[int | None, doc("The total now in pence, when that is why.")] = None
    not_applied: NotAppliedUses = ()
    differences: Differences = ()
    ended_at: Millis = 0


class CheckoutRefused(Record, kw_only=True):
    """A checkout command was refused and changed nothing."""

    checkout_id: CheckoutId
    command: Annotated[str, doc("Name of the refused command, e.g. `CancelCheckout`.")]
    reason: Annotated[CheckoutRefusal, doc("Why.")]
    step: Annotated[CheckoutStep, doc("Where the checkout is.")]


# --- state ----------------------------------------------------------------------------------------


class CheckoutState(Record, kw_only=True):
    """State: one checkout."""

    checkout_id: CheckoutId = ""
    step: Annotated[CheckoutStep, doc("What it waits for.")] = CheckoutStep.UNKNOWN
    cart_id: CartId = ""
    payment_id: PaymentId = ""
    order_id: OrderId = ""
    channel: Annotated[str, doc("web, ios, android or pos.")] = ""
    delivery_method: Annotated[str, doc("standard, express or collect.")] = ""
    contact: Contact = b""
    deliver_on: DeliverOn = ""
    expected_total_minor: Totals = 0
    cart_lines: Annotated[tuple[CartLine, ...], doc("The lines, by SKU.")] = ()
    lock_version: LockVersion = 0
    prices: Annotated[dict[str, Price], doc("Prices by SKU, as they come in.")] = {}  # noqa: RUF012
    lines: PricedLines = ()
    delivery: Annotated[DeliveryCharge | None, doc("Delivery, once priced.")] = None
    total_minor: Totals = 0
    demands: Annotated[dict[str, Demand], doc("Stock needed, by SKU.")] = {}  # noqa: RUF012
    parts: Annotated[int, doc("Parts of the bundles that have a price, each as often as it is in one.")] = 0
    waiting: Annotated[int, doc("SKUs whose price, hold or sale this step still waits for.")] = 0
    client_secret: Annotated[str, doc("What the shopper's device shows Stripe, or empty.")] = ""
    failure: Annotated[CheckoutFailure | None, doc("Why it failed.")] = None
    missing: Missing = ()
    current_total_minor: Annotated[int | None, doc("The total now in pence, when that is why it failed.")] = None
    uses: Annotated[dict[str, AskedUse], doc("Promotions that are asked for, by id.")] = {}  # noqa: RUF012
    proposal: Seen = Proposal()
    promotions: Promotions = ()
    not_applied: NotAppliedUses = ()
    differences: Differences = ()
    started_at: Millis = 0
    expires_at: Millis = 0
    ended_at: Millis = 0


CheckoutCommand = StartCheckout | CancelCheckout | TimeOutCheckout
CheckoutEvent = (
    CheckoutStarted
    | CheckoutCartLocked
    | CheckoutLinePriced
    | CheckoutUseReserved
    | CheckoutUseDenied
    | CheckoutPriced
    | CheckoutLineHeld
    | CheckoutLineMoved
    | CheckoutHeld
    | CheckoutNothingToPay
    | CheckoutAwaitingPayment
    | CheckoutExtended
    | CheckoutCardDeclined
    | CheckoutAuthorised
    | CheckoutSealed
    | CheckoutLineCommitted
    | CheckoutUseRedeemed
    | CheckoutStockCommitted
    | CheckoutOrderPlaced
    | CheckoutCompleted
    | CheckoutFailed
    | CheckoutRefused
)

ROOM = Room(
    name="checkout",
    key="checkout id",
    key_fields=("checkout_id",),
    commands=members(CheckoutCommand),
    hears=members(CheckoutAnswer),
    events=members(CheckoutEvent),
    state=CheckoutState,
)
