"""On which days goods can be delivered, and until when they must be ordered for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.days import DAYS_AHEAD, LONDON, SERVICES, DeliveryDay, delivery_days, nation_of, why_not
from schemas.delivery import DeliveryMethod
from schemas.territory import INSIDE

STANDARD, EXPRESS, COLLECT = DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS, DeliveryMethod.COLLECT
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))


def first(method: DeliveryMethod, area: str, *at: int) -> DeliveryDay:
    return next(delivery_days(method, area, datetime(*at, tzinfo=LONDON)))  # type: ignore[arg-type, misc]


def test_overnight_until_two_in_the_afternoon_and_a_day_later_after_it() -> None:
    assert first(EXPRESS, "SW", 2026, 11, 17, 13, 59).day == date(2026, 11, 18)
    assert first(EXPRESS, "SW", 2026, 11, 17, 14, 1).day == date(2026, 11, 19)


def test_the_cut_off_is_londons_on_both_sides_of_a_change_of_clocks() -> None:
    summer = first(EXPRESS, "SW", 2026, 10, 23, 12)
    winter = first(EXPRESS, "SW", 2026, 10, 26, 12)
    assert summer.order_by == datetime(2026, 10, 23, 13, tzinfo=UTC)
    assert winter.order_by == datetime(2026, 10, 26, 14, tzinfo=UTC)


def test_what_is_ordered_on_a_friday_night_leaves_on_monday() -> None:
    assert first(EXPRESS, "SW", 2026, 11, 20, 13).day == date(2026, 11, 21)
    assert first(EXPRESS, "SW", 2026, 11, 20, 15).day == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("area", "day"), [("SW", date(2026, 12, 29)), ("EH", date(2026, 12, 29)), ("BT", date(2026, 12, 31))]
)
def test_nobody_delivers_at_christmas(area: str, day: date) -> None:
    assert first(STANDARD, area, 2026, 12, 23, 12).day == day


def test_scotland_keeps_the_second_of_january() -> None:
    assert nation_of("EH") == "SCT"
    chosen = {each.day for each in delivery_days(COLLECT, "", datetime(2025, 12, 29, tzinfo=UTC))}
    there = {each.day for each in delivery_days(EXPRESS, "EH", datetime(2025, 12, 29, tzinfo=UTC))}
    assert date(2026, 1, 2) in chosen - there


def test_what_goes_nowhere_overnight_says_why() -> None:
    assert "Highlands" in (why_not(EXPRESS, "ZE", 500) or "")
    assert "31.0 kg" in (why_not(EXPRESS, "SW", 31_000) or "")
    assert why_not(STANDARD, "ZE", 31_000) is None
    assert why_not(COLLECT, "", 31_000) is None


@given(st.sampled_from(list(DeliveryMethod)), st.sampled_from(sorted(INSIDE)), MOMENTS)
def test_every_day_can_still_be_ordered_and_kept(method: DeliveryMethod, area: str, at: datetime) -> None:
    days = list(delivery_days(method, area, at))
    assert bool(days) == (why_not(method, area, 0) is None), "there is always a day where there is a way"
    for each in days:
        assert each.day.weekday() != 6
        assert at <= each.order_by
        order_by = each.order_by.astimezone(LONDON)
        assert order_by.time() == SERVICES[method].cut_off
        assert order_by.weekday() < 5 or method is COLLECT, "the warehouse works from Monday to Friday"
        assert (each.day - order_by.date()).days >= SERVICES[method].days
        assert each.day <= at.astimezone(LONDON).date() + timedelta(days=DAYS_AHEAD)
    assert days == sorted(days)
    assert [each.order_by for each in days] == sorted(each.order_by for each in days)


@given(st.sampled_from(list(DeliveryMethod)), st.sampled_from(sorted(INSIDE)), MOMENTS)
def test_a_day_is_offered_up_to_its_last_moment(method: DeliveryMethod, area: str, at: datetime) -> None:
    if why_not(method, area, 0) is not None:
        return
    offered = next(delivery_days(method, area, at))
    assert offered in delivery_days(method, area, offered.order_by)
    assert offered not in delivery_days(method, area, offered.order_by + timedelta(seconds=1))
