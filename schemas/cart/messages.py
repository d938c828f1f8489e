"""Cart: what a shopper intends to buy. Key: cart id. Prices are not kept here: they are another room's."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.record import AnswerTo, CartId, CheckoutId, Millis, OrderId, Record, Sku, doc
from schemas.room import Room, members

Version = Annotated[int, doc("Version of the cart after this; the ETag of the edge.")]

Code = Annotated[str, doc("Code of a promotion, normalised: capitals, no spaces.")]


class CartStatus(StrEnum):
    """Where a cart is in its life."""

    UNKNOWN = "unknown"  # never made
    OPEN = "open"
    LOCKED = "locked"  # a checkout holds stock for it; changing it ends that checkout
    SEALED = "sealed"  # its payment is authorised; it can no longer change
    ORDERED = "ordered"
    EXPIRED = "expired"


class CartRefusal(StrEnum):
    """Why a cart command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    CART_UNKNOWN = "cart_unknown"
    CART_EXISTS = "cart_exists"
    CART_CLOSED = "cart_closed"
    VERSION_MISMATCH = "version_mismatch"
    TOO_MANY_LINES = "too_many_lines"
    TOO_MANY_CODES = "too_many_codes"
    CODE_MALFORMED = "code_malformed"
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    CART_EMPTY = "cart_empty"
    CHECKOUT_SUPERSEDED = "checkout_superseded"


class CartLine(Record, kw_only=True):
    """What the shopper wants of a SKU. It goes on to the checkout, and to the order's line, as it is."""

    sku: Sku
    quantity: Annotated[int, doc("Units in all, 1 to 9 999; 0 takes the line out.")]


# --- commands -------------------------------------------------------------------------------------


class CreateCart(Record, kw_only=True):
    """Begin an empty cart."""

    cart_id: CartId
    channel: Annotated[str, doc("web, ios, android or pos.")]


class SetCartLine(Record, kw_only=True):
    """Want this of a SKU."""

    cart_id: CartId
    line: Annotated[CartLine, doc("The line as it is to be.")]
    expected_version: Annotated[int | None, doc("Refuse unless the cart has this version; null: do not care.")] = None


class SetCartCode(Record, kw_only=True):
    """Buy with a promotion's code, or without it. Whether it takes something off is another room's."""

    cart_id: CartId
    code: Code
    wanted: Annotated[bool, doc("False takes the code out.")] = True
    expected_version: Annotated[int | None, doc("Refuse unless the cart has this version; null: do not care.")] = None


class LockCart(Record, kw_only=True):
    """Sent by a checkout. Answered by CartLocked with the lines, and by CartLockLost should they change later."""

    cart_id: CartId
    checkout_id: CheckoutId
    answer_to: AnswerTo


class UnlockCart(Record, kw_only=True):
    """Sent by a checkout that ended: the cart is open again."""

    cart_id: CartId
    checkout_id: CheckoutId


class SealCart(Record, kw_only=True):
    """Sent by a checkout whose payment is authorised: from now on the cart cannot change."""

    cart_id: CartId
    checkout_id: CheckoutId
    answer_to: AnswerTo


class CompleteCart(Record, kw_only=True):
    """Sent by a checkout: the cart became an order."""

    cart_id: CartId
    checkout_id: CheckoutId
    order_id: OrderId


class ExpireCart(Record, kw_only=True):
    """Timer: nobody touched the cart for 24 hours."""

    cart_id: CartId
    due_at: Millis


# --- events ---------------------------------------------------------------------------------------


class CartCreated(Record, kw_only=True):
    """An empty cart exists."""

    cart_id: CartId
    channel: Annotated[str, doc("web, ios, android or pos.")]
    version: Version
    created_at: Millis


class CartLineSet(Record, kw_only=True):
    """A line of the cart changed."""

    cart_id: CartId
    line: Annotated[CartLine, doc("The line as it is now; with 0 units: it is gone.")]
    quantity_before: Annotated[int, doc("Units before.")]
    version: Version
    touched_at: Millis


class CartCodeSet(Record, kw_only=True):
    """A code was added to the cart, or taken out."""

    cart_id: CartId
    code: Code
    wanted: Annotated[bool, doc("False: it was taken out.")]
    version: Version
    touched_at: Millis


class CartLocked(Record, kw_only=True):
    """A checkout works on these lines."""

    cart_id: CartId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    lines: Annotated[tuple[CartLine, ...], doc("The lines, by SKU.")]
    version: Version
    touched_at: Millis


class CartLockLost(Record, kw_only=True):
    """The cart is open again, and the checkout that had locked it must end."""

    cart_id: CartId
    answer_to: AnswerTo
    changed: Annotated[bool, doc("True: the shopper changed the cart. False: they began another checkout with it.")]
    version: Version
    touched_at: Millis


class CartUnlocked(Record, kw_only=True):
    """The cart is open again: its checkout has ended."""

    cart_id: CartId
    checkout_id: CheckoutId
    version: Version
    touched_at: Millis


class CartSealed(Record, kw_only=True):
    """The cart cannot change any more."""

    cart_id: CartId
    answer_to: AnswerTo
    version: Version


class CartOrdered(Record, kw_only=True):
    """The cart became an order."""

    cart_id: CartId
    checkout_id: CheckoutId
    order_id: OrderId
    version: Version
    ordered_at: Millis


class CartExpired(Record, kw_only=True):
    """The cart was left alone for 24 hours."""

    cart_id: CartId
    version: Version
    expired_at: Millis


class CartRefused(Record, kw_only=True):
    """A cart command was refused and changed nothing."""

    cart_id: CartId
    command: Annotated[str, doc("Name of the refused command, e.g. `SetCartLine`.")]
    reason: Annotated[CartRefusal, doc("Why.")]
    answer_to: AnswerTo = ""
    version: Version


# --- state ----------------------------------------------------------------------------------------


class CartState(Record, kw_only=True):
    """State: one cart."""

    cart_id: CartId = ""
    status: Annotated[CartStatus, doc("Where it is in its life.")] = CartStatus.UNKNOWN
    channel: Annotated[str, doc("web, ios, android or pos.")] = ""
    lines: Annotated[dict[str, CartLine], doc("The lines by SKU.")] = {}  # noqa: RUF012 - msgspec copies it
    codes: Annotated[tuple[str, ...], doc("Codes of promotions, in the order in which they were added.")] = ()
    checkout_id: Annotated[str | None, doc("The checkout that locked or sealed it.")] = None
    answer_to: AnswerTo = ""
    order_id: Annotated[str | None, doc("The order it became.")] = None
    version: Version = 0
    touched_at: Millis = 0


CartCommand = CreateCart | SetCartLine | SetCartCode | LockCart | UnlockCart | SealCart | CompleteCart | ExpireCart
CartEvent = (
    CartCreated
    | CartLineSet
    | CartCodeSet
    | CartLocked
    | CartLockLost
    | CartUnlocked
    | CartSealed
    | CartOrdered
    | CartExpired
    | CartRefused
)

ROOM = Room(
    name="cart",
    key="cart id",
    key_fields=("cart_id",),
    commands=members(CartCommand),
    events=members(CartEvent),
    state=CartState,
)
