"""Stock, as shoppers see it: what can be sold, never who holds the rest."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http.docs import VIEWS, reads
from api.http.fields import SkuPath
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.problems import Problem
from api.http.responses import respond
from api.inventory.responses import StockResponse
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.sourcing import taken_by

router = APIRouter(prefix="/v1/stock", tags=["inventory"])


@router.get("/{sku}", dependencies=[ReadYourWrites], **reads(StockResponse, "unknown_sku", *VIEWS))
async def read_stock(request: Request, sku: SkuPath) -> Response:
    """How many of a SKU one order can have now: the most that one place has. Its price says whether it is on sale."""
    price = part(request, Prices).get(sku)
    taken = taken_by(sku, price.components if price else ())
    rows = await part(request, Views).stock(*taken)
    if {row.sku for row in rows} != taken.keys():
        await not_while_rebuilding(request)
    if price is None and not rows:
        raise Problem("unknown_sku", f"{sku} has neither a price nor stock. Take another SKU.", sku=sku)
    return respond(StockResponse.of_rows(sku, taken, rows))
