"""Prices: the last one said."""

from __future__ import annotations

from typing import Any

from ops.audit.findings import Problem
from ops.audit.world import State
from schemas.catalogue.messages import PriceSet, Product

FIELDS = Product.__struct_fields__


def initial() -> State:
    """A SKU without a price."""
    return {"sku": "", "unit_price_minor": None}


def apply(state: State, event: Any) -> Problem | None:
    """The SKU after the event."""
    if not isinstance(event, PriceSet):
        return None
    before = state["unit_price_minor"]
    state.update({name: getattr(event, name) for name in FIELDS})
    if event.previous_price_minor != before:
        return Problem("log.fold", f"a previous price of {before}", str(event.previous_price_minor))
    return None
