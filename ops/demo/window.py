"""The shop window of the demonstration: a picture is put in, and a shopper types, searches, narrows down and buys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ops.demo.florist import originals
from ops.demo.journeys import Say, UnexpectedTurn, buys
from ops.products import images
from ops.products.files import Product
from ops.shoppers import Json, Shopper, StaffClient, eventually, growing

TYPED, MEANT, FACET = "ros", "roses", "price"


async def looks_around(shopper: Shopper, say: Say) -> int:
    """Type, search, choose a price band, and buy the first product; returns the pence that were captured."""
    suggested = await _asked(shopper, "/v1/search/suggest", {"q": TYPED}, "products")
    titles = [each["title"] for each in suggested["products"][:2]]
    say(f"typed `{TYPED}`: {', '.join(suggested['queries'][:3])}; {'; '.join(titles)}")
    found = await _asked(shopper, "/v1/search", {"q": MEANT, "in_stock": "true"}, "products")
    say(f"`{MEANT}` in stock: {found['total']} products; {_counted(found['facets']['category'])}")
    band = next(each for each in found["facets"][FACET] if each["count"])
    chosen = await _asked(shopper, "/v1/search", {"q": MEANT, "in_stock": "true", FACET: band["value"]}, "products")
    say(f"{band['title']}: {chosen['total']} of them")
    if chosen["total"] != band["count"]:
        raise UnexpectedTurn(f"the facet said {band['count']}, the search has {chosen['total']}")
    sku = next(each["sku"] for each in chosen["products"][0]["variants"] if each["in_stock"])
    return await buys(shopper, {sku: 1}, say)


async def picture(staff: StaffClient, product: Product, say: Say) -> int:
    """Upload a picture past the edge, and wait for its renditions; nothing is bought."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{product['id']}.png"
        path.write_bytes(await asyncio.to_thread(originals.png, product))
        say(f"{path.stat().st_size // 1024} KiB of {product['title']} go to the object store")
        if refused := await images.load(staff, [path], lambda: None):
            raise UnexpectedTurn(refused[0].reason)
    shown = (await staff.call("GET", f"/v1/products/{product['id']}")).raise_for_status().json()["images"][0]
    renditions: list[Json] = shown["renditions"]
    say(f"{len(renditions)} renditions, e.g. {renditions[0]['avif']}")
    return 0


def _counted(facet: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['title']} {each['count']}" for each in facet[:3])


async def _asked(shopper: Shopper, path: str, query: Mapping[str, str], wanted: str) -> Json:
    """What the search answers once it has something: the index may be on its way."""
    asked = path + "?" + "&".join(f"{name}={value}" for name, value in query.items())

    async def ask() -> Json:
        answer = await shopper.call("GET", asked)
        found: Json = answer.json() if answer.is_success else {}
        return found

    return await eventually(ask, lambda found: found.get(wanted), asked, wait=growing(0.1, 1.0))
