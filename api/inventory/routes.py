"""Stock, as shoppers see it: what can be sold, never who holds the rest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.docs import VIEWS, reads
from api.http.fields import SkuPath
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.problems import Problem
from api.http.responses import respond
from api.inventory.requests import StockQuery
from api.inventory.responses import StockResponse, StocksResponse
from api.prices.prices import Prices
from connectors.postgres.reads import StockRow, Views
from schemas.sourcing import taken_by

router = APIRouter(prefix="/v1/stock", tags=["inventory"])


@router.get("/{sku}", dependencies=[ReadYourWrites], **reads(StockResponse, "unknown_sku", *VIEWS))
async def read_stock(request: Request, sku: SkuPath) -> Response:
    """How many of a SKU one order can have now: the most that one place has. Its price says whether it is on sale."""
    found = await _stock(request, (sku,))
    if not found.stock:
        raise Problem("unknown_sku", f"{sku} has neither a price nor stock. Take another SKU.", sku=sku)
    return respond(found.stock[0])


@router.get("", dependencies=[ReadYourWrites], **reads(StocksResponse, *VIEWS))
async def read_stocks(request: Request, query: Annotated[StockQuery, Query()]) -> Response:
    """The stock of up to 100 SKUs, in the order asked for."""
    return respond(await _stock(request, query.skus))


async def _stock(request: Request, skus: tuple[str, ...]) -> StocksResponse:
    prices = part(request, Prices)
    taken = {sku: taken_by(sku, price.components if (price := prices.get(sku)) else ()) for sku in skus}
    rows: dict[str, list[StockRow]] = {sku: [] for parts in taken.values() for sku in parts}
    for row in await part(request, Views).stock(*rows):
        rows[row.sku].append(row)
    if not all(rows.values()):
        await not_while_rebuilding(request)
    known = [sku for sku, parts in taken.items() if prices.get(sku) is not None or any(rows[each] for each in parts)]
    return StocksResponse(
        stock=[
            StockResponse.of_rows(sku, taken[sku], [row for each in taken[sku] for row in rows[each]]) for sku in known
        ],
        unknown=[sku for sku in taken if sku not in known],
    )
