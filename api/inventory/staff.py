"""Stock, as those who count it see it: received, corrected, moved, watched, and why it is what it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http import cursors
from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, VIEWS, keyed, reads, writes
from api.http.fields import SkuPath
from api.http.idempotency import IdempotencyKey, Key
from api.http.parts import part
from api.http.positions import ReadYourWrites, not_while_rebuilding
from api.http.responses import respond
from api.inventory.requests import Adjustment, HistoryQuery, Receipt, Threshold, Transfer
from api.inventory.responses import STOCK, HistoryPage, MovementResponse, StockLevelResponse
from api.prices.bundles import require_stocked
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import AdjustStock, ReceiveStock, SetReorderThreshold, TransferStock

router = APIRouter(prefix="/v1/admin/stock", tags=["inventory (staff)"], dependencies=[Depends(bearer)])

REFUSALS = (*STAFF_ONLY, "insufficient_stock", "refused")


@router.post("/{sku}/receipts", **keyed(StockLevelResponse, *REFUSALS))
async def receive_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Receipt, idempotency_key: IdempotencyKey
) -> Response:
    """Put goods that have arrived on the shelf."""
    require_stocked(part(request, Prices).get, sku)
    command = ReceiveStock(sku=sku, location=body.location, quantity=body.quantity, reference=body.reference)
    key = Key(idempotency_key, staff.actor)
    return await STOCK.decide(request, command, StockLevelResponse.decided, sender=staff.sender, key=key)


@router.post("/{sku}/adjustments", **keyed(StockLevelResponse, *REFUSALS))
async def adjust_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Adjustment, idempotency_key: IdempotencyKey
) -> Response:
    """Correct the book to what was counted. Units that are held for buyers cannot be taken away."""
    if body.delta > 0:
        require_stocked(part(request, Prices).get, sku)
    command = AdjustStock(
        sku=sku, location=body.location, delta=body.delta, reason=body.reason, reference=body.reference
    )
    key = Key(idempotency_key, staff.actor)
    return await STOCK.decide(request, command, StockLevelResponse.decided, sender=staff.sender, key=key)


@router.post("/{sku}/transfers", **keyed(StockLevelResponse, *REFUSALS))
async def transfer_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Transfer, idempotency_key: IdempotencyKey
) -> Response:
    """Send units to another location; the response shows the stock of the source."""
    command = TransferStock(
        sku=sku, location=body.source, target=body.target, quantity=body.quantity, reference=body.reference
    )
    key = Key(idempotency_key, staff.actor)
    return await STOCK.decide(request, command, StockLevelResponse.decided, sender=staff.sender, key=key)


@router.put("/{sku}/threshold", **writes(StockLevelResponse, *STAFF_ONLY, "refused"))
async def set_threshold(request: Request, staff: CurrentStaff, sku: SkuPath, body: Threshold) -> Response:
    """Say below how many available units a warning is raised."""
    command = SetReorderThreshold(sku=sku, location=body.location, threshold=body.threshold)
    return await STOCK.decide(request, command, StockLevelResponse.decided, sender=staff.sender)


@router.get("/{sku}/history", dependencies=[ReadYourWrites], **reads(HistoryPage, *STAFF_ONLY, *VIEWS))
async def read_history(
    request: Request, _staff: CurrentStaff, sku: SkuPath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """Why the stock is what it is: every fact in order, the newest first."""
    await not_while_rebuilding(request)  # half a history looks like a whole one
    [before] = cursors.decode(query.after, int) if query.after else (None,)
    key = stock_key(sku, query.location)
    at = None if query.at is None else int(query.at.timestamp() * 1000)
    facts = await part(request, Views).history(STOCK.room.name, key, before=before, limit=query.limit + 1, at=at)
    page, following = cursors.page(facts, query.limit, lambda fact: (fact.version,))
    movements = [MovementResponse.of_fact(fact, was) for fact, was in zip(page, [*facts[1:], None], strict=False)]
    return respond(HistoryPage(sku=sku, location=query.location, movements=movements, next=following))
