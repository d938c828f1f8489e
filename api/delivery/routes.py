"""How and when something can be delivered, and whether a day can still be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.delivery.days import DeliveryDay, delivery_days, why_not
from api.delivery.requests import DeliveryQuery
from api.delivery.responses import DeliveryDayResponse, DeliveryOptionResponse, DeliveryOptionsResponse
from api.http.docs import VIEWS, reads
from api.http.parts import part
from api.http.problems import Problem
from api.http.responses import moment, pounds, respond
from api.prices.prices import Prices
from connectors.postgres.reads import Views
from schemas.delivery import DeliveryMethod, delivery_charge_minor
from schemas.territory import area_of, why_not_delivered

router = APIRouter(prefix="/v1/delivery-options", tags=["delivery"])
SHOWN_MAX = 5  # of the days that a problem names


@router.get("", **reads(DeliveryOptionsResponse, "unknown_sku", *VIEWS))
async def read_delivery_options(request: Request, query: Annotated[DeliveryQuery, Query()]) -> Response:
    """The ways in which these can be delivered, what each costs, on which days, and until when to order for each."""
    prices, units = part(request, Prices).of(query.channel), query.units
    goods = 0
    for sku, quantity in units.items():
        price = prices.on_sale(sku)
        if price is None:
            raise Problem("unknown_sku", f"{sku} is not for sale. Take another SKU.", sku=sku)
        goods += quantity * price.unit_price_minor
    grams = await grams_of(request, units)
    area, now = area_of(query.postcode), datetime.now(UTC)
    options = [_option(method, area, grams, goods, now) for method in DeliveryMethod]
    return respond(DeliveryOptionsResponse(postcode=query.postcode, options=options))


def _option(method: DeliveryMethod, area: str, grams: int, goods: int, now: datetime) -> DeliveryOptionResponse:
    reason = why(method, area, grams)
    days = [] if reason else delivery_days(method, destination(method, area), now)
    return DeliveryOptionResponse(
        method=method, charge=pounds(delivery_charge_minor(method, goods)), days=list(_shown(days)), reason=reason
    )


def _shown(days: Any) -> Iterator[DeliveryDayResponse]:
    return (DeliveryDayResponse(date=each.day.isoformat(), order_by=moment(each.order_by)) for each in days)


def destination(method: DeliveryMethod, area: str) -> str:
    """The postcode area that goods go to: none when they are collected."""
    return "" if method is DeliveryMethod.COLLECT else area


def why(method: DeliveryMethod, area: str, grams: int) -> str | None:
    """Why this way is not offered; None: it is."""
    if method is not DeliveryMethod.COLLECT and (reason := why_not_delivered(area)):
        return f"{reason}."
    return why_not(method, destination(method, area), grams)


async def grams_of(request: Request, units: dict[str, int]) -> int:
    """What these weigh as far as that is known; a bundle weighs what is said of it."""
    weights = await part(request, Views).weights(*units)
    return sum(quantity * weights.get(sku, 0) for sku, quantity in units.items())


def chosen(method: DeliveryMethod, area: str, grams: int, day: date) -> DeliveryDay:
    """The day that a shopper chose, if it can be had. Raises Problem, which names those that can."""
    reason, now = why(method, area, grams), datetime.now(UTC)
    days = [] if reason else list(delivery_days(method, destination(method, area), now))
    for each in days:
        if each.day == day:
            return each
    first = ", ".join(each.day.isoformat() for each in days[:SHOWN_MAX])
    detail = reason or f"{day} can no longer be had, or is no day of delivery. The next ones are {first}."
    raise Problem("delivery_day_unavailable", detail, days=list(_shown(days)))
