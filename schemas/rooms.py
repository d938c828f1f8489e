"""The rooms. A new one is one line here; topics, registries, AsyncAPI and the engine follow."""

from __future__ import annotations

from schemas.cart.messages import ROOM as CART
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.checkout.messages import ROOM as CHECKOUT
from schemas.ended import EndedPage, ParkedCommand
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.orders.messages import ROOM as ORDERS
from schemas.outcomes import OutcomePage
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.record import Record
from schemas.room import Room, answer_to, parted

ROOMS = {room.name: room for room in (CATALOGUE, INVENTORY, CART, CHECKOUT, PAYMENTS, ORDERS)}
ROOM_OF: dict[type[Record], Room] = {cls: room for room in ROOMS.values() for cls in room.messages}
MESSAGES: tuple[type[Record], ...] = (*ROOM_OF, OutcomePage, EndedPage, ParkedCommand)

_DECIDES = {cls: room for room in ROOMS.values() for cls in room.commands}


def destination(message: Record) -> tuple[Room, str] | None:
    """Where a message of one room to another goes: a command to its own key, an answer to its return address.

    None: nobody wants to hear this answer.
    """
    room = _DECIDES.get(type(message))
    if room is not None:
        return room, room.key_of(message)
    name, key = parted(answer_to(message))
    room = ROOMS.get(name)
    if room is None or type(message) not in room.hears or not room.is_key(key):
        return None
    return room, key
