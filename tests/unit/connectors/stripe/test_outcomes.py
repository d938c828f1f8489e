"""What the connector makes of answers that Stripe should not give."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from connectors.kafka.events import Event
from connectors.stripe.client import (
    PAGE,
    PAGES_MAX,
    Intent,
    KeyExhausted,
    OutcomeUnknown,
    Refund,
    StripeApi,
    StripeRefused,
)
from connectors.stripe.events import REFUND_STATUS
from connectors.stripe.outcomes import KEYS_MAX, Asked, StripeActions
from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.messages import PaymentStatus, RecordVoid, VoidRequested
from schemas.payments.refunds import RecordRefund, RefundRequested, RefundStatus, SeenRefund
from streams.payments.decide import decide
from streams.payments.state import evolve
from tests.unit.payments import examples as w

VOID = VoidRequested(payment_id=w.PAYMENT, intent_id="pi_1", reason="expired")
REFUND = RefundRequested(
    payment_id=w.PAYMENT, order_id="o", intent_id="pi_1", refund_id="r-1", amount_minor=500, reason="goodwill"
)


class OddStripe:
    """Knows no intent, and gives refunds any status."""

    def __init__(self, refund_status: str = "") -> None:
        self._refund_status = refund_status

    def cancel(self, _intent_id: str, **_: Any) -> Intent:
        raise StripeRefused("resource_missing")

    def retrieve(self, _intent_id: str) -> Intent:
        raise StripeRefused("resource_missing")

    def refund(self, _intent_id: str, **_: Any) -> Refund:
        return Refund("re_1", self._refund_status, "")


def outcome(stripe: OddStripe, asked: Asked) -> Any:
    def never(_seconds: float) -> None:
        raise AssertionError("waited for what cannot come")

    event = Event(
        body=asked, version=1, id="e", command_id="c", correlation_id="c", occurred_at=0, actor="guest", reply_to=None
    )
    return StripeActions(cast(StripeApi, stripe), never, clock=lambda: 0.0).of(event, asked)


def test_an_intent_that_is_no_longer_there_is_voided_and_the_payment_ends() -> None:
    told = outcome(OddStripe(), VOID)
    assert told == RecordVoid(payment_id=w.PAYMENT, voided=True, failure="resource_missing")
    [ended] = decide(told, w.VOIDING, 0)
    assert type(ended).__name__ == "PaymentVoided"
    assert evolve(w.VOIDING, ended).status is PaymentStatus.VOIDED


@pytest.mark.parametrize("status", ["", "invented_later"])
def test_a_refund_of_unknown_status_is_on_its_way_until_a_webhook_tells(status: str) -> None:
    told = outcome(OddStripe(status), REFUND)
    assert isinstance(told, RecordRefund)
    assert (told.status, told.stripe_refund_id) == (RefundStatus.PENDING, "re_1")


@pytest.mark.parametrize(("status", "told"), REFUND_STATUS.items())
def test_a_refund_of_known_status_has_that(status: str, told: RefundStatus) -> None:
    assert outcome(OddStripe(status), REFUND).status is told


class Refuses(OddStripe):
    """Gives nothing back, and says what it has on its books."""

    def __init__(self, code: str, *refunds: SeenRefund) -> None:
        super().__init__()
        self._code, self._refunds = code, list(refunds)

    def refund(self, _intent_id: str, **_: Any) -> Refund:
        raise StripeRefused(self._code)

    def refunds(self, _intent_id: str) -> list[SeenRefund]:
        return self._refunds

    def disputes(self, _intent_id: str) -> list[Dispute]:
        return [w.dispute(DisputeStatus.NEEDS_RESPONSE)]


BY_HAND = SeenRefund(stripe_refund_id="re_desk", status=RefundStatus.SUCCEEDED, amount_minor=300)


@pytest.mark.parametrize("code", ["amount_too_large", "charge_already_refunded", "charge_disputed"])
def test_a_refund_that_is_refused_is_told_with_all_that_stripe_has_on_its_books(code: str) -> None:
    told = outcome(Refuses(code, BY_HAND), REFUND)
    assert (told.status, told.failure, told.stripe_refund_id) == (RefundStatus.FAILED, code, "")
    assert (told.refunds, told.disputes) == ((BY_HAND,), (w.dispute(DisputeStatus.NEEDS_RESPONSE),))


def test_a_refund_that_is_refused_because_it_was_done_before_is_done() -> None:
    ours = SeenRefund(refund_id="r-1", stripe_refund_id="re_1", status=RefundStatus.SUCCEEDED, amount_minor=500)
    told = outcome(Refuses("charge_already_refunded", BY_HAND, ours), REFUND)
    assert (told.status, told.stripe_refund_id, told.refunds) == (RefundStatus.SUCCEEDED, "re_1", ())


class Endless(StripeApi):
    """The calls of an account whose lists have no end."""

    def __init__(self) -> None:
        page = SimpleNamespace(
            data=[SimpleNamespace(id="x", metadata=None, to_dict=lambda: {"id": "x"})] * PAGE, has_more=True
        )
        lists = SimpleNamespace(list=lambda _wanted: page)
        self._guard: Any = SimpleNamespace(call=lambda _endpoint, attempt: attempt())
        self._v1: Any = SimpleNamespace(payment_intents=lists, refunds=lists)


def test_a_list_that_is_too_long_to_look_through_is_for_a_person() -> None:
    with pytest.raises(OutcomeUnknown, match=f"payment_intents.list: more than {PAGE * PAGES_MAX}"):
        Endless().find_intent(payment_id="p", since_seconds=0)
    with pytest.raises(OutcomeUnknown, match=r"refunds\.list"):
        Endless().refunds("pi_1")


class Stubborn(OddStripe):
    """Repeats a 500 under every key, and has done nothing."""

    def refund(self, _intent_id: str, **_: Any) -> Refund:
        raise KeyExhausted("500, repeated")

    def refunds(self, _intent_id: str) -> list[SeenRefund]:
        return []


def test_a_call_whose_keys_are_all_spent_is_for_a_person() -> None:
    with pytest.raises(OutcomeUnknown, match=f"{KEYS_MAX} idempotency keys of the event e are spent"):
        outcome(Stubborn(), REFUND)
