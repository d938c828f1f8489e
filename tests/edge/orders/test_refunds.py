"""What is paid back for lines: what was paid for them (scenario 42)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.http.problems import Problem
from api.orders.refunds import amount_of
from api.orders.requests import NewRefund
from schemas.orders.messages import OrderLine, OrderState

ORDER = OrderState(
    lines=tuple(
        OrderLine(
            sku=sku, title=sku, quantity=quantity, unit_price_minor=10_00, gross_minor=10_00 * quantity,
            discount_minor=off, vat_basis_points=0, vat_minor=0,
        )
        for sku, quantity, off in (("VASE", 3, 1_00), ("CARD", 1, 10_00))
    )
)  # fmt: skip


def refund(*lines: tuple[str, int]) -> NewRefund:
    return NewRefund.model_validate(
        {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], "reason": "faulty"}
    )


@pytest.mark.parametrize(
    ("lines", "pence"),
    [
        ([("VASE", 3)], 29_00),
        ([("VASE", 1)], 9_66),  # a third of £29.00, and never more than was paid for all three
        ([("VASE", 1), ("VASE", 2)], 29_00),
        ([("VASE", 2), ("CARD", 1)], 19_33),
    ],
)
def test_a_line_is_paid_back_at_what_was_paid_for_it(lines: list[tuple[str, int]], pence: int) -> None:
    assert amount_of(refund(*lines), ORDER) == pence


@pytest.mark.parametrize(
    ("lines", "field"),
    [([("VASE", 4)], "lines.0.quantity"), ([("VASE", 2), ("VASE", 2)], "lines.1.quantity"), ([("CARD", 1)], "lines")],
)
def test_more_than_was_bought_and_what_was_free_is_not_paid_back(lines: list[tuple[str, int]], field: str) -> None:
    with pytest.raises(Problem) as refused:
        amount_of(refund(*lines), ORDER)
    assert refused.value.members["errors"][0]["field"] == field


BOTH = {"amount": {"amount_minor": 1, "currency": "GBP"}, "lines": [{"sku": "A", "quantity": 1}]}


@pytest.mark.parametrize("body", [{}, BOTH])
def test_a_refund_is_an_amount_or_lines(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="either an amount or lines"):
        NewRefund.model_validate(body | {"reason": "faulty"})
