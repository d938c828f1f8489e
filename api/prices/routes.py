"""Prices: read by everybody, set by staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http import cursors
from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, VIEWS, reads, writes
from api.http.fields import Channel, ChannelQuery, SkuPath
from api.http.parts import part
from api.http.positions import ReadYourWrites, ReadYourWritesInPostgreSQL, not_while_rebuilding, position
from api.http.responses import Body, respond
from api.prices.bundles import require_parts, require_single_things
from api.prices.prices import Prices
from api.prices.requests import NewPrice, Part, PriceHistoryQuery, Schedule
from api.prices.responses import (
    PRICES,
    PriceFact,
    PriceHistoryPage,
    PriceResponse,
    StaffPriceResponse,
    unknown,
)
from connectors.postgres.reads import Views
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import Component, SchedulePrices, SetPrice, SkuPrice

router = APIRouter(prefix="/v1/prices", tags=["prices"])
staff_router = APIRouter(prefix="/v1/admin/prices", tags=["prices (staff)"], dependencies=[Depends(bearer)])


@router.get("/{sku}", dependencies=[ReadYourWrites], **reads(PriceResponse, "unknown_sku", "view_behind"))
async def read_price(request: Request, sku: SkuPath, channel: ChannelQuery = Channel.WEB) -> Response:
    """What a SKU costs now."""
    return _read(request, sku, lambda price: PriceResponse.shown(price, channel))


@staff_router.get(
    "/{sku}", dependencies=[ReadYourWrites], **reads(StaffPriceResponse, *STAFF_ONLY, "unknown_sku", "view_behind")
)
async def read_whole_price(request: Request, _staff: CurrentStaff, sku: SkuPath) -> Response:
    """What a SKU costs when nothing else is said, and what it cost, costs or will cost for a while."""
    return _read(request, sku, StaffPriceResponse.shown)


@staff_router.get(
    "/{sku}/history", dependencies=[ReadYourWritesInPostgreSQL], **reads(PriceHistoryPage, *STAFF_ONLY, *VIEWS)
)
async def read_price_history(
    request: Request, _staff: CurrentStaff, sku: SkuPath, query: Annotated[PriceHistoryQuery, Query()]
) -> Response:
    """What a SKU has cost, and who said so: every fact, the newest first."""
    await not_while_rebuilding(request)  # half a history looks like a whole one
    [before] = cursors.decode(query.after, int) if query.after else (None,)
    facts = await part(request, Views).history(PRICES_ROOM.name, sku, before=before, limit=query.limit + 1)
    page, following = cursors.page(facts, query.limit, lambda fact: (fact.version,))
    return respond(PriceHistoryPage(sku=sku, facts=[PriceFact.of_fact(each) for each in page], next=following))


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
        request, command, lambda price, _: PriceResponse.shown(price, Channel.WEB), sender=staff.sender,
        wait=part(request, Prices).seen(sku),
    )  # fmt: skip


@staff_router.put("/{sku}/schedule", **writes(StaffPriceResponse, *STAFF_ONLY, "unknown_sku", "refused"))
async def schedule_prices(request: Request, staff: CurrentStaff, sku: SkuPath, body: Schedule) -> Response:
    """Say all that a SKU is to cost for a while: sales, and price lists of a channel. An empty list ends them all."""
    command = SchedulePrices(sku=sku, prices=tuple(each.made() for each in body.prices))
    return await PRICES.decide(
        request, command, StaffPriceResponse.shown, sender=staff.sender, wait=part(request, Prices).seen(sku)
    )


def _read(request: Request, sku: str, show: Callable[[SkuPrice], Body]) -> Response:
    prices = part(request, Prices)
    price = prices.get(sku)
    if price is None:
        raise unknown(sku)
    return respond(show(price), 200, {"bloomfield-position": position(PRICES_ROOM, sku, prices.version(sku))})


async def _require_single_things(request: Request, sku: str, parts: Sequence[Part]) -> None:
    prices = part(request, Prices)
    asked = [each.sku for each in parts if prices.get(each.sku) is None] + [sku] * bool(parts)
    stocked: Counter[str] = Counter()
    for row in await part(request, Views).stock(*asked) if asked else []:
        stocked[row.sku] += row.on_hand
    require_single_things(sku, parts, price_of=prices.get, stocked=stocked, bundles_with=prices.bundles_with(sku))
