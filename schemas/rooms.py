"""The rooms. A new one is one line here; topics, registries, AsyncAPI and the engine follow."""

from __future__ import annotations

from schemas.cart.messages import ROOM as CART
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.categories.messages import ROOM as CATEGORIES
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.ended import EndedSegment, ParkedCommand
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.orders.messages import ROOM as ORDERS
from schemas.outcomes import OutcomeSegment
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.pins.messages import ROOM as PINS
from schemas.prices.messages import ROOM as PRICES
from schemas.promotions.messages import ROOM as PROMOTIONS
from schemas.record import Record
from schemas.room import Room, answer_to, parted
from schemas.searches import SearchFoundNothing
from schemas.synonyms.messages import ROOM as SYNONYMS

ROOMS = {
    room.name: room
    for room in (
        CATALOGUE,
        PRICES,
        INVENTORY,
        CART,
        CHECKOUT,
        PAYMENTS,
        ORDERS,
        PROMOTIONS,
        CATEGORIES,
        PINS,
        SYNONYMS,
    )
}
ROOM_OF: dict[type[Record], Room] = {cls: room for room in ROOMS.values() for cls in room.messages}
MESSAGES: tuple[type[Record], ...] = (*ROOM_OF, OutcomeSegment, EndedSegment, ParkedCommand, SearchFoundNothing)

_DECIDES = {cls: room for room in ROOMS.values() for cls in room.commands}
_HEARD_BY = {
    cls: {room.name: room for room in ROOMS.values() if cls in room.hears}
    for cls in {cls for room in ROOMS.values() for cls in room.hears}
}


def destination(message: Record) -> tuple[Room, str] | None:
    """Where a message of one room to another goes: a command to its own key, an answer to its return address.

    None: nobody wants to hear this answer.
    """
    if (room := _DECIDES.get(type(message))) is not None:
        return room, room.key_of(message)
    if (listeners := _HEARD_BY.get(type(message))) is None:
        return None
    name, key = parted(answer_to(message))
    room = listeners.get(name)
    # Ids in an address are ids of ours: it was in a command, and was checked there (ids.no_id).
    return (room, key) if room is not None and key.count("@") == len(room.key_fields) - 1 else None
