"""A checkout as it is shown, and why one failed; the contact details of it and of its order."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta

from api.cart.responses import not_found as cart_not_found
from api.http.problems import Problem
from api.http.responses import Amount, Body, DateTime, pounds
from api.log.gateway import Gateway
from api.promotions.explain import why_not
from connectors.postgres import contact_vault
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.checkout.messages import CheckoutFailure, CheckoutRefusal, CheckoutState, CheckoutStep
from schemas.checkout.rules import PAYABLE_MAX_MINOR, PAYABLE_MIN_MINOR
from schemas.promotions.terms import NotApplied

DeliverOn = Annotated[str, Meta(description="The day chosen, in London; empty: as soon as can be.")]


class AddressResponse(Body):
    name: str
    line1: str
    line2: str | None
    city: str
    postcode: str
    country: str


class GiftResponse(Body):
    message: str
    sender: str | None


class ContactResponse(Body):
    email: str
    shipping_address: AddressResponse
    billing_address: AddressResponse | None
    gift: Annotated[GiftResponse | None, Meta(description="What the card says, if it is a gift.")]

    @classmethod
    def opened(cls, key: bytes | None, checkout_id: str, sealed: bytes) -> Self | None:
        """What was sealed; None once the key is erased. Raises InvalidTag when it is another checkout's."""
        contact = contact_vault.unseal(key, checkout_id, sealed)
        return None if contact is None else cls.of(contact)


class AppliedPromotionResponse(Body):
    promotion_id: str
    title: str
    code: Annotated[str, Meta(description="The code that was used; empty: none was needed.")]
    goods: Annotated[Amount, Meta(description="Off the lines.")]
    delivery: Annotated[Amount, Meta(description="Off the delivery.")]
    explanation: str


class MissingLineResponse(Body):
    sku: str
    requested: int
    available: int


class CheckoutResponse(Body):
    id: str
    status: CheckoutStep
    cart_id: str
    order_id: Annotated[str, Meta(description="The id that the order has, once there is an order.")]
    payment_id: str
    total: Annotated[
        Amount | None, Meta(description="What is paid; null until every line has a price. 0: nothing is to be paid.")
    ]
    client_secret: Annotated[
        str | None, Meta(description="For Stripe's payment form; null until it can be shown, or when nothing is paid.")
    ]
    expires_at: Annotated[DateTime, Meta(description="Until when stock is held.")]
    failure: Annotated[CheckoutFailure | None, Meta(description="Why it failed, if it did.")]

    @classmethod
    def shown(cls, checkout: CheckoutState, _command: object = None, **more: Any) -> Self:
        """The state of a reply, or of the view."""
        return cls.of(
            checkout,
            id=checkout.checkout_id,
            status=checkout.step,
            total=pounds(checkout.total_minor) if _is_priced(checkout) else None,
            client_secret=checkout.client_secret or None,
            **more,
        )


class NotAppliedPromotion(Body):
    id: str
    code: str | None
    reason: NotApplied
    explanation: Annotated[str, Meta(examples=["not applied: ended 12:00"])]


class DifferenceResponse(Body):
    sku: str
    shown: Annotated[Amount | None, Meta(description="What was shown; null: the line was not.")]
    now: Annotated[Amount | None, Meta(description="What it is now; null: there is no such line.")]


class CheckoutDetailsResponse(CheckoutResponse):
    expected_total: Amount
    current_total: Annotated[Amount | None, Meta(description="The total now, when that is why it failed.")]
    lines_missing: list[MissingLineResponse]
    promotions: Annotated[list[AppliedPromotionResponse], Meta(description="What is taken off, and why.")]
    promotions_not_applied: Annotated[
        list[NotAppliedPromotion], Meta(description="Those that it was begun with and that are not applied, and why.")
    ]
    differences: Annotated[
        list[DifferenceResponse], Meta(description="Lines that are not as `expected_lines` said, when that is why.")
    ]
    delivery_method: str
    deliver_on: DeliverOn
    started_at: DateTime
    contact: Annotated[ContactResponse | None, Meta(description="Null once it is erased.")]


def missing_lines(checkout: CheckoutState) -> list[MissingLineResponse]:
    """The lines that could not be had."""
    return [MissingLineResponse.of(line) for line in checkout.missing]


