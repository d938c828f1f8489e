"""Prices: read by everybody, set by staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, reads, writes
from api.http.fields import SkuPath
from api.http.parts import part
from api.http.positions import ReadYourWrites, position
from api.http.problems import Problem
from api.http.responses import respond
from api.prices.bundles import require_parts, require_single_things
from api.prices.prices import Prices
from api.prices.requests import NewPrice, Part
from api.prices.responses import PRICES, PriceResponse
from connectors.postgres.reads import Views
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import Component, SetPrice

router = APIRouter(prefix="/v1/prices", tags=["prices"])
staff_router = APIRouter(prefix="/v1/admin/prices", tags=["prices (staff)"], dependencies=[Depends(bearer)])


@router.get("/{sku}", dependencies=[ReadYourWrites], **reads(PriceResponse, "unknown_sku", "view_behind"))
async def read_price(request: Request, sku: SkuPath) -> Response:
    """What a SKU costs now."""
    prices = part(request, Prices)
    price = prices.get(sku)
    if price is None:
        raise Problem("unknown_sku", f"{sku} has no price. Take another SKU.", sku=sku)
    headers = {"bloomfield-position": position(PRICES_ROOM, sku, prices.version(sku))}
    return respond(PriceResponse.of(price), 200, headers)


@staff_router.put("/{sku}", **writes(PriceResponse, *STAFF_ONLY, "refused"))
async def set_price(request: Request, staff: CurrentStaff, sku: SkuPath, body: NewPrice) -> Response:
    """Say what a SKU costs from now on. Carts show it at once; orders keep what they were placed at."""
    require_parts(sku, body.components)
    await _require_single_things(request, sku, body.components)
    command = SetPrice(
        sku=sku, title=body.title, unit_price_minor=body.unit_price.amount_minor,
        vat_basis_points=body.vat_basis_points, withdrawn=body.withdrawn,
        components=tuple(Component(sku=each.sku, quantity=each.quantity) for each in body.components),
    )  # fmt: skip
    return await PRICES.decide(
        request, command, lambda price, _: PriceResponse.of(price), sender=staff.sender,
        wait=part(request, Prices).seen(sku),
    )  # fmt: skip


async def _require_single_things(request: Request, sku: str, parts: Sequence[Part]) -> None:
    prices = part(request, Prices)
    asked = [each.sku for each in parts if prices.get(each.sku) is None] + [sku] * bool(parts)
    stocked: Counter[str] = Counter()
    for row in await part(request, Views).stock(*asked) if asked else []:
        stocked[row.sku] += row.on_hand
    require_single_things(sku, parts, price_of=prices.get, stocked=stocked, bundles_with=prices.bundles_with(sku))
