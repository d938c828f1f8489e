"""What can be asked of an order."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints, field_validator

from api.http.fields import Id, Money, StrictModel, one_of
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


class NewRefund(StrictModel):
    """Money that goes back."""

    amount: Money
    reason: Reason

    @field_validator("amount")
    @classmethod
    def _something(cls, amount: Money) -> Money:
        if amount.amount_minor == 0:
            raise ValueError("0 gives nothing back")
        return amount