# A free one that has failed shows no total either: it has one only in `current_total`.
UNPRICED = (
    CheckoutStep.UNKNOWN, CheckoutStep.LOCKING, CheckoutStep.PRICING, CheckoutStep.FAILED,
)  # fmt: skip
CHECKOUTS: Gateway[CheckoutState] = Gateway(
    room=CHECKOUT,
    location="/v1/checkouts/{0.checkout_id}",
    refused="The checkout was refused",
    refusals={
        CheckoutRefusal.DELIVERY_DAY_PASSED: lambda _checkout, command: Problem(
            "delivery_day_unavailable", f"It is too late to order for {command.deliver_on}. Choose another day."
        ),
        CheckoutRefusal.PAYMENT_UNDER_WAY: lambda checkout, _: Problem(
            "payment_under_way", f"The checkout is {checkout.step}. Cancel the order, once it is there."
        ),
        # One that failed already is as it was asked for.
        CheckoutRefusal.CHECKOUT_ENDED: lambda checkout, _: (
            None
            if checkout.step is CheckoutStep.FAILED
            else Problem("checkout_ended", "It is completed. Cancel the order instead.", order_id=checkout.order_id)
        ),
        CheckoutRefusal.CHECKOUT_UNKNOWN: lambda _checkout, _command: Problem(
            "checkout_not_found", "The checkout is long over. Begin a new one."
        ),
    },
)
# What each failure is to a client, and what it can do.
FAILED = {
    CheckoutFailure.CART_EMPTY: ("cart_empty", "The cart is empty. Put something into it."),
    CheckoutFailure.CART_CLOSED: ("cart_closed", "The cart is ordered, paid or expired. Make a new one."),
    CheckoutFailure.CART_CHANGED: ("cart_changed", "The cart or its total is not what was shown. Read it again."),
    CheckoutFailure.SUPERSEDED: ("checkout_superseded", "This cart has a newer checkout. Go on with that one."),
    CheckoutFailure.NOT_FOR_SALE: ("not_for_sale", "A line is no longer for sale. Read the cart and remove it."),
    CheckoutFailure.TOO_MANY_PARTS: ("too_many_parts", "The bundles have too many parts for one order. Order in two."),
    CheckoutFailure.TOTAL_TOO_SMALL: (
        "total_too_small",
        f"The total is less than the {PAYABLE_MIN_MINOR}p that a card is charged at least. Put more into the cart, or "
        "choose a delivery that is charged for; beginning again as it is would not help.",
    ),
    CheckoutFailure.TOTAL_TOO_LARGE: (
        "total_too_large",
        f"The total is more than the £{PAYABLE_MAX_MINOR / 100:,.2f} that a card is charged at most. Order in two.",
    ),
    CheckoutFailure.PROMOTION_LOST: ("promotion_lost", "A promotion was no longer reserved. Begin again."),
    CheckoutFailure.INSUFFICIENT_STOCK: ("insufficient_stock", "There is not enough of what `lines` names. Want less."),
    CheckoutFailure.HOLD_LOST: ("hold_lost", "The stock was no longer held. Begin again."),
    CheckoutFailure.PAYMENT_FAILED: ("payment_failed", "The payment cannot be made. Begin again, or pay otherwise."),
    CheckoutFailure.PAYMENT_CANCELLED: ("payment_failed", "The payment was cancelled. Begin again."),
    CheckoutFailure.CAPTURE_FAILED: ("payment_failed", "The money could not be taken. Begin again, or pay otherwise."),
    CheckoutFailure.EXPIRED: ("checkout_expired", "The checkout took too long. Begin again."),
    CheckoutFailure.CANCELLED: ("checkout_cancelled", "The checkout was cancelled. Begin again."),
}
FAILED_CODES = (
    "cart_not_found",
    "delivery_day_unavailable",
    *dict.fromkeys(code for code, _ in FAILED.values()),
    "refused",
)


def not_applied(checkout: CheckoutState) -> list[NotAppliedPromotion]:
    """The promotions that were proposed and are not applied."""
    return [
        NotAppliedPromotion(
            id=each.promotion_id,
            code=each.code or None,
            reason=each.reason,
            explanation=why_not(each.reason, None, checkout.ended_at, since=each.since),
        )
        for each in checkout.not_applied
    ]


def _is_priced(checkout: CheckoutState) -> bool:
    return checkout.total_minor > 0 or checkout.step not in UNPRICED


def not_found() -> Problem:
    """One problem for a checkout that is not there and for one that is somebody else's."""
    return Problem(
        "checkout_not_found", "There is no such checkout, or the header Cart-Secret is not the secret of its cart."
    )


def failed(checkout: CheckoutState) -> Problem:
    """Why there will be no order."""
    failure = checkout.failure or CheckoutFailure.UNKNOWN
    if failure is CheckoutFailure.CART_UNKNOWN:
        return cart_not_found()
    code, detail = FAILED.get(failure, ("refused", f"The checkout failed: {failure}. Begin again."))
    members: dict[str, Any] = {}
    if checkout.current_total_minor is not None:
        members["current_total"] = pounds(checkout.current_total_minor)
    if checkout.missing:
        members["lines"] = missing_lines(checkout)
    if checkout.not_applied:
        members["promotions"] = not_applied(checkout)
        detail += " " + " ".join(f"{each.code or each.id}: {each.explanation}." for each in members["promotions"])
    if checkout.differences:
        members["differences"] = [DifferenceResponse.of(each) for each in checkout.differences]
    return Problem(code, detail, **members)
