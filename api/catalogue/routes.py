"""Products as shoppers see them: one, and those of a category. Stock is apart: it changes while a cache keeps this."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.catalogue.pictures import Pictures
from api.catalogue.requests import ProductQuery, SlugPath
from api.catalogue.responses import PRODUCTS, ProductPage, ProductResponse, not_found
from api.categories.categories import Categories
from api.http import cursors
from api.http.conditional import CACHED, IfNoneMatch, unless_known
from api.http.docs import VIEWS, kept, reads
from api.http.fields import Channel, ChannelQuery
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.responses import respond
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.catalogue.messages import ProductState, ProductStatus

router = APIRouter(prefix="/v1/products", tags=["catalogue"], dependencies=[ReadYourWrites])


@router.get("", **reads(ProductPage, *VIEWS))
async def list_products(request: Request, query: Annotated[ProductQuery, Query()]) -> Response:
    """The products that are shown, by their ids. One without a variant for sale is left out: a page may be shorter."""
    await not_while_rebuilding(request)  # half a list looks like a whole one
    prices, pictures = part(request, Prices).of(query.channel), part(request, Pictures)
    families = part(request, Categories).family(query.category) if query.category else ()
    rows, following = await cursors.page_of_ids(
        query.after,
        query.limit,
        lambda after, limit: part(request, Views).products(
            status=ProductStatus.PUBLISHED, categories=families, after=after, limit=limit
        ),
        lambda product: product.product_id,
    )
    shown = (ProductResponse.shown(product, prices, pictures) for product in rows)
    return respond(ProductPage(products=[each for each in shown if each.variants], next=following), 200, CACHED)


@router.get("/{slug}", **kept(ProductResponse, "not_found", *VIEWS))
async def read_product(
    request: Request, slug: SlugPath, channel: ChannelQuery = Channel.WEB, if_none_match: IfNoneMatch = ""
) -> Response:
    """One product, with the variants that can be bought and their prices of this moment."""

    def show(product: ProductState) -> ProductResponse:
        shown = ProductResponse.shown(product, part(request, Prices).of(channel), part(request, Pictures))
        if product.status is not ProductStatus.PUBLISHED or not shown.variants:
            raise not_found()
        return shown

    response = await PRODUCTS.read(request, slug, show, not_found)
    response.headers.update(CACHED)
    return unless_known(response, if_none_match)
