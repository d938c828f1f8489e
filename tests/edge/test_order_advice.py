"""The advice that goes with a refused move, against the table that the orders room decides by."""

from __future__ import annotations

import pytest

from api.orders.refusals import ADVANCES_TO, CANCELLABLE, CANCELLABLE_ONCE_REFUNDED, illegal_transition
from schemas.orders.messages import AdvanceOrder, CancelOrder, OrderState, OrderStatus
from streams.orders.transitions import MOVES


@pytest.mark.parametrize("status", OrderStatus)
def test_the_advice_is_what_the_room_would_do(status: OrderStatus) -> None:
    assert ADVANCES_TO.get(status, ()) == tuple(to for to, by in MOVES[status].items() if by is AdvanceOrder)
    assert (status in CANCELLABLE or status is CANCELLABLE_ONCE_REFUNDED) == (CancelOrder in MOVES[status].values())


def test_it_names_where_the_order_can_go() -> None:
    problem = illegal_transition(OrderState(status=OrderStatus.PICKING))
    assert problem.members == {"order_status": "picking", "can_advance_to": ["packed"]}
    assert problem.detail == (
        "The order is picking. It can be advanced to packed, or cancelled by POST /v1/orders/{id}/cancel."
    )
    ended = illegal_transition(OrderState(status=OrderStatus.CANCELLED))
    assert ended.detail == "The order is cancelled. It can be advanced to nothing, and not be cancelled."
