"""The room as the engine sees it."""

from __future__ import annotations

from schemas.orders.messages import OrderRefused, OrderReply, OrdersCommand, OrdersEvent, OrderState
from schemas.topics import ORDERS as TOPICS
from streams.orders.decide import decide
from streams.orders.react import react
from streams.orders.state import evolve
from streams.runtime.decider import Decider


def reply(state: OrderState, events: tuple[OrdersEvent, ...]) -> OrderReply:
    """The answer for whoever sent the command."""
    refusals = (event.reason for event in events if isinstance(event, OrderRefused))
    return OrderReply(refusal=next(refusals, None), status=state.status)


# Orders are kept for ever: a return, a refund or an auditor may come years later.
ORDERS: Decider[OrdersCommand, OrdersEvent, OrderState] = Decider(
    room=TOPICS, initial=OrderState(), decide=decide, evolve=evolve, reply=reply, react=react
)
