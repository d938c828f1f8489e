"""What can be asked of a checkout."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints

from api.http.fields import Address, Email, Id, OptionalLine, StrictModel
from api.http.problems import validation_problem
from api.http.texts import line, paragraphs
from schemas.cart.rules import LINES_PER_CART_MAX, UNITS_PER_LINE_MAX
from schemas.delivery import DeliveryMethod
from schemas.prices.rules import PRICE_MAX_MINOR
from schemas.territory import area_of, why_not_delivered

TOTAL_MAX_MINOR = LINES_PER_CART_MAX * UNITS_PER_LINE_MAX * PRICE_MAX_MINOR
CheckoutIdPath = Annotated[Id, Path(description="Id of the checkout.")]


def _card(given: str) -> str:
    """Lines of text. Raises ValueError for what hides or turns, and when nothing of it can be seen."""
    line(given.replace("\n", " "))
    return paragraphs(given)


class Gift(StrictModel):
    """What the card says; it is sealed like the addresses. Whom it is for is in the shipping address."""

    message: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
        AfterValidator(_card),
        Field(examples=["Happy birthday, Ada!"]),
    ]
    sender: Annotated[OptionalLine, Field(description="As it stands on the card.", examples=["Charles"])] = None


class Total(StrictModel):
    """A total in minor units, also one that no card can pay: what to do then, the refusal says."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=TOTAL_MAX_MINOR, examples=[1250])]
    currency: Annotated[Literal["GBP"], Field(description="ISO 4217.", examples=["GBP"])]


class ExpectedLine(StrictModel):
    """A line as the shopper saw it."""

    sku: Annotated[Id, Field(examples=["VASE-01"])]
    total: Annotated[Total, Field(description="`total` of the cart's line.")]


class NewCheckout(StrictModel):
    """A shopper buys a cart at the total they saw."""

    cart_id: Annotated[Id, Field(examples=["5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee"])]
    email: Annotated[Email, Field(description="Where the confirmation goes to.", examples=["ada@example.co.uk"])]
    shipping_address: Address
    billing_address: Annotated[Address | None, Field(description="Null: the shipping address.")] = None
    delivery_method: DeliveryMethod
    deliver_on: Annotated[
        date | None, Field(description="A day of `GET /v1/delivery-options`; null: as soon as can be.", examples=[None])
    ] = None
    gift: Annotated[Gift | None, Field(description="A card goes with it, and no prices.", examples=[None])] = None
    expected_total: Annotated[Total, Field(description="As shown: `delivery.<method>.total` of the cart.")]
    expected_lines: Annotated[
        tuple[ExpectedLine, ...] | None,
        Field(max_length=LINES_PER_CART_MAX, description="As shown: then a refusal names the lines that differ."),
    ] = None


def destination_of(wanted: NewCheckout) -> str:
    """The postcode area that the goods go to; empty when they are collected, wherever the shopper lives.

    Raises Problem when we do not deliver there.
    """
    if wanted.delivery_method is DeliveryMethod.COLLECT:
        return ""
    area = area_of(wanted.shipping_address.postcode)
    if why := why_not_delivered(area):
        at = ("body", "shipping_address", "postcode")
        raise validation_problem([{"loc": at, "msg": why, "type": "territory"}])
    return area
