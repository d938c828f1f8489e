"""Products, as staff work on them: described, published at a time, archived."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.catalogue.pictures import PictureAddresses
from api.catalogue.requests import NewProduct, Publication, SlugPath, StaffProductQuery, millis
from api.catalogue.responses import PRODUCTS, StaffProductPage, StaffProductResponse, not_found
from api.categories.categories import Categories
from api.http import cursors
from api.http.auth import CurrentStaff, bearer
from api.http.conditional import IfMatch, expected_version
from api.http.docs import STAFF_ONLY, VIEWS, reads, writes
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.problems import Problem
from api.http.responses import respond
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.catalogue.messages import ArchiveProduct, DescribeProduct, ProductState, PublishProduct
from schemas.record import Record

router = APIRouter(prefix="/v1/admin/products", tags=["catalogue (staff)"], dependencies=[Depends(bearer)])

REFUSALS = (*STAFF_ONLY, "version_mismatch", "refused")


@router.get("", dependencies=[ReadYourWrites], **reads(StaffProductPage, *STAFF_ONLY, *VIEWS))
async def list_all_products(
    request: Request, _staff: CurrentStaff, query: Annotated[StaffProductQuery, Query()]
) -> Response:
    """Every product, drafts and archived ones too, by their ids."""
    await not_while_rebuilding(request)  # half a list looks like a whole one
    prices, pictures = part(request, Prices).of(None), part(request, PictureAddresses)
    families = part(request, Categories).family(query.category) if query.category else ()
    rows, following = await cursors.page_of_ids(
        query.after,
        query.limit,
        lambda after, limit: part(request, Views).products(
            status=query.status, categories=families, after=after, limit=limit
        ),
        lambda product: product.product_id,
    )
    shown = [StaffProductResponse.all_of(product, prices, pictures) for product in rows]
    return respond(StaffProductPage(products=shown, next=following))


@router.get("/{slug}", dependencies=[ReadYourWrites], **reads(StaffProductResponse, *STAFF_ONLY, "not_found", *VIEWS))
async def read_any_product(request: Request, _staff: CurrentStaff, slug: SlugPath) -> Response:
    """One product, whether shoppers see it or not."""
    prices, pictures = part(request, Prices).of(None), part(request, PictureAddresses)
    return await PRODUCTS.read(
        request, slug, lambda product: StaffProductResponse.all_of(product, prices, pictures), not_found
    )


@router.put("/{slug}", **writes(StaffProductResponse, *REFUSALS, *VIEWS))
async def describe_product(
    request: Request, staff: CurrentStaff, slug: SlugPath, body: NewProduct, if_match: IfMatch = ""
) -> Response:
    """Say all that a product is. What is new becomes a draft; a product that is shown changes at once."""
    facts = body.facts()
    taken = await part(request, Views).products_with(*(each.sku for each in facts.variants), but=slug)
    if taken:
        reason = ", ".join(f"{sku} is a variant of {product}" for sku, product in taken.items())
        raise Problem(
            "validation_failed",
            f"variants: {reason}. Take it out of there first.",
            errors=[{"in": "body", "field": "variants", "reason": reason, "rule": "catalogue"}],
        )
    command = DescribeProduct(product_id=slug, facts=facts, expected_version=expected_version(if_match))
    return await _decide(request, staff, command)


@router.put("/{slug}/publication", **writes(StaffProductResponse, *REFUSALS, "not_found"))
async def publish_product(
    request: Request, staff: CurrentStaff, slug: SlugPath, body: Publication, if_match: IfMatch = ""
) -> Response:
    """Show a product now or from a time on, for good or until another. Replaces what was said of that before."""
    command = PublishProduct(
        product_id=slug,
        shown_from=millis(body.shown_from) or time.time_ns() // 1_000_000,
        shown_until=millis(body.shown_until),
        expected_version=expected_version(if_match),
    )
    return await _decide(request, staff, command)


@router.delete("/{slug}/publication", **writes(StaffProductResponse, *REFUSALS, "not_found"))
async def archive_product(request: Request, staff: CurrentStaff, slug: SlugPath, if_match: IfMatch = "") -> Response:
    """Show a product no longer. It can be published again."""
    return await _decide(request, staff, ArchiveProduct(product_id=slug, expected_version=expected_version(if_match)))


async def _decide(request: Request, staff: CurrentStaff, command: Record) -> Response:
    prices, pictures = part(request, Prices).of(None), part(request, PictureAddresses)

    def show(product: ProductState, _command: object) -> StaffProductResponse:
        return StaffProductResponse.all_of(product, prices, pictures)

    return await PRODUCTS.decide(request, command, show, sender=staff.sender)
