"""Why a checkout failed, as its shopper is told."""

from __future__ import annotations

import pytest

from api.checkout_view import failed
from api.shapes import pounds
from schemas.checkout.messages import CheckoutFailure, CheckoutReply, CheckoutStep


def reply(failure: CheckoutFailure, total: int | None) -> CheckoutReply:
    return CheckoutReply(
        order_id="o", payment_id="p", step=CheckoutStep.FAILED, failure=failure, total_minor=total, expires_at=0
    )


@pytest.mark.parametrize("total", [0, 29])
def test_a_total_that_no_card_can_pay_is_not_told_to_begin_again(total: int) -> None:
    problem = failed(reply(CheckoutFailure.PAYMENT_FAILED, total))
    assert (problem.code, problem.members) == ("total_too_small", {"total": pounds(total)})
    assert "30p" in problem.detail


def test_other_failures_are_what_they_are() -> None:
    assert failed(reply(CheckoutFailure.PAYMENT_FAILED, 30)).code == "payment_failed"
    assert failed(reply(CheckoutFailure.CART_EMPTY, None)).code == "cart_empty"
    assert failed(reply(CheckoutFailure.EXPIRED, 29)).code == "checkout_expired"
