"""A payment against a Stripe that answers late, repeats itself, fails, and is also used by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.payments.messages import (
    CaptureRequested,
    PaymentRequested,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    RefundRequested,
    RefundStatus,
    VoidRequested,
)
from streams.payments.state import kept, refundable, refunded
from tests.unit.payments import wishes as w

SUCCEEDED, FAILED = RefundStatus.SUCCEEDED, RefundStatus.FAILED
ROUNDS_MAX = 20


@dataclass
class Stripe:
    """The shadow: what really happens to the money."""

    intent: str = "none"  # then open, requires_capture, succeeded, canceled
    captured: int = 0
    refunds: dict[str, tuple[str, int, RefundStatus]] = field(default_factory=dict)

    @property
    def given_back(self) -> int:
        return sum(amount for _, amount, status in self.refunds.values() if status is SUCCEEDED)

    def refund(self, ours: str, amount: int) -> list[PaymentsCommand]:
        stripe_id = f"re_{len(self.refunds)}"
        if amount > self.captured - self.given_back:
            refusal = w.refund_answer(FAILED, ours, "", "charge_already_refunded")
            return [refusal] if ours else []
        self.refunds[stripe_id] = (ours, amount, SUCCEEDED)
        news: list[PaymentsCommand] = [
            w.refund_webhook(status, amount, ours, stripe_id) for status in (RefundStatus.PENDING, SUCCEEDED)
        ]
        return [w.refund_answer(RefundStatus.PENDING, ours, stripe_id), *news] if ours else news

    def fail_refund(self, stripe_id: str) -> PaymentsCommand:
        ours, amount, _ = self.refunds[stripe_id]
        self.refunds[stripe_id] = (ours, amount, FAILED)
        return w.refund_webhook(FAILED, amount, ours, stripe_id)

    def capture(self, amount: int = w.AMOUNT) -> list[PaymentsCommand]:
        if self.intent == "requires_capture":
            self.intent, self.captured = "succeeded", amount
        if self.intent == "succeeded":
            return [w.captured(self.captured), w.succeeded(self.captured)]
        return [w.capture_failed()]

    def void(self) -> list[PaymentsCommand]:
        if self.intent == "succeeded":
            return [w.not_voided(self.captured)]
        self.intent = "canceled"
        return [w.voided(), w.cancelled_at_stripe()]


class PaymentAgainstStripe(RuleBasedStateMachine):
    """News waits in a bag; each piece is told at least once, in any order, and may stay in to be told again."""

    def __init__(self) -> None:
        super().__init__()
        self.stripe, self.state = Stripe(), PaymentState()
        self.events: tuple[PaymentsEvent, ...] = ()
        self.bag: list[PaymentsCommand] = []
        self.cancelled = self.refund_failed = self.by_hand = False
        self.tell(w.request())

    def tell(self, command: PaymentsCommand) -> None:
        self.state, events = w.decided(self.state, command)
        self.events += events
        for event in events:
            self.bag += self.answer(event)

    def answer(self, event: PaymentsEvent) -> list[PaymentsCommand]:
        """What the connector does about an event, and what comes back."""
        match event:
            case PaymentRequested():
                self.stripe.intent = "open"
                return [w.intent()]
            case CaptureRequested():
                return self.stripe.capture()
            case VoidRequested():
                return self.stripe.void()
            case RefundRequested(refund_id=refund_id, amount_minor=amount):
                return self.stripe.refund(refund_id, amount)
            case _:
                return []

    @precondition(lambda self: self.bag)
    @rule(data=st.data(), again=st.booleans())
    def some_news_arrives(self, data: st.DataObject, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.bag) - 1))
        self.tell(self.bag[index] if again else self.bag.pop(index))

    @precondition(lambda self: self.stripe.intent == "open")
    @rule(number=st.integers(0, 3))
    def the_bank_challenges_or_declines(self, number: int) -> None:
        self.bag += [w.challenged(f"evt_c{number}"), w.declined(f"evt_d{number}"), w.processing()]

    @precondition(lambda self: self.stripe.intent == "open")
    @rule()
    def the_shopper_pays(self) -> None:
        self.stripe.intent = "requires_capture"
        self.bag.append(w.authorised())

    @precondition(lambda self: self.stripe.intent in ("open", "requires_capture"))
    @rule()
    def the_authorisation_lapses(self) -> None:
        self.stripe.intent = "canceled"
        self.bag.append(w.cancelled_at_stripe())

    @precondition(lambda self: self.stripe.intent == "requires_capture")
    @rule(amount=st.integers(1, w.AMOUNT))
    def somebody_captures_by_hand(self, amount: int) -> None:
        self.bag += self.stripe.capture(amount)[1:]

    @precondition(lambda self: self.stripe.captured)
    @rule(amount=st.integers(1, w.AMOUNT))
    def somebody_refunds_by_hand(self, amount: int) -> None:
        self.bag += self.stripe.refund("", amount)
        self.by_hand = True

    @precondition(lambda self: any(status is SUCCEEDED for _, _, status in self.stripe.refunds.values()))
    @rule(data=st.data())
    def a_refund_comes_back(self, data: st.DataObject) -> None:
        done = sorted(each for each, (_, _, status) in self.stripe.refunds.items() if status is SUCCEEDED)
        self.bag.append(self.stripe.fail_refund(data.draw(st.sampled_from(done))))
        self.refund_failed = True

    @rule()
    def the_checkout_wants_the_money(self) -> None:
        self.tell(w.capture())

    @rule()
    def the_payment_is_cancelled(self) -> None:
        self.tell(w.cancel())
        self.cancelled = True

    @rule(amount=st.integers(-1, w.AMOUNT + 1), number=st.integers(0, 5))
    def staff_refund(self, amount: int, number: int) -> None:
        self.tell(w.refund(amount, f"ref-{number}"))

    @invariant()
    def the_ledger_balances_and_holds_what_we_keep(self) -> None:
        booked = w.balances(self.events)
        assert sum(booked.values()) == 0
        assert booked["stripe_balance", None] == kept(self.state)

    @invariant()
    def no_more_is_refunded_than_was_captured(self) -> None:
        # Two refunds by hand, the first of which failed, may be heard of in an order that shows both at once.
        if not self.by_hand:
            assert self.state.captured_minor - refunded(self.state) >= 0
            assert refundable(self.state) >= 0

    @invariant()
    def money_is_captured_and_authorised_at_most_once(self) -> None:
        names = w.names(self.events)
        assert all(names.count(once) <= 1 for once in ("PaymentCaptured", "PaymentAuthorised", "PaymentVoided"))

    def teardown(self) -> None:
        """Once all the news is told, the payment is what Stripe says; what was cancelled is not kept."""
        for _ in range(ROUNDS_MAX):
            news, self.bag = self.bag, []
            for each in news:
                self.tell(each)
        assert not self.bag
        assert self.state.captured_minor == self.stripe.captured
        assert refunded(self.state) == self.stripe.given_back
        if self.stripe.intent == "canceled":
            assert self.state.status is PaymentStatus.VOIDED
        if self.cancelled and not self.refund_failed:
            assert self.state.status in (PaymentStatus.VOIDED, PaymentStatus.CAPTURED)
            assert kept(self.state) == 0 or refund_was_refused(self.state)
        if self.state.captured_minor and kept(self.state) == 0:
            assert w.balances(self.events) == {}
        assert self.stripe.given_back <= self.stripe.captured


def refund_was_refused(state: PaymentState) -> bool:
    """Somebody refunding by hand got in between, so Stripe refused ours; staff must look at it."""
    return any(refund.status is FAILED for refund in state.refunds.values())


TestPaymentAgainstStripe = PaymentAgainstStripe.TestCase
TestPaymentAgainstStripe.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
