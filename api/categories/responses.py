"""Categories as they are shown, and why a change of one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from msgspec import Meta

from api.categories.categories import in_order, shown, way_to
from api.http.conditional import etag_of
from api.http.problems import Problem
from api.http.responses import Body
from api.log.gateway import Gateway
from schemas.categories.messages import ROOM, CategoryState


class CategoryStep(Body):
    id: Annotated[str, Meta(description="The slug of its page.", examples=["roses"])]
    title: Annotated[str, Meta(examples=["Roses"])]

    @classmethod
    def to(cls, category: CategoryState) -> Self:
        return cls(id=category.category_id, title=category.title)


class ListedCategory(CategoryStep):
    parent: Annotated[str | None, Meta(description="Id of the one it is in; null: it is one of the first.")]
    depth: Annotated[int, Meta(description="0: it is one of the first.")]


class CategoryList(Body):
    categories: Annotated[list[ListedCategory], Meta(description="Each behind its parent, in the order of a menu.")]

    @classmethod
    def of_shop(cls, every: Mapping[str, CategoryState]) -> Self:
        """Those that are shown."""
        seen = shown(every)
        return cls(
            categories=[
                ListedCategory(id=key, title=each.title, parent=each.parent_id or None, depth=depth)
                for each, depth in in_order(seen)
                if (key := each.category_id)
            ]
        )

    def etag(self, json: bytes) -> str:
        return etag_of(0, json)


class CategoryResponse(CategoryStep):
    path: Annotated[list[CategoryStep], Meta(description="From one of the first down to its parent.")]
    children: list[CategoryStep]

    @classmethod
    def of_shop(cls, every: Mapping[str, CategoryState], category_id: str) -> Self:
        """One that is shown. Raises Problem."""
        seen = shown(every)
        if category_id not in seen:
            raise not_found()
        way = way_to(seen, category_id) or []
        return cls(
            id=category_id, title=seen[category_id].title, path=[CategoryStep.to(each) for each in way[:-1]],
            children=[CategoryStep.to(each) for each in seen.values() if each.parent_id == category_id],
        )  # fmt: skip

    def etag(self, json: bytes) -> str:
        return etag_of(0, json)


class StaffCategoryResponse(CategoryStep):
    parent: str | None
    position: int
    hidden: bool

    @classmethod
    def shown(cls, category: CategoryState, _command: object = None) -> Self:
        """The state, of a reply or of the table."""
        return cls.of(category, id=category.category_id, parent=category.parent_id or None)


class StaffCategoryList(Body):
    categories: Annotated[
        list[StaffCategoryResponse], Meta(description="In order, and behind them those whose parent is not there.")
    ]

    @classmethod
    def of_all(cls, every: Mapping[str, CategoryState]) -> Self:
        """Hidden ones and lost ones too."""
        found = {each.category_id: each for each, _ in in_order(every)}
        return cls(categories=[StaffCategoryResponse.shown(each) for each in (found | dict(every)).values()])


def not_found() -> Problem:
    """There is none of that id, or it is not shown."""
    return Problem("not_found", "There is no such category. List them, and take the id of one that is there.")


def require_place(every: Mapping[str, CategoryState], category_id: str, parent_id: str) -> None:
    """Raises Problem unless the parent is there, and not below the category itself."""
    way = way_to(every, parent_id) if parent_id else []
    if way is None:
        raise _misplaced(f"there is no category {parent_id}; set it first")
    if category_id in {parent_id, *(each.category_id for each in way)}:
        raise _misplaced(f"{parent_id} is {category_id} itself or below it; choose another")


def _misplaced(reason: str) -> Problem:
    error = {"in": "body", "field": "parent", "reason": reason, "rule": "category_tree"}
    return Problem("validation_failed", f"parent: {reason}.", errors=[error])


CATEGORIES: Gateway[CategoryState] = Gateway(
    room=ROOM, location="/v1/categories/{0.category_id}", refused="The category was refused"
)
