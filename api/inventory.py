"""Stock, as shoppers see it: what can be sold, never who holds the rest."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request, Response

from api.answers import answer, edge_of
from api.bodies import StockShown
from api.docs import READS, problems
from api.errors import Problem
from api.positions import ReadYourWrites, not_while_rebuilding
from api.shapes import SkuPath
from connectors.view_reads import StockRow

router = APIRouter(prefix="/v1/stock", tags=["inventory"])


@router.get(
    "/{sku}", response_model=StockShown, dependencies=[ReadYourWrites], responses=problems("unknown_sku", *READS)
)
async def read_stock(request: Request, sku: SkuPath) -> Response:
    """How much of a SKU can be sold now."""
    edge = edge_of(request)
    product = edge.prices.get(sku)
    parts = product.components if product else ()
    stocked = {part.sku for part in parts} or {sku}
    rows = await edge.views.stock(*stocked)
    if {row.sku for row in rows} != stocked:
        await not_while_rebuilding(request)
    if product is None and not rows:
        raise Problem("unknown_sku", f"{sku} has neither a price nor stock. Take another SKU.", sku=sku)
    if parts:
        units = available(rows)
        whole = min(units[part.sku] // part.quantity for part in parts)
        return answer(200, {"sku": sku, "available": whole, "locations": []})
    at = [{"location": row.location, "available": row.on_hand - row.held} for row in rows]
    return answer(200, {"sku": sku, "available": available(rows)[sku], "locations": at})


def available(rows: list[StockRow]) -> Counter[str]:
    """Units that can be sold, by SKU, over all locations."""
    units: Counter[str] = Counter()
    for row in rows:
        units[row.sku] += row.on_hand - row.held
    return units
