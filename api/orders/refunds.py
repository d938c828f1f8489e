"""How much a refund is."""

from __future__ import annotations

from typing import Any

from api.http.problems import validation_problem
from api.orders.requests import NewRefund
from schemas.orders.messages import OrderState
from schemas.pricing.vat import paid_for


def amount_of(wanted: NewRefund, order: OrderState) -> int:
    """Pence: the amount asked for, or what was paid for the units of the lines.

    Raises Problem that names each line which the order does not have so much of, or when nothing was paid for them.
    """
    if wanted.amount is not None:
        return wanted.amount.amount_minor
    lines = {line.sku: line for line in order.lines}
    errors: list[dict[str, Any]] = []
    asked: dict[str, int] = {}
    for number, each in enumerate(wanted.lines or ()):
        asked[each.sku] = asked.get(each.sku, 0) + each.quantity
        ordered = lines[each.sku].quantity if each.sku in lines else 0
        if asked[each.sku] > ordered:
            why = f"the order has {ordered} of {each.sku}"
            errors.append({"loc": ("body", "lines", number, "quantity"), "msg": why, "type": "value_error"})
    if errors:
        raise validation_problem(errors)
    amount = sum(paid_for(lines[sku], units) for sku, units in asked.items())
    if not amount:
        raise validation_problem(
            [{"loc": ("body", "lines"), "msg": "nothing was paid for them", "type": "value_error"}]
        )
    return amount
