"""Stock: what is on the shelf, and who holds how much of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ops.audit.findings import FailedCheck
from ops.audit.model import State
from schemas.inventory import messages as m
from schemas.inventory.holds import Hold, HoldCommitted, HoldExpired, HoldExtended, HoldReleased, StockHeld


def initial() -> State:
    """An empty shelf. `held` is the sum of the holds, kept beside them; so is their number."""
    return {
        "on_hand": 0, "threshold": 0, "low": False, "low_on_hand": 0, "holds": {}, "held": 0, "hold_count": 0,
    }  # fmt: skip


def parts(state: State) -> dict[str, Hold]:
    """The holds by cart id."""
    holds: dict[str, Hold] = state["holds"]
    return holds


def apply(state: State, event: Any) -> tuple[FailedCheck, ...]:
    """The stock after the event; all that is wrong with it."""
    if not isinstance(event, m.StockRecovered):
        state["_level_set"] = False  # another level calms at once, and that is said by the event after it
    problem = HANDLERS[type(event)](state, event)
    problems: tuple[FailedCheck, ...] = () if problem is None else (problem,)
    on_hand, held = state["on_hand"], state["held"]
    if not 0 <= held <= on_hand or not 0 <= event.held_after <= event.on_hand_after:
        claimed = f"says {event.on_hand_after}, {event.held_after} held"
        found = f"on hand {on_hand}, held {held} ({claimed})"
        problems += (FailedCheck("stock.bounds", "0 <= held <= on hand", found),)
    if (event.on_hand_after, event.held_after) != (on_hand, held):
        expected = f"on hand {on_hand}, held {held}"
        found = f"on hand {event.on_hand_after}, held {event.held_after}"
        problems += (FailedCheck("stock.fold", expected, found),)
    state["hold_count"] = len(state["holds"])
    return problems


def _held(state: State, event: StockHeld) -> FailedCheck | None:
    earlier = state["holds"].get(event.cart_id)
    replaced = earlier.quantity if earlier else 0
    state["holds"][event.cart_id] = Hold(
        quantity=event.quantity,
        expires_at=event.expires_at,
        answer_to=event.answer_to,
        lock_version=event.lock_version,
    )
    state["held"] += event.quantity - replaced
    if event.quantity <= 0 or event.replaced_quantity != replaced:
        return FailedCheck(
            "stock.holds", f"replaces {replaced}", f"replaces {event.replaced_quantity} by {event.quantity}"
        )
    if earlier and event.lock_version < earlier.lock_version:
        wanted = f"cart {event.cart_id} keeps the later hold, of {earlier.answer_to}"
        return FailedCheck("stock.holds", wanted, f"replaced by that of {event.answer_to}")
    return None


def _extended(state: State, event: HoldExtended) -> FailedCheck | None:
    hold = state["holds"].get(event.cart_id)
    if hold is None or hold.answer_to != event.answer_to:
        return FailedCheck("stock.holds", f"a hold of cart {event.cart_id} by {event.answer_to}", str(hold))
    state["holds"][event.cart_id] = replace(hold, expires_at=event.expires_at)
    if event.expires_at <= hold.expires_at:
        return FailedCheck("stock.holds", f"an end after {hold.expires_at}", str(event.expires_at))
    return None


def _end_hold(state: State, event: HoldCommitted | HoldReleased | HoldExpired) -> FailedCheck | None:
    hold = state["holds"].pop(event.cart_id, None)
    state["held"] -= hold.quantity if hold else 0
    if isinstance(event, HoldCommitted):
        state["on_hand"] -= event.quantity
    wanted = f"a hold of {event.quantity} by cart {event.cart_id}, {event.answer_to}"
    if hold is None:
        return FailedCheck("stock.holds", wanted, "none: it ended before, or never was")
    if (hold.quantity, hold.answer_to) != (event.quantity, event.answer_to):
        return FailedCheck("stock.holds", wanted, f"{hold.quantity} by {hold.answer_to}")
    return None


def _low(state: State, event: m.StockLow) -> FailedCheck | None:
    was_low, state["low"], state["low_on_hand"] = state["low"], True, state["on_hand"]
    available = state["on_hand"] - state["held"]
    if was_low:
        return FailedCheck("stock.low", "one warning per crossing", "another while it is still low")
    if available >= state["threshold"] or (event.available, event.threshold) != (available, state["threshold"]):
        expected = f"{available} available is below {state['threshold']}"
        return FailedCheck("stock.low", expected, f"{event.available} below {event.threshold}")
    return None


def well_above(state: State) -> bool:
    """At least one and a half times the threshold, on a shelf that has changed since the warning."""
    available = state["on_hand"] - state["held"]
    much = available > state["threshold"] and 2 * available >= 3 * state["threshold"]
    return bool(much) and state["on_hand"] != state["low_on_hand"]


def _recovered(state: State, event: m.StockRecovered) -> FailedCheck | None:
    available, told_right = state["on_hand"] - state["held"], event.threshold == state["threshold"]
    calmed = state.get("_level_set") and available >= state["threshold"]
    problem = None
    if not state["low"] or not told_right or event.available != available or not (well_above(state) or calmed):
        expected = f"a low shelf, and {available} well above {state['threshold']}"
        problem = FailedCheck("stock.low", expected, f"{event.available} above {event.threshold}, low: {state['low']}")
    state["low"], state["low_on_hand"] = False, 0
    return problem


def _in(state: State, event: m.StockReceived | m.StockReturned | m.StockTransferredIn) -> None:
    state["on_hand"] += event.quantity


def _out(state: State, event: m.StockTransferredOut) -> None:
    state["on_hand"] -= event.quantity


def _adjusted(state: State, event: m.StockAdjusted) -> None:
    state["on_hand"] += event.delta


def _threshold(state: State, event: m.ReorderThresholdSet) -> None:
    state["threshold"], state["_level_set"] = event.threshold, True


def _refused(_state: State, _event: m.StockRefused) -> None:
    """An event that changes no units: a refusal."""


HANDLERS: dict[type, Callable[[State, Any], FailedCheck | None]] = {
    m.StockReceived: _in,
    m.StockAdjusted: _adjusted,
    m.StockTransferredOut: _out,
    m.StockTransferredIn: _in,
    StockHeld: _held,
    HoldExtended: _extended,
    HoldCommitted: _end_hold,
    HoldReleased: _end_hold,
    HoldExpired: _end_hold,
    m.StockReturned: _in,
    m.ReorderThresholdSet: _threshold,
    m.StockLow: _low,
    m.StockRecovered: _recovered,
    m.StockRefused: _refused,
}
