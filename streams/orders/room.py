"""The room as the engine sees it."""

from __future__ import annotations

from schemas.orders.messages import ROOM, OrdersCommand, OrdersEvent, OrderState, OrderStatus
from streams.keeping import leaves_at
from streams.orders.decide import decide
from streams.orders.react import react
from streams.orders.state import evolve
from streams.runtime.decider import Decider, all_but

INITIAL = OrderState()
# Nobody waits for goods any more. What comes later, a return or a refund, finds the order all the same.
FINISHED = frozenset({OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.REFUNDED, OrderStatus.CANCELLED})


def expires_at(state: OrderState) -> int | None:
    """A finished order without news leaves memory, unless its money is still on the move."""
    moving = state.money.is_disputed or state.money.refund_pending_minor or state.money.owed_minor
    return None if moving or state.status not in FINISHED else leaves_at(state.updated_at)


ORDERS: Decider[OrdersCommand, OrdersEvent, OrderState] = Decider(
    room=ROOM,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    reply=all_but(INITIAL, "lines", "allocations"),
    react=react,
    expires_at=expires_at,
)
