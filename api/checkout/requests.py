"""What can be asked of a checkout."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.http.fields import Address, Email, Id, Money, StrictModel
from api.http.problems import validation_problem
from schemas.delivery import DeliveryMethod
from schemas.territory import area_of, why_not_delivered

CheckoutIdPath = Annotated[Id, Path(description="Id of the checkout.")]


class NewCheckout(StrictModel):
    """A shopper buys a cart at the total they saw."""

    cart_id: Annotated[Id, Field(examples=["5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee"])]
    email: Annotated[Email, Field(description="Where the confirmation goes to.", examples=["ada@example.co.uk"])]
    shipping_address: Address
    billing_address: Annotated[Address | None, Field(description="Null: the shipping address.")] = None
    delivery_method: DeliveryMethod
    expected_total: Annotated[Money, Field(description="As shown: `delivery.<method>.total` of the cart.")]


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
