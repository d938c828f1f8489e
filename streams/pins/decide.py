"""What a command to a pin leads to."""

from __future__ import annotations

from schemas.pins import messages as m
from streams.pins.state import evolve


def decide(command: m.PinsCommand, pin: m.PinState, _at: int) -> tuple[m.PinsEvent, ...]:
    """The events that the command leads to; none when what it asks for is so already."""
    if reason := refusal(command):
        return (m.PinRefused(pin_id=command.pin_id, command=type(command).__name__, reason=reason),)
    asked = m.PinSet(pin_id=command.pin_id, queries=command.queries, products=command.products)
    return () if evolve(pin, asked) == pin else (asked,)


def refusal(command: m.PinsCommand) -> m.PinRefusal | None:
    """The first reason that applies, by descending precedence."""
    if not all(each and each == m.normalised(each) and len(each) <= m.QUERY_LENGTH_MAX for each in command.queries):
        return m.PinRefusal.QUERY_MALFORMED
    if len(command.queries) > m.QUERIES_MAX or len(command.products) > m.PRODUCTS_MAX:
        return m.PinRefusal.TOO_MANY
    if len(set(command.products)) < len(command.products):
        return m.PinRefusal.NOT_DISTINCT
    return None
