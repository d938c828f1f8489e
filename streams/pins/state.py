"""What is known of one pin, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from schemas.pins.messages import PinRefused, PinSet, PinsEvent, PinState


def evolve(pin: PinState, event: PinsEvent) -> PinState:
    """The pin after the event."""
    match event:
        case PinSet():
            assert pin.pin_id in ("", event.pin_id), "another one's event"
            return PinState(pin_id=event.pin_id, queries=event.queries, products=event.products)
        case PinRefused():
            return pin
        case _:
            assert_never(event)
