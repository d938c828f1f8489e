"""What other rooms are asked for after each fact of a checkout."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.checkout.answers import CheckoutAnswer
from schemas.checkout.messages import (
    CheckoutCommand,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutExtended,
    CheckoutFailed,
    CheckoutLineCommitted,
    CheckoutLineMoved,
    CheckoutState,
    CheckoutStep,
)
from schemas.record import Record
from streams.checkout.saga import BEGUN_BY, take_back, unwind
from streams.checkout.sends import confirm_order
from streams.checkout.stock_sends import extend_holds, hold_line, return_line
from streams.checkout.uses import extend_uses


def react(
    message: CheckoutCommand | CheckoutAnswer, state: CheckoutState, events: tuple[CheckoutEvent, ...]
) -> Iterator[Record]:
    """The commands that follow. Facts have followers; an answer heard twice decides nothing and asks for nothing."""
    for event in events:
        yield from _after(event, state)
    if not events and state.step is CheckoutStep.FAILED:
        yield from take_back(message, state)


def _after(event: CheckoutEvent, state: CheckoutState) -> Iterator[Record]:
    match event:
        case CheckoutFailed():
            yield from unwind(event, state)
        case CheckoutLineMoved(sku=sku):
            yield from hold_line(state, sku)
        case CheckoutExtended():
            yield from extend_holds(state)
            yield from extend_uses(state)
        case CheckoutLineCommitted(sku=sku) if state.step is CheckoutStep.FAILED:
            yield from return_line(state, sku)  # Sold after the checkout had failed.
        case CheckoutCompleted():
            yield from confirm_order(state)
        case _ if type(event) in BEGUN_BY:
            yield from BEGUN_BY[type(event)].do(state)
        case _:
            return  # A line priced, held or committed, a card declined, a refusal: the step goes on.
