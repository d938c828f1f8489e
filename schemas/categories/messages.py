"""Categories: the tree that shoppers browse. Key: category id. Which products are in one, the catalogue says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id, an_id_or_none
from schemas.record import Record, doc
from schemas.room import Room, members

CategoryId = Annotated[str, an_id("Id of the category, the slug of its page.")]
ParentId = Annotated[str, an_id_or_none("Id of the category that it is shown in; empty: it is one of the first.")]
Title = Annotated[str, doc("Name shown to shoppers.")]
Position = Annotated[int, doc("Its place beside those of the same parent, the lowest first; then by title.")]
Hidden = Annotated[bool, doc("True: it is not shown, nor what is in it.")]
TITLE_LENGTH_MAX = 120
POSITION_MAX = 1_000_000


class CategoryRefusal(StrEnum):
    """Why a command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    TITLE_MISSING = "title_missing"
    TITLE_TOO_LONG = "title_too_long"
    POSITION_OUT_OF_RANGE = "position_out_of_range"
    IN_ITSELF = "in_itself"  # it is its own parent


class SetCategory(Record, kw_only=True):
    """Say what a category is from now on. That its parent is there, and not below it, the edge looks at."""

    category_id: CategoryId
    title: Title
    parent_id: ParentId = ""
    position: Position = 0
    hidden: Hidden = False


class CategorySet(Record, kw_only=True):
    """A category is this from now on."""

    category_id: CategoryId
    title: Title
    parent_id: ParentId = ""
    position: Position = 0
    hidden: Hidden = False


class CategoryRefused(Record, kw_only=True):
    """A command was refused and changed nothing."""

    category_id: CategoryId
    command: Annotated[str, doc("Name of the refused command, e.g. `SetCategory`.")]
    reason: Annotated[CategoryRefusal, doc("Why.")]


class CategoryState(Record, kw_only=True):
    """State: one category."""

    category_id: CategoryId = ""
    title: Title = ""
    parent_id: ParentId = ""
    position: Position = 0
    hidden: Hidden = False


CategoriesCommand = SetCategory
CategoriesEvent = CategorySet | CategoryRefused

ROOM = Room(
    name="categories",
    key="category id",
    key_fields=("category_id",),
    commands=members(CategoriesCommand),
    events=members(CategoriesEvent),
    state=CategoryState,
)
