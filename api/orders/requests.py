"""What can be asked of an order."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Path
from pydantic import Field, StringConstraints, field_validator, model_validator

from api.http.fields import Id, Money, StrictModel, one_of
from schemas.cart.rules import LINES_PER_CART_MAX, UNITS_PER_LINE_MAX
from schemas.orders.messages import AdvanceOrder, OrderStatus
from schemas.orders.rules import MOVES

PAGE_MAX = 200
OrderIdPath = Annotated[Id, Path(description="Id of the order.")]
Reason = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_]{1,40}$"),
    Field(description="Why, as a code.", examples=["changed_mind"]),
]
# What is documented. The others are taken all the same, and refused by the order: it says where it can go instead.
ADVANCED = [status for status in OrderStatus if any(each.get(status) is AdvanceOrder for each in MOVES.values())]


class Cancellation(StrictModel):
    """Why an order is not wanted any more."""

    reason: Reason = "changed_mind"


class OrderQuery(StrictModel):
    """Which orders, from the newest to the oldest."""

    status: Annotated[
        Annotated[OrderStatus, one_of(OrderStatus)] | None, Field(description="Only those that are there.")
    ] = None
    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Orders on a page.")] = 50


class Move(StrictModel):
    """Where an order goes to."""

    status: Annotated[OrderStatus, one_of(OrderStatus, documented=ADVANCED), Field(examples=["picking"])]


class RefundedLine(StrictModel):
    """Units of a line that are paid back, at what was paid for them."""

    sku: Annotated[Id, Field(examples=["VASE-01"])]
    quantity: Annotated[int, Field(strict=True, ge=1, le=UNITS_PER_LINE_MAX, examples=[1])]


class NewRefund(StrictModel):
    """Money that goes back: an amount, or what was paid for units of lines, less their discounts."""

    amount: Annotated[Money | None, Field(description="Null: say `lines`.")] = None
    lines: Annotated[
        tuple[RefundedLine, ...] | None,
        Field(min_length=1, max_length=LINES_PER_CART_MAX, description="Null: say `amount`.", examples=[None]),
    ] = None
    reason: Reason

    @field_validator("amount")
    @classmethod
    def _something(cls, amount: Money | None) -> Money | None:
        if amount is not None and amount.amount_minor == 0:
            raise ValueError("0 gives nothing back")
        return amount

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.amount is None) is (self.lines is None):
            raise ValueError("say either an amount or lines")
        return self
