"""The provider's books and the log must agree on every penny."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from ops.audit import stripe
from ops.audit.findings import Findings
from ops.audit.folds.payments import fees, refunded, withdrawn
from ops.audit.model import Model
from tests.audit.auditing import folded
from tests.audit.story import Story, a_day
from tests.audit.test_incomplete import bought
from tests.fake_provider import Shopper

DAY = functools.cache(a_day)
NOTHING = dict.fromkeys(("captured", "refunded", "refund_pending", "held", "withdrawn", "dispute_fees"), 0)


def books(model: Model) -> dict[str, Any]:
    """Books that agree with the log."""
    return {
        row.state["intent_id"]: {
            **NOTHING, "captured": row.state["captured_minor"], "refunded": refunded(row.state),
            "withdrawn": withdrawn(row.state), "dispute_fees": fees(row.state),
        }
        for row in model.rooms["payments"].values()
        if row.state["intent_id"]
    }  # fmt: skip


def compared(changes: dict[str, int], *, drop: bool = False, extra: bool = False, settled: bool = True) -> Findings:
    """What is found when the books of one captured intent are changed."""
    story: Story = DAY()
    model, _ = folded(story)
    intents = books(model)
    captured = next(each for each, row in intents.items() if row["captured"])
    intents[captured] |= changes
    if drop:
        del intents[captured]
    if extra:
        intents["pi_stranger"] = NOTHING | {"captured": 5}
    findings = Findings()
    stripe.compare(intents, model, findings, settled=settled)
    return findings


def test_books_that_agree_pass() -> None:
    findings = compared({})
    assert not findings.failed
    assert findings.made["stripe"] == 10


@pytest.mark.parametrize(
    "changes", [{"captured": 1}, {"refunded": 99_999}, {"held": 1}, {"withdrawn": 1}, {"dispute_fees": 1}]
)
def test_a_penny_of_difference_is_found(changes: dict[str, int]) -> None:
    assert compared(changes).failed == {"stripe": 1}


def test_a_captured_intent_that_stripe_does_not_know_is_found() -> None:
    assert compared({}, drop=True).failed == {"stripe": 1}


def test_money_captured_for_nobody_is_found() -> None:
    assert compared({}, extra=True).failed == {"stripe": 1}


def test_a_captured_payment_has_nothing_on_its_way_even_in_an_open_shop() -> None:
    assert compared({"captured": 1}, settled=False).failed == {"stripe": 1}


def test_two_payments_of_one_intent_are_found_though_either_agrees_with_stripe() -> None:
    model, _ = folded(DAY())
    paid = [row.state for row in model.rooms["payments"].values() if row.state["captured_minor"]]
    for name in ("intent_id", "captured_minor", "refunds", "disputes"):
        paid[1][name] = paid[0][name]
    findings = Findings()
    stripe.compare(books(model), model, findings, settled=True)
    assert findings.failed == {"stripe": 1}
    assert findings.first["stripe"].found == f"{paid[0]['payment_id']} and {paid[1]['payment_id']}"


def only_at_rest(story: Story, intent_id: str | None, **changes: int) -> bool:
    """Whether these changes of the books are no fault of an open shop, and one of a shop at rest."""
    model, _ = folded(story)
    intents = books(model)
    intent_id = intent_id or next(iter(intents))
    intents[intent_id] = intents.get(intent_id, NOTHING) | changes
    open_shop, at_rest = Findings(), Findings()
    stripe.compare(intents, model, open_shop, settled=False)
    stripe.compare(intents, model, at_rest, settled=True)
    return not open_shop.failed and at_rest.failed == {"stripe": 1}


def test_money_reserved_while_our_payment_awaits_its_shopper_is_a_webhook_that_never_came() -> None:
    assert only_at_rest(bought(shopper=Shopper.WALKS_AWAY), None, held=17_45)


def test_a_refund_of_the_dashboard_that_we_never_heard_of_is_found_at_rest() -> None:
    assert only_at_rest(bought(), None, refund_pending=5_00)


def test_money_reserved_for_nobody_is_found_at_rest() -> None:
    assert only_at_rest(bought(), "pi_stranger", held=5_00)
