"""A checkout as it is shown, from a reply or from the view; and the contact details that it and its order show."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta

from api.http.responses import Amount, Body, DateTime, pounds
from connectors import contact_vault
from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep


class AddressResponse(Body):
    name: str
    line1: str
    line2: str | None
    city: str
    postcode: str
    country: str


class ContactResponse(Body):
    email: str
    shipping_address: AddressResponse
    billing_address: AddressResponse | None

    @classmethod
    def opened(cls, key: bytes | None, checkout_id: str, sealed: bytes) -> Self | None:
        """What was sealed; None once the key is erased. Raises InvalidTag when it is another checkout's."""
        contact = contact_vault.unseal(key, checkout_id, sealed)
        return None if contact is None else cls.of(contact)


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
    total: Annotated[Amount | None, Meta(description="What is paid; null until every line has a price.")]
    client_secret: Annotated[str | None, Meta(description="For Stripe's payment form; null until it can be shown.")]
    expires_at: Annotated[DateTime, Meta(description="Until when stock is held.")]
    failure: Annotated[CheckoutFailure | None, Meta(description="Why it failed, if it did.")]

    @classmethod
    def shown(cls, checkout: CheckoutState, _command: object = None, **more: Any) -> Self:
        """The state of a reply, or of the view."""
        return cls.of(
            checkout,
            id=checkout.checkout_id,
            status=checkout.step,
            total=pounds(checkout.total_minor) if checkout.total_minor else None,
            client_secret=checkout.client_secret or None,
            **more,
        )


class CheckoutDetailsResponse(CheckoutResponse):
    expected_total: Amount
    current_total: Annotated[Amount | None, Meta(description="The total now, when that is why it failed.")]
    lines_missing: list[MissingLineResponse]
    delivery_method: str
    started_at: DateTime
    contact: Annotated[ContactResponse | None, Meta(description="Null once it is erased.")]


def missing_lines(checkout: CheckoutState) -> list[MissingLineResponse]:
    """The lines that could not be had."""
    return [MissingLineResponse.of(line) for line in checkout.missing]
