"""The checkout room, as the engine runs it."""

from __future__ import annotations

from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.messages import ROOM, CheckoutCommand, CheckoutEvent, CheckoutState, CheckoutStep, TimeOutCheckout
from schemas.topics import DAY_MS
from streams.checkout.decide import decide
from streams.checkout.react import react
from streams.checkout.state import ENDED, NOT_SHOWN, OPEN, evolve, evolve_shown, shown
from streams.runtime.decider import Decider, View, all_but

INITIAL = CheckoutState()
KEEP_MS = DAY_MS  # as long as a command's id is remembered
KEEP_UNSETTLED_MS = 7 * DAY_MS  # as long as a command may lie unread: until then a late commit must find its checkout


def next_timer_at(state: CheckoutState) -> int | None:
    """While the shopper can still walk away, the clock runs; afterwards the saga runs to its end, however long."""
    return state.expires_at if state.step in OPEN else None


def on_timer(key: str, _state: CheckoutState, due_at: int) -> TimeOutCheckout:
    """The time-out, for the moment it was due at."""
    return TimeOutCheckout(checkout_id=key, due_at=due_at)


def expires_at(state: CheckoutState) -> int | None:
    """A day after the end; later when a commit may still be answered and would have to be returned."""
    if state.step not in ENDED:
        return None
    unsettled = state.step is CheckoutStep.FAILED and any(
        demand.held and not demand.committed for demand in state.demands.values()
    )
    return state.ended_at + (KEEP_UNSETTLED_MS if unsettled else KEEP_MS)


CHECKOUT: Decider[CheckoutCommand | CheckoutAnswer, CheckoutEvent, CheckoutState] = Decider(
    room=ROOM,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    # Small, whatever the checkout's size: it is replied after each of its steps.
    reply=all_but(INITIAL, "cart_lines", "prices", "lines", "demands", "delivery", "contact", "uses", "proposal"),
    react=react,
    next_timer_at=next_timer_at,
    on_timer=on_timer,
    expires_at=expires_at,
    view=View(of=shown, evolve=evolve_shown, hides=tuple(NOT_SHOWN)),
    follows=True,
)
