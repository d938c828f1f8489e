"""What each room's events add up to. Where units and pennies are, it is written once more, apart from the code that
decides; elsewhere the room's own `evolve` will do.

A fold changes a dictionary with the fields of the room's state class in place. It answers what is impossible about an
event after those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ops.audit.findings import FailedCheck
from ops.audit.folds import inventory, orders, payments, promotions
from ops.audit.folds.own import Own
from ops.audit.model import State
from schemas.rooms import ROOMS


class AuditFold(NamedTuple):
    """One room's fold. `ended`: the row may be gone from the table, and a new one begin at version 1. `parts`: what of
    the row is in records of their own, by name."""

    initial: Callable[[], State]
    apply: Callable[[State, Any], tuple[FailedCheck, ...]]
    ended: Callable[[State], bool] = lambda _state: False
    parts: Callable[[State], Mapping[str, Any]] = lambda _state: {}


def _one(apply: Callable[[State, Any], FailedCheck | None]) -> Callable[[State, Any], tuple[FailedCheck, ...]]:
    def applied(state: State, event: Any) -> tuple[FailedCheck, ...]:
        problem = apply(state, event)
        return () if problem is None else (problem,)

    return applied


INDEPENDENT = {
    "inventory": AuditFold(inventory.initial, inventory.apply, parts=inventory.parts),
    "payments": AuditFold(payments.initial, _one(payments.apply)),
    "orders": AuditFold(orders.initial, _one(orders.apply)),
    "promotions": AuditFold(promotions.initial, promotions.apply, parts=promotions.parts),
}
FOLDS = INDEPENDENT | {
    room: AuditFold(own.initial, own.apply, own.ended)
    for room in ROOMS.keys() - INDEPENDENT.keys()
    for own in (Own(room),)
}
