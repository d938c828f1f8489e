"""The advice that goes with a refused move."""

from __future__ import annotations

from api.orders import _illegal
from schemas.orders.messages import OrderStatus


def test_it_names_where_the_order_can_go() -> None:
    problem = _illegal(OrderStatus.PICKING)
    assert problem.members == {"order_status": "picking", "can_advance_to": ["packed"]}
    assert problem.detail == (
        "The order is picking. It can be advanced to packed, or cancelled by POST /v1/orders/{id}/cancel."
    )
    ended = _illegal(OrderStatus.CANCELLED)
    assert ended.detail == "The order is cancelled. It can be advanced to nothing, and not be cancelled."
