"""The advice that goes with a refused move."""

from __future__ import annotations

from api.orders.responses import illegal_transition
from schemas.orders.messages import OrderState, OrderStatus


def test_it_names_where_the_order_can_go() -> None:
    problem = illegal_transition(OrderState(status=OrderStatus.PICKING))
    assert problem.members == {"order_status": "picking", "can_advance_to": ["packed"]}
    assert problem.detail == (
        "The order is picking. It can be advanced to packed, or cancelled by POST /v1/orders/{id}/cancel."
    )
    packed = illegal_transition(OrderState(status=OrderStatus.PACKED))
    assert packed.detail.endswith("part_despatched, despatched, and be cancelled only once all its money went back.")
    ended = illegal_transition(OrderState(status=OrderStatus.CANCELLED))
    assert ended.detail == "The order is cancelled. It can be advanced to nothing, and not be cancelled."
