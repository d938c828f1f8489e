"""Stock, as shoppers see it: what can be sold, never who holds the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer, edge_of
from api.bodies import StockShown
from api.docs import READS, problems
from api.errors import Problem
from api.positions import ReadYourWrites, not_while_rebuilding
from api.shapes import SkuPath
from connectors.view_reads import StockRow
from schemas.locations import LOCATIONS
from schemas.sourcing import Taken, most_at_one_place, taken_by, whole_ones

router = APIRouter(prefix="/v1/stock", tags=["inventory"])


@router.get(
    "/{sku}", response_model=StockShown, dependencies=[ReadYourWrites], responses=problems("unknown_sku", *READS)
)
async def read_stock(request: Request, sku: SkuPath) -> Response:
    """How many of a SKU one order can have now: the most that one place has. Its price says whether it is on sale."""
    edge = edge_of(request)
    product = edge.prices.get(sku)
    taken = taken_by(sku, product.components if product else ())
    rows = await edge.views.stock(*taken)
    if {row.sku for row in rows} != taken.keys():
        await not_while_rebuilding(request)
    if product is None and not rows:
        raise Problem("unknown_sku", f"{sku} has neither a price nor stock. Take another SKU.", sku=sku)
    return answer(200, shown(sku, taken, rows))


def shown(sku: str, taken: Taken, rows: Iterable[StockRow]) -> dict[str, Any]:
    """The stock of a SKU as it is shown, from the rows of the stock that it takes; a closed location sells nothing."""
    places: dict[str, dict[str, int]] = {part: {} for part in taken}
    for row in rows:
        if row.location in LOCATIONS:
            places[row.sku][row.location] = row.on_hand - row.held
    most = {part: most_at_one_place(available) for part, available in places.items()}
    at = [{"location": location, "available": units} for location, units in places.get(sku, {}).items()]
    return {"sku": sku, "available": whole_ones(taken, most), "locations": at}
