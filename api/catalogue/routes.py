"""Products as shoppers see them: one, and those of a category. Stock is apart: it changes while a cache keeps this."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.catalogue.cache import ProductCache, Rendered
from api.catalogue.pictures import PictureAddresses
from api.catalogue.requests import ProductQuery, SlugPath
from api.catalogue.responses import ProductPage, ProductResponse, not_found
from api.categories.categories import Categories
from api.http import cursors
from api.http.conditional import CACHED, IfNoneMatch, unless_known
from api.http.docs import VIEWS, kept, reads
from api.http.fields import Channel, ChannelQuery
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding, position
from api.http.responses import respond
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.catalogue.messages import ProductState, ProductStatus

router = APIRouter(prefix="/v1/products", tags=["catalogue"], dependencies=[ReadYourWrites])


@router.get("", **reads(ProductPage, *VIEWS))
async def list_products(request: Request, query: Annotated[ProductQuery, Query()]) -> Response:
    """The products that are shown, by their ids. One without a variant for sale is left out: a page may be shorter."""
    await not_while_rebuilding(request)  # half a list looks like a whole one
    prices, pictures = part(request, Prices).of(query.channel), part(request, PictureAddresses)
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
    entry = await part(request, ProductCache).get(slug)
    if entry is None:
        await not_while_rebuilding(request)
        raise not_found()
    state, version = entry.product.state, entry.product.version
    prices = part(request, Prices)
    versions = (version, *(prices.version(each.sku) for each in state.facts.variants))
    page = entry.pages.get(channel)
    if page is None or page.versions != versions:
        page = entry.pages[channel] = _rendered(request, state, channel, versions)
    headers = {"etag": page.etag, "bloomfield-position": position(CATALOGUE, slug, version), **CACHED}
    return unless_known(Response(page.body, 200, headers, "application/json"), if_none_match)


def _rendered(request: Request, product: ProductState, channel: Channel, versions: tuple[int, ...]) -> Rendered:
    shown = ProductResponse.shown(product, part(request, Prices).of(channel), part(request, PictureAddresses))
    if product.status is not ProductStatus.PUBLISHED or not shown.variants:
        raise not_found()
    made = respond(shown)
    return Rendered(versions, bytes(made.body), made.headers["etag"])
