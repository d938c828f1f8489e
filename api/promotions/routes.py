"""Promotions: those that run, for everybody; all of them, as staff set and stop them and make codes."""

from __future__ import annotations

import time
from base64 import b32encode
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.categories.categories import Categories
from api.http import cursors
from api.http.auth import CurrentStaff, bearer
from api.http.conditional import IfMatch, expected_version
from api.http.docs import STAFF_ONLY, keyed, reads, writes
from api.http.idempotency import IdempotencyKey, Key
from api.http.parts import part
from api.http.positions import ReadYourWrites, position
from api.http.responses import respond
from api.promotions.promotions import Promotions
from api.promotions.pseudonyms import Pseudonyms
from api.promotions.requests import NewCodes, NewPromotion, PromotionIdPath, PromotionQuery
from api.promotions.responses import (
    PROMOTIONS,
    CodesResponse,
    PromotionResponse,
    RunningPromotions,
    StaffPromotionPage,
    StaffPromotionResponse,
    not_found,
)
from schemas.promotions.messages import AddCodes, SetPromotion, StopPromotion
from schemas.record import Record

router = APIRouter(prefix="/v1/promotions", tags=["promotions"])
staff_router = APIRouter(prefix="/v1/admin/promotions", tags=["promotions (staff)"], dependencies=[Depends(bearer)])

REFUSALS = (*STAFF_ONLY, "version_mismatch", "refused")


@router.get("", **reads(RunningPromotions))
async def list_running_promotions(request: Request) -> Response:
    """The promotions of this moment that need no code. What a cart has of them, the cart says."""
    running = part(request, Promotions).running(time.time_ns() // 1_000_000)
    return respond(RunningPromotions(promotions=[PromotionResponse.shown(each) for each in running]))


@staff_router.get("", dependencies=[ReadYourWrites], **reads(StaffPromotionPage, *STAFF_ONLY, "view_behind"))
async def list_promotions(
    request: Request, _staff: CurrentStaff, query: Annotated[PromotionQuery, Query()]
) -> Response:
    """Every promotion there ever was, by their ids."""
    rows, following = await cursors.page_of_ids(
        query.after, query.limit, part(request, Promotions).by_id, lambda promotion: promotion.promotion_id
    )
    return respond(StaffPromotionPage(promotions=[StaffPromotionResponse.shown(each) for each in rows], next=following))


@staff_router.get(
    "/{promotion_id}",
    dependencies=[ReadYourWrites],
    **reads(StaffPromotionResponse, *STAFF_ONLY, "not_found", "view_behind"),
)
async def read_promotion(request: Request, _staff: CurrentStaff, promotion_id: PromotionIdPath) -> Response:
    """One promotion, and how often it is used."""
    promotions = part(request, Promotions)
    found = promotions.row(promotion_id)
    if found is None:
        raise not_found()
    headers = {"bloomfield-position": position(PROMOTIONS.room, promotion_id, promotions.version(promotion_id))}
    return respond(StaffPromotionResponse.shown(found), 200, headers)


@staff_router.put("/{promotion_id}", **writes(StaffPromotionResponse, *REFUSALS))
async def set_promotion(
    request: Request, staff: CurrentStaff, promotion_id: PromotionIdPath, body: NewPromotion, if_match: IfMatch = ""
) -> Response:
    """Say all that a promotion is. Carts show it at once; orders keep what they were placed at; uses count on."""
    command = SetPromotion(
        promotion_id=promotion_id,
        terms=body.terms(part(request, Categories).family),
        expected_version=expected_version(if_match),
    )
    return await _decide(request, staff, command)


@staff_router.delete("/{promotion_id}", **writes(StaffPromotionResponse, *REFUSALS, "not_found"))
async def stop_promotion(
    request: Request, staff: CurrentStaff, promotion_id: PromotionIdPath, if_match: IfMatch = ""
) -> Response:
    """Apply it no more. Checkouts under way may go on with it. It can be set again."""
    command = StopPromotion(promotion_id=promotion_id, expected_version=expected_version(if_match))
    return await _decide(request, staff, command)


@staff_router.post("/{promotion_id}/codes", **keyed(CodesResponse, *STAFF_ONLY, "not_found", "refused"))
async def add_codes(
    request: Request,
    staff: CurrentStaff,
    promotion_id: PromotionIdPath,
    body: NewCodes,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Make codes for one order each. They are shown in this response, and nowhere else."""
    pseudonyms = part(request, Pseudonyms)

    async def add(command_id: str) -> AddCodes:
        codes = tuple(_code(pseudonyms.digest(f"code/{command_id}/{number}")) for number in range(body.count))
        return AddCodes(promotion_id=promotion_id, codes=codes)

    return await PROMOTIONS.decide(
        request,
        add,
        lambda _promotion, command: CodesResponse(promotion_id=promotion_id, codes=list(command.codes)),
        sender=staff.sender,
        key=Key(idempotency_key, staff.actor),
    )


def _code(digest: bytes) -> str:
    """Twelve letters and digits, sixty bits: nobody guesses one in the time that a promotion has."""
    text = b32encode(digest)[:12].decode()
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


async def _decide(request: Request, staff: CurrentStaff, command: Record) -> Response:
    seen = part(request, Promotions).seen(PROMOTIONS.room.key_of(command))
    return await PROMOTIONS.decide(request, command, StaffPromotionResponse.shown, sender=staff.sender, wait=seen)
