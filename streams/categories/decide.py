"""What a command to a category leads to."""

from __future__ import annotations

from schemas.categories import messages as m
from streams.categories.state import evolve


def decide(command: m.CategoriesCommand, category: m.CategoryState, _at: int) -> tuple[m.CategoriesEvent, ...]:
    """The events that the command leads to; none when what it asks for is so already."""
    if reason := refusal(command):
        return (m.CategoryRefused(category_id=command.category_id, command=type(command).__name__, reason=reason),)
    asked = m.CategorySet(
        category_id=command.category_id,
        title=command.title,
        parent_id=command.parent_id,
        position=command.position,
        hidden=command.hidden,
    )
    return () if evolve(category, asked) == category else (asked,)


def refusal(command: m.CategoriesCommand) -> m.CategoryRefusal | None:
    """The first reason that applies, by descending precedence."""
    if not command.title.strip():
        return m.CategoryRefusal.TITLE_MISSING
    if len(command.title) > m.TITLE_LENGTH_MAX:
        return m.CategoryRefusal.TITLE_TOO_LONG
    if not 0 <= command.position <= m.POSITION_MAX:
        return m.CategoryRefusal.POSITION_OUT_OF_RANGE
    if command.parent_id == command.category_id:
        return m.CategoryRefusal.IN_ITSELF
    return None
