"""Why a checkout failed, as its shopper is told."""

from __future__ import annotations

from typing import Any

import pytest

from api.checkout.responses import CheckoutDetailsResponse, failed
from api.http.responses import pounds
from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep
from schemas.checkout.uses import LineDifference, RefusedUse
from schemas.promotions.terms import NotApplied

NOON = 1_800_014_400_000  # 12:00 in London, in winter


def state(failure: CheckoutFailure, **more: Any) -> CheckoutState:
    return CheckoutState(checkout_id="k", step=CheckoutStep.FAILED, failure=failure, ended_at=NOON + 60_000, **more)


@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (CheckoutFailure.TOTAL_TOO_SMALL, "total_too_small", "less than the 30p"),
        (CheckoutFailure.TOTAL_TOO_LARGE, "total_too_large", "more than the £999,999.99"),
    ],
)
def test_a_total_that_no_card_can_pay_is_told_with_what_would_help(
    failure: CheckoutFailure, code: str, says: str
) -> None:
    problem = failed(state(failure, current_total_minor=29))
    assert (problem.code, problem.members) == (code, {"current_total": pounds(29)})
    assert says in problem.detail


def test_what_changed_is_told_with_the_new_total_the_lines_and_the_promotions() -> None:
    problem = failed(
        state(
            CheckoutFailure.CART_CHANGED,
            current_total_minor=20_00,
            not_applied=(RefusedUse(promotion_id="p", code="SPRING", reason=NotApplied.ENDED, since=NOON),),
            differences=(LineDifference(sku="VASE", shown_minor=18_00, now_minor=20_00),),
        )
    )
    assert (problem.code, problem.members["current_total"]) == ("cart_changed", pounds(20_00))
    [difference] = problem.members["differences"]
    assert (difference.sku, difference.shown, difference.now) == ("VASE", pounds(18_00), pounds(20_00))
    [promotion] = problem.members["promotions"]
    assert (promotion.code, promotion.explanation) == ("SPRING", "not applied: ended 12:00")
    assert problem.detail.endswith("SPRING: not applied: ended 12:00.")


def test_other_failures_are_what_they_are() -> None:
    assert failed(state(CheckoutFailure.PAYMENT_FAILED, total_minor=30)).code == "payment_failed"
    assert failed(state(CheckoutFailure.CART_EMPTY)).code == "cart_empty"
    assert failed(state(CheckoutFailure.EXPIRED, total_minor=29)).code == "checkout_expired"


@pytest.mark.parametrize(
    ("step", "total", "shown"),
    [
        (CheckoutStep.PRICING, 0, None),
        (CheckoutStep.HOLDING, 0, pounds(0)),
        (CheckoutStep.COMPLETED, 0, pounds(0)),
        (CheckoutStep.FAILED, 0, None),
        (CheckoutStep.FAILED, 1, pounds(1)),
    ],
)
def test_a_total_is_told_once_there_is_one(step: CheckoutStep, total: int, shown: object) -> None:
    checkout = CheckoutState(step=step, total_minor=total)
    extra = {"lines_missing": [], "promotions_not_applied": [], "contact": None}
    assert CheckoutDetailsResponse.shown(checkout, **extra).total == shown
