"""The inventory room, as the engine runs it."""

from __future__ import annotations

from schemas.inventory.holds import ExpireHolds
from schemas.inventory.messages import ROOM, InventoryCommand, InventoryEvent, StockRefused
from streams.inventory.decide import decide
from streams.inventory.react import react
from streams.inventory.state import Stock, evolve, evolve_head, head, holds, touched, whole
from streams.runtime.decider import Decider, Parts, View


def next_timer_at(stock: Stock) -> int | None:
    """When the first hold ends by itself."""
    return stock.endings.first()


def on_timer(key: str, _stock: Stock, due_at: int) -> ExpireHolds:
    """The command that ends every hold due by then, so that `next_timer_at` moves on."""
    sku, _, location = key.rpartition("@")
    return ExpireHolds(sku=sku, location=location, due_at=due_at)


# A stock row never ends: an empty shelf still has a threshold and a history.
INVENTORY: Decider[InventoryCommand, InventoryEvent, Stock] = Decider(
    room=ROOM,
    initial=Stock(),
    decide=decide,
    evolve=evolve,
    react=react,
    reply=head,
    next_timer_at=next_timer_at,
    on_timer=on_timer,
    parts=Parts(head=head, of=holds, touched=touched, whole=whole),
    view=View(of=head, evolve=evolve_head),
    # A refusal is no movement: it changes nothing, and in a flash sale there are ten for every sale.
    history=tuple([event for event in ROOM.events if event is not StockRefused]),
)
