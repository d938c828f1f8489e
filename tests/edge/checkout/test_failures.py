"""Why a checkout failed, as its shopper is told."""

from __future__ import annotations

import pytest

from api.checkout.responses import failed
from api.http.responses import pounds
from schemas.checkout.messages import CheckoutFailure, CheckoutState, CheckoutStep


def state(failure: CheckoutFailure, total: int) -> CheckoutState:
    return CheckoutState(checkout_id="k", step=CheckoutStep.FAILED, failure=failure, total_minor=total)


@pytest.mark.parametrize("total", [0, 29])
def test_a_total_that_no_card_can_pay_is_not_told_to_begin_again(total: int) -> None:
    problem = failed(state(CheckoutFailure.PAYMENT_FAILED, total))
    assert (problem.code, problem.members) == ("total_too_small", {"total": pounds(total)})
    assert "30p" in problem.detail


def test_other_failures_are_what_they_are() -> None:
    assert failed(state(CheckoutFailure.PAYMENT_FAILED, 30)).code == "payment_failed"
    assert failed(state(CheckoutFailure.CART_EMPTY, 0)).code == "cart_empty"
    assert failed(state(CheckoutFailure.EXPIRED, 29)).code == "checkout_expired"
