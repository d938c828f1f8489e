"""The storefront: home, lists, products, basket. Each page asks `/v1` and nothing else, and works without scripts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import APIRouter, Request, Response

from api.web.client import Api, ApiAnswer, ApiUnanswered, Json
from api.web.pages import LONDON, Pages, see_other, static_response
from api.web.storefront import basket as baskets
from api.web.storefront import facts
from api.web.storefront.basket import Basket
from api.web.storefront.listing import SORTS, Listing

router = APIRouter(include_in_schema=False)
LOG = structlog.get_logger()
PAGES = Pages("api.web.storefront")
API_ADDRESS = os.environ.get("BLOOMFIELD_WEB_API") or None
ON_HOME = 8
SEASONS = "winter", "spring", "summer", "autumn"  # by months, from December
FOR_AN_HOUR = {"cache-control": "public, max-age=3600"}
SKU_MAX = 100  # SKUs whose stock can be asked for at once
FEW = 5  # units: so many or fewer are told


@router.get("/static/{name}")
async def read_static(request: Request, name: str) -> Response:
    """A style sheet or a script."""
    return static_response(name) or await not_found(request)


@router.get("/")
async def home(request: Request) -> Response:
    """What is in season, what is on offer, and where to look further."""
    season = SEASONS[datetime.now(LONDON).month % 12 // 3]
    query = [("attribute", f"season:{season}"), ("in_stock", "true"), ("limit", str(ON_HOME))]
    async with Api(request, API_ADDRESS) as api:
        shown, offers = await asyncio.gather(_answer(api.get("/v1/search", query)), _answer(api.get("/v1/promotions")))
        return await _page(request, api, "home.html", products=shown.body.get("products", []),
                           offers=offers.body.get("promotions", []))  # fmt: skip


@router.get("/robots.txt")
async def read_robots(request: Request) -> Response:
    """What robots may fetch."""
    return Response(facts.robots(_base(request)), media_type="text/plain; charset=utf-8", headers=FOR_AN_HOUR)


@router.get("/sitemap.xml")
async def read_site_map(request: Request) -> Response:
    """Every page that a search engine may show: it follows what is published."""
    base = _base(request)
    async with Api(request, API_ADDRESS) as api:
        menu = await _answer(api.get("/v1/categories"))
        addresses = [
            f"{base}/",
            *(f"{base}/c/{quote(each['id'], safe='')}" for each in menu.body.get("categories", ())),
        ]
        after: list[tuple[str, str]] = []
        while len(addresses) < facts.SITE_MAP_MAX:
            page = await _answer(api.get("/v1/products", [("limit", "100"), *after]))
            if not page.ok:  # half a map would take pages out of the search engines
                return await _problem(request, api, page)
            addresses += (facts.product_address(base, each["id"]) for each in page.body["products"])
            if page.body["next"] is None:
                break
            after = [("after", page.body["next"])]
    return Response(facts.site_map(addresses[: facts.SITE_MAP_MAX]), media_type="application/xml", headers=FOR_AN_HOUR)


@router.get("/search")
async def search(request: Request) -> Response:
    """What answers a text."""
    async with Api(request, API_ADDRESS) as api:
        return await _list(request, api, Listing("/search", request.query_params.multi_items()))


@router.get("/c/{slug}")
async def category(request: Request, slug: str) -> Response:
    """What is in a category, or below it."""
    async with Api(request, API_ADDRESS) as api:
        found = await _answer(api.get(f"/v1/categories/{quote(slug, safe='')}"))
        if not found.ok:
            return await _problem(request, api, found)
        listing = Listing(f"/c/{quote(slug, safe='')}", request.query_params.multi_items(), slug)
        return await _list(request, api, listing, found.body)


@router.get("/p/{slug}")
async def product(request: Request, slug: str) -> Response:
    """One product: its pictures, its variants with price and stock, and the form that puts one into the basket."""
    async with Api(request, API_ADDRESS) as api:
        found = await _answer(api.get(f"/v1/products/{quote(slug, safe='')}"))
        if not found.ok or not found.body["variants"]:
            return await _problem(request, api, found if not found.ok else baskets.NONE)
        variants = found.body["variants"]
        skus = ",".join(each["sku"] for each in variants[:SKU_MAX])
        stock, way = await asyncio.gather(
            _answer(api.get("/v1/stock", [("skus", skus)])), _way(api, found.body["categories"])
        )
        units = {each["sku"]: each["available"] for each in stock.body.get("stock", ())} if stock.ok else None
        asked = request.query_params.get("sku", "")
        chosen = next((each["sku"] for each in variants if each["sku"] == asked), _first(variants, units))
        postcode = request.query_params.get("postcode", "").strip()
        where = [("postcode", postcode), ("skus", chosen)]
        delivery = await _answer(api.get("/v1/delivery-options", where)) if postcode else None
        return await _page(
            request, api, "product.html", product=found.body, units=units, chosen=chosen, few=FEW, way=way,
            postcode=postcode, delivery=delivery, canonical=facts.product_address(_base(request), found.body["id"]),
            data=[facts.product_data(found.body, units, _base(request)), facts.breadcrumb_data(way, _base(request))],
            pictures_of=[{"image": each} for each in found.body["images"]],
        )  # fmt: skip


@router.get("/basket")
async def read_basket(request: Request) -> Response:
    """What is in the basket, what it costs, and what cannot be had."""
    async with Api(request, API_ADDRESS) as api:
        return await _basket(request, api)


@router.post("/basket")
async def change_basket(request: Request) -> Response:
    """Add to the basket, change how many, take out, or use a code: by which button was pressed."""
    if baskets.from_elsewhere(request):
        return await _refused(request)
    given, basket = await baskets.form(request), Basket.of(request)
    async with Api(request, API_ADDRESS) as api:
        before = await _answer(basket.read(api))
        unread = before.status == 429 or before.status >= 500
        if not before.ok and not unread:  # it is none, is closed, or is somebody else's
            basket = await baskets.made(api)
        if unread or not basket.id:  # another cart in its place would lose it
            return await _problem(request, api, ApiAnswer(503, {}, ""))
        answer = await _changed(api, basket, given, before)
        if answer is None:
            return await _basket(request, api, 422, error=f"Type a whole number up to {baskets.QUANTITY_MAX}.")
        if not answer.ok:
            return await _basket(request, api, answer.status, error=_in_words(answer))
        return baskets.keep(request, see_other("/basket"), basket, answer.position)


async def not_found(request: Request) -> Response:
    """There is no such page."""
    async with Api(request, API_ADDRESS) as api:
        return await _problem(request, api, baskets.NONE)


async def _changed(api: Api, basket: Basket, given: dict[str, str], before: ApiAnswer) -> ApiAnswer | None:
    """What `/v1` said to a form; None: its number is none."""
    if "code" in given:
        return await _answer(basket.code(api, given["code"].strip() or " ", wanted="remove" not in given))
    units = 0 if "remove" in given else baskets.wanted_units(given.get("quantity", "1"))
    if units is None:
        return None
    sku = given.get("sku", "")
    if "add" in given:
        units = min(units + (baskets.quantity_of(before, sku) if before.ok else 0), baskets.QUANTITY_MAX)
    return await _answer(basket.wants(api, sku or " ", units))


async def _list(request: Request, api: Api, listing: Listing, category: Json | None = None) -> Response:
    found = await _answer(api.get("/v1/search", listing.question()))
    if not found.ok:
        return await _problem(request, api, found)
    facets = listing.facets(found.body["facets"]) if found.body["facets"] else []
    return await _page(
        request, api, "listing.html", listing=listing, category=category, found=found.body, facets=facets, sorts=SORTS,
        products=found.body["products"],
    )  # fmt: skip


async def _basket(request: Request, api: Api, status: int = 200, *, error: str = "") -> Response:
    cart = await _answer(Basket.of(request).read(api))
    if cart.status >= 500:
        return await _problem(request, api, cart)
    return await _page(request, api, "basket.html", status, cart=cart.body if cart.ok else None, read=cart, error=error)


async def _problem(request: Request, api: Api, answer: ApiAnswer) -> Response:
    """What went wrong, as a page: 404 and 410 say where to look, all else when to try again."""
    status = {404: 404, 410: 410, 422: 422}.get(answer.status, 503)
    return await _page(request, api, "problem.html", status, detail=answer.detail)


async def _refused(request: Request) -> Response:
    async with Api(request, API_ADDRESS) as api:
        return await _page(request, api, "problem.html", 403, detail="")


async def _page(
    request: Request, api: Api, template: str, status: int = 200, *, read: ApiAnswer | None = None, **shown: Any
) -> Response:
    """A page within its frame: the menu, and how much is in the basket (`read`, when the page has read it already)."""

    async def known() -> ApiAnswer:
        return read or await _answer(Basket.of(request).read(api))

    menu, cart = await asyncio.gather(_answer(api.get("/v1/categories")), known())
    tops = [each for each in menu.body.get("categories", ()) if each["depth"] == 0]
    pictured = [*shown.get("products", ()), *shown.pop("pictures_of", ())]
    return PAGES.page(
        request, template, status, pictures=" ".join(_origins(pictured)), menu=tops, in_basket=baskets.units(cart),
        q=request.query_params.get("q", ""), **shown,
    )  # fmt: skip


async def _way(api: Api, categories: Iterable[str]) -> list[Json]:
    """From the first category down to the one that a product is in, as a breadcrumb."""
    for name in categories:
        found = await _answer(api.get(f"/v1/categories/{quote(name, safe='')}"))
        if found.ok:
            return [*found.body["path"], {"id": found.body["id"], "title": found.body["title"]}]
    return []


async def _answer(asked: Any) -> ApiAnswer:
    """What `/v1` answered; 503 when it did not."""
    try:
        answer: ApiAnswer = await asked
    except ApiUnanswered as error:
        LOG.warning("page_unanswered", reason=str(error))
        return ApiAnswer(503, {}, "")
    return answer


def _base(request: Request) -> str:
    """The site's address as it was asked for: the proxy in front says by which scheme and name."""
    return str(request.base_url).rstrip("/")


def _first(variants: list[Json], units: dict[str, int] | None) -> str:
    """Which variant is chosen before somebody chooses: the first that can be bought."""
    return str(next((each["sku"] for each in variants if units is None or units.get(each["sku"])), variants[0]["sku"]))


def _in_words(answer: ApiAnswer) -> str:
    match answer.body.get("code"):
        case "unknown_code":
            return "We do not know that code. Look at how it is written."
        case "unknown_sku":
            return "That is not for sale any more."
        case "too_many_lines" | "too_many_codes" | "cart_closed":
            return answer.detail
        case "validation_failed":
            return "That could not be read. Look at what you typed."
    return "That did not work. Nothing has changed; please try again in a moment."


def _origins(products: Iterable[Json]) -> list[str]:
    """Where the pictures of a page come from."""
    addresses = (each["image"]["renditions"] for each in products if each.get("image"))
    found = {urlsplit(each[0]["jpeg"]) for each in addresses if each}
    return sorted({f"{each.scheme}://{each.netloc}" for each in found})
