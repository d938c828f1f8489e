"""What is known of one category, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from schemas.categories.messages import CategoriesEvent, CategoryRefused, CategorySet, CategoryState


def evolve(category: CategoryState, event: CategoriesEvent) -> CategoryState:
    """The category after the event."""
    match event:
        case CategorySet():
            assert category.category_id in ("", event.category_id), "another one's event"
            return CategoryState(
                category_id=event.category_id,
                title=event.title,
                parent_id=event.parent_id,
                position=event.position,
                hidden=event.hidden,
            )
        case CategoryRefused():
            return category
        case _:
            assert_never(event)
