"""On which days goods can be delivered, and until when they must be ordered for it. Pure: the moment comes in.

Days are those of Europe/London, also across the change of clocks. Bank holidays are those of the nation that a parcel
leaves from (England) and goes to (gov.uk/bank-holidays, through the library `holidays`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

from schemas.delivery import DeliveryMethod

LONDON = ZoneInfo("Europe/London")
DAYS_AHEAD = 28  # how far in advance a day can be chosen
SATURDAY, SUNDAY = 5, 6
FROM = "ENG"  # where the warehouse is
SCOTLAND = frozenset(["AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "TD", "ZE"])
# Where no carrier delivers overnight.
REMOTE = frozenset(["HS", "IM", "IV", "KW", "ZE", "BT"])
PARCEL_GRAMS_MAX = 30_000  # what one person may lift, and an overnight carrier takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How one way of delivery works."""

    cut_off: time  # in London; what is ordered later leaves a working day later
    days: int  # delivery days from the day it leaves to the day it arrives; 0: the same
    days_remote: int | None  # the same for REMOTE areas; None: it does not go there
    grams_max: int | None  # of a whole order


SERVICES = {
    DeliveryMethod.STANDARD: Service(cut_off=time(17), days=2, days_remote=4, grams_max=None),
    DeliveryMethod.EXPRESS: Service(cut_off=time(14), days=1, days_remote=None, grams_max=PARCEL_GRAMS_MAX),
    DeliveryMethod.COLLECT: Service(cut_off=time(15), days=0, days_remote=0, grams_max=None),
}


class DeliveryDay(NamedTuple):
    """A day on which it can arrive, and the last moment to order it for that day."""

    day: date
    order_by: datetime  # UTC


def nation_of(area: str) -> str:
    """The nation of a postcode area whose bank holidays count, as ISO 3166-2 names it. Wales has England's."""
    return "NIR" if area == "BT" else "SCT" if area in SCOTLAND else "ENG"


def why_not(method: DeliveryMethod, area: str, grams: int) -> str | None:
    """Why this way is not offered for an order of this weight to this postcode area; None: it is."""
    service = SERVICES[method]
    if area in REMOTE and service.days_remote is None:
        return "There is no overnight delivery to the Highlands and Islands, Northern Ireland and the Isle of Man."
    if service.grams_max is not None and grams > service.grams_max:
        return f"{grams / 1000:.1f} kg are more than the {service.grams_max // 1000} kg that go overnight."
    return None


def delivery_days(method: DeliveryMethod, area: str, at: datetime) -> Iterator[DeliveryDay]:
    """The days that can be chosen at a moment, the first one first; none where this way is not offered.

    `area`: that of the postcode; empty: collected.
    """
    service, today = SERVICES[method], at.astimezone(LONDON).date()
    days = service.days_remote if area in REMOTE else service.days
    if days is None:
        return
    nation = nation_of(area)
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        if _delivers(day, nation):
            order_by = datetime.combine(_leaves(day, days, nation), service.cut_off, LONDON).astimezone(UTC)
            if at <= order_by:
                yield DeliveryDay(day, order_by)


def _leaves(day: date, days: int, nation: str) -> date:
    """The last day on which it can leave the warehouse to be there on `day`."""
    leaves = day
    for _ in range(days):
        leaves -= timedelta(days=1)
        while not _delivers(leaves, nation):
            leaves -= timedelta(days=1)
    while not _works(leaves) and days:
        leaves -= timedelta(days=1)
    return leaves


def _delivers(day: date, nation: str) -> bool:
    return day.weekday() != SUNDAY and day not in _holidays(nation)


def _works(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _holidays(FROM)


@cache
def _holidays(nation: str) -> HolidayBase:
    return country_holidays("GB", subdiv=nation)


for _nation in ("ENG", "SCT", "NIR"):  # read from files at the first question: not in the middle of a request
    _holidays(_nation).get(date.today())
