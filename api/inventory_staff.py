"""Stock, as those who count it see it: received, corrected, moved, watched, and why it is what it is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import cursors
from api.answers import answer, edge_of, moment, new_command, pending
from api.auth import CurrentStaff, Staff, bearer
from api.bodies import HistoryPage, StockDecided
from api.docs import READS, STAFF_ONLY, once_only, problems, writes
from api.errors import Problem
from api.idempotency import IdempotencyKey, once
from api.inventory_wishes import Adjustment, HistoryQuery, Receipt, Threshold, Transfer
from api.positions import ReadYourWrites, not_while_rebuilding, position
from api.shapes import SkuPath
from connectors.view_reads import Fact
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import (
    AdjustStock,
    InventoryCommand,
    ReceiveStock,
    SetReorderThreshold,
    StockRefusal,
    StockReply,
    TransferStock,
)
from schemas.topics import INVENTORY

router = APIRouter(prefix="/v1/admin/stock", tags=["inventory (staff)"], dependencies=[Depends(bearer)])

REFUSALS = (*STAFF_ONLY, "insufficient_stock", "refused")


@router.post("/{sku}/receipts", status_code=201, response_model=StockDecided, responses=once_only(*REFUSALS))
async def receive_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Receipt, idempotency_key: IdempotencyKey
) -> Response:
    """Put goods that have arrived on the shelf."""
    command = ReceiveStock(sku=sku, location=body.location, quantity=body.quantity, reference=body.reference)
    return await _once(request, staff, idempotency_key, command)


@router.post("/{sku}/adjustments", status_code=201, response_model=StockDecided, responses=once_only(*REFUSALS))
async def adjust_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Adjustment, idempotency_key: IdempotencyKey
) -> Response:
    """Correct the book to what was counted. Units that are held for buyers cannot be taken away."""
    command = AdjustStock(
        sku=sku, location=body.location, delta=body.delta, reason=body.reason, reference=body.reference
    )
    return await _once(request, staff, idempotency_key, command)


@router.post("/{sku}/transfers", status_code=201, response_model=StockDecided, responses=once_only(*REFUSALS))
async def transfer_stock(
    request: Request, staff: CurrentStaff, sku: SkuPath, body: Transfer, idempotency_key: IdempotencyKey
) -> Response:
    """Send units to another location; the answer shows the stock of the source."""
    command = TransferStock(
        sku=sku, location=body.source, target=body.target, quantity=body.quantity, reference=body.reference
    )
    return await _once(request, staff, idempotency_key, command)


@router.put("/{sku}/threshold", response_model=StockDecided, responses=writes(*STAFF_ONLY, "refused"))
async def set_threshold(request: Request, staff: CurrentStaff, sku: SkuPath, body: Threshold) -> Response:
    """Say below how many available units a warning is raised."""
    command = SetReorderThreshold(sku=sku, location=body.location, threshold=body.threshold)
    return await _decide(request, staff, new_command(request), command, 200)


@router.get(
    "/{sku}/history", response_model=HistoryPage, dependencies=[ReadYourWrites], responses=problems(*STAFF_ONLY, *READS)
)
async def read_history(
    request: Request, _staff: CurrentStaff, sku: SkuPath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """Why the stock is what it is: every fact in order, the newest first."""
    await not_while_rebuilding(request)  # half a history looks like a whole one
    [before] = cursors.decode(query.after, int) if query.after else (None,)
    key = stock_key(sku, query.location)
    rows = await edge_of(request).views.history(INVENTORY.name, key, before=before, limit=query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    following = cursors.encode(page[-1].version) if more else None
    movements = [_movement(fact, before) for fact, before in zip(page, [*rows[1:], None], strict=False)]
    body = {"sku": sku, "location": query.location, "movements": movements, "next": following}
    return answer(200, body)


async def _once(request: Request, staff: Staff, key: str, command: InventoryCommand) -> Response:
    async def act(command_id: str) -> Response:
        return await _decide(request, staff, command_id, command, 201)

    return await once(request, key, staff.actor, act)


async def _decide(request: Request, staff: Staff, command_id: str, command: InventoryCommand, status: int) -> Response:
    commands = edge_of(request).commands
    envelope = commands.envelope(command_id, actor=staff.actor, channel="admin")
    decided = await commands.ask(command, envelope, StockReply)
    if decided is None:
        return pending(command_id, f"/v1/stock/{command.sku}")
    reply, about = decided
    free = reply.on_hand - reply.held
    match reply.refusal:
        case None:
            pass
        case StockRefusal.INSUFFICIENT_STOCK:
            raise Problem(
                "insufficient_stock",
                f"{command.location} has {free} units that are not held. Take fewer.",
                lines=[{"sku": command.sku, "requested": _wanted(command), "available": free}],
            )
        case other:
            raise Problem("refused", f"The stock refused: {other}.", reason=str(other))
    shown = {
        "sku": command.sku, "location": command.location,
        "on_hand": reply.on_hand, "held": reply.held, "available": free,
    }  # fmt: skip
    return answer(status, shown, bloomfield_position=position(INVENTORY, INVENTORY.key_of(command), about.version))


def _wanted(command: InventoryCommand) -> int:
    match command:
        case AdjustStock(delta=delta):
            return -delta
        case TransferStock(quantity=quantity):
            return quantity
        case _:
            return 0


NO_CAUSE = {"sku", "location", "on_hand_after", "held_after"}  # said beside it


def _movement(fact: Fact, before: Fact | None) -> dict[str, Any]:
    on_hand = fact.event["on_hand_after"]
    return {
        "version": fact.version, "event_id": fact.event_id, "type": fact.type,
        "change": on_hand - (before.event["on_hand_after"] if before else 0), "on_hand": on_hand,
        "held": fact.event["held_after"],
        "cause": {name: value for name, value in fact.event.items() if name not in NO_CAUSE},
        "actor": fact.actor, "command_id": fact.command_id, "correlation_id": fact.correlation_id,
        "occurred_at": moment(fact.occurred_at),
    }  # fmt: skip
