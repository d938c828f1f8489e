"""Categories: browsed by everybody, set by staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from api.categories.categories import Categories
from api.categories.responses import (
    CATEGORIES,
    CategoryList,
    CategoryResponse,
    StaffCategoryList,
    StaffCategoryResponse,
    require_place,
)
from api.http.auth import CurrentStaff, bearer
from api.http.conditional import CACHED, IfNoneMatch, unless_known
from api.http.docs import STAFF_ONLY, kept, reads, writes
from api.http.fields import Id, Line, StrictModel
from api.http.parts import part
from api.http.positions import ReadYourWrites
from api.http.responses import respond
from schemas.categories.messages import POSITION_MAX, TITLE_LENGTH_MAX, SetCategory

router = APIRouter(prefix="/v1/categories", tags=["catalogue"], dependencies=[ReadYourWrites])
staff_router = APIRouter(prefix="/v1/admin/categories", tags=["catalogue (staff)"], dependencies=[Depends(bearer)])
CategoryIdPath = Annotated[Id, Path(description="Id of the category, the slug of its page.", examples=["roses"])]


class NewCategory(StrictModel):
    """What a category is from now on."""

    title: Annotated[Line, Field(max_length=TITLE_LENGTH_MAX, description="Name shown.", examples=["Roses"])]
    parent: Annotated[Id | None, Field(description="The one it is in; null: it is one of the first.")] = None
    position: Annotated[int, Field(ge=0, le=POSITION_MAX, description="Beside its siblings, the lowest first.")] = 0
    hidden: Annotated[bool, Field(description="True: neither it nor what is in it is shown.")] = False


@router.get("", **kept(CategoryList))
async def list_categories(request: Request, if_none_match: IfNoneMatch = "") -> Response:
    """The whole tree, as a list in the order of a menu."""
    every = part(request, Categories).every()
    return unless_known(respond(CategoryList.of_shop(every), 200, CACHED), if_none_match)


@router.get("/{category_id}", **kept(CategoryResponse, "not_found"))
async def read_category(request: Request, category_id: CategoryIdPath, if_none_match: IfNoneMatch = "") -> Response:
    """One category, the way to it and what is right below it. Its products: `/v1/search?category=`."""
    every = part(request, Categories).every()
    return unless_known(respond(CategoryResponse.of_shop(every, category_id), 200, CACHED), if_none_match)


@staff_router.get("", dependencies=[ReadYourWrites], **reads(StaffCategoryList, *STAFF_ONLY))
async def list_all_categories(request: Request, staff: CurrentStaff) -> Response:
    """All categories, hidden ones too."""
    return respond(StaffCategoryList.of_all(part(request, Categories).every()))


@staff_router.put(
    "/{category_id}",
    dependencies=[ReadYourWrites],  # of its parent's
    **writes(StaffCategoryResponse, *STAFF_ONLY, "refused", "view_behind"),
)
async def set_category(
    request: Request, staff: CurrentStaff, category_id: CategoryIdPath, body: NewCategory
) -> Response:
    """Say what a category is called, and where it is shown. What is in it each product says."""
    categories = part(request, Categories)
    require_place(categories.every(), category_id, body.parent or "")
    command = SetCategory(
        category_id=category_id, title=body.title, parent_id=body.parent or "", position=body.position,
        hidden=body.hidden,
    )  # fmt: skip
    return await CATEGORIES.decide(
        request, command, StaffCategoryResponse.shown, sender=staff.sender, wait=categories.seen(category_id)
    )
