"""A payment against a Stripe that answers late, repeats itself, fails, and is also used by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.messages import (
    CaptureRequested,
    PaymentRequested,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
    PaymentStatus,
    VoidRequested,
)
from schemas.payments.refunds import RefundFailed, RefundRequested, RefundStatus, SeenRefund
from streams.payments.state import kept, owed, refundable, refunded
from tests.seeds import some
from tests.unit.payments import examples as w

SUCCEEDED, FAILED = RefundStatus.SUCCEEDED, RefundStatus.FAILED
S = DisputeStatus
ROUNDS_MAX = 20
DISPUTES_MAX = 2
ONWARDS = {
    S.WARNING_NEEDS_RESPONSE: (S.WARNING_UNDER_REVIEW, S.WARNING_CLOSED, S.NEEDS_RESPONSE),
    S.WARNING_UNDER_REVIEW: (S.WARNING_CLOSED, S.NEEDS_RESPONSE),
    S.NEEDS_RESPONSE: (S.UNDER_REVIEW, S.WON, S.LOST),
    S.UNDER_REVIEW: (S.WON, S.LOST),
}


@dataclass
class Stripe:
    """The shadow: what really happens to the money."""

    intent: str = "none"  # then open, requires_capture, succeeded, canceled
    captured: int = 0
    refunds: dict[str, tuple[str, int, RefundStatus]] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)

    @property
    def given_back(self) -> int:
        return sum(amount for _, amount, status in self.refunds.values() if status is SUCCEEDED)

    @property
    def charged_back(self) -> bool:
        """Then it gives nothing back: for ever, once the dispute is lost."""
        return any(each.status in (S.NEEDS_RESPONSE, S.UNDER_REVIEW, S.LOST) for each in self.disputes.values())

    def refund(self, ours: str, amount: int) -> list[PaymentsCommand]:
        stripe_id = f"re_{len(self.refunds)}"
        if self.charged_back or amount > self.captured - self.given_back:
            code = "charge_disputed" if self.charged_back else "amount_too_large"
            refusal = w.refund_answer(FAILED, ours, "", code, refunds=self.seen(), disputes=(*self.disputes.values(),))
            return [refusal] if ours else []
        self.refunds[stripe_id] = (ours, amount, SUCCEEDED)
        news: list[PaymentsCommand] = [
            w.refund_webhook(status, amount, ours, stripe_id) for status in (RefundStatus.PENDING, SUCCEEDED)
        ]
        return [w.refund_answer(RefundStatus.PENDING, ours, stripe_id), *news] if ours else news

    def seen(self) -> tuple[SeenRefund, ...]:
        """Its books of refunds, as our connector reads them."""
        return tuple(
            SeenRefund(refund_id=ours, stripe_refund_id=stripe_id, status=status, amount_minor=amount)
            for stripe_id, (ours, amount, status) in self.refunds.items()
        )

    def dispute(self, dispute_id: str, status: DisputeStatus, amount: int) -> list[PaymentsCommand]:
        """A dispute is opened, or moves on; when it is won, the money comes back a little later."""
        known = self.disputes.get(dispute_id)
        shown = w.dispute(status, dispute_id, amount=known.amount_minor if known else amount)
        steps = [shown]
        if status is S.WON:
            assert known is not None
            steps.insert(0, replace(shown, movements=1, withdrawn_minor=known.withdrawn_minor))
        self.disputes[dispute_id] = shown
        return [w.disputed(each) for each in steps]

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

    @initialize(paid=st.booleans())
    def it_may_be_paid_already(self, paid: bool) -> None:
        """Most that can go wrong needs money that was taken."""
        if not paid:
            return
        self.hear_all()
        self.the_shopper_pays()
        self.hear_all()
        self.tell(w.capture())
        self.hear_all()

    def hear_all(self) -> None:
        while self.bag:
            self.tell(self.bag.pop(0))

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

    @precondition(lambda self: self.stripe.captured and len(self.stripe.disputes) < DISPUTES_MAX)
    @rule(amount=st.integers(1, w.AMOUNT), inquiry=st.booleans())
    def the_cardholder_disputes(self, amount: int, inquiry: bool) -> None:
        begins = S.WARNING_NEEDS_RESPONSE if inquiry else S.NEEDS_RESPONSE
        amount = min(amount, self.stripe.captured)
        self.bag += self.stripe.dispute(f"dp_{len(self.stripe.disputes)}", begins, amount)

    @precondition(lambda self: any(each.status in ONWARDS for each in self.stripe.disputes.values()))
    @rule(data=st.data())
    def a_dispute_goes_on(self, data: st.DataObject) -> None:
        going = sorted(each.dispute_id for each in self.stripe.disputes.values() if each.status in ONWARDS)
        dispute = self.stripe.disputes[data.draw(st.sampled_from(going))]
        status = data.draw(st.sampled_from(ONWARDS[dispute.status]))
        self.bag += self.stripe.dispute(dispute.dispute_id, status, 0)

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
        taken = sum(each.withdrawn_minor + each.fee_minor for each in self.state.disputes.values())
        assert booked["stripe_balance", None] == kept(self.state) - taken

    @invariant()
    def no_more_is_refunded_than_was_captured(self) -> None:
        # Two refunds by hand, the first of which failed, may be heard of in an order that shows both at once.
        if not self.by_hand:
            assert self.state.captured_minor - refunded(self.state) >= 0
            assert refundable(self.state) >= 0 or self.stripe.disputes

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
        assert self.state.disputes == self.stripe.disputes
        if self.state.captured_minor and kept(self.state) == 0 and not self.stripe.disputes:
            assert w.balances(self.events) == {}
        assert self.stripe.given_back <= self.stripe.captured
        if self.cancelled:
            self.nothing_is_kept()

    def nothing_is_kept(self) -> None:
        """What was cancelled went back; or a dispute holds it; or a person was called, who must not be called in vain.

        A person is needed where Stripe gives nothing back any more: a refund that came back, a dispute that was lost.
        """
        assert self.state.status in (PaymentStatus.VOIDED, PaymentStatus.CAPTURED)
        called = any(isinstance(event, RefundFailed) and event.for_people for event in self.events)
        lost = any(each.status is S.LOST for each in self.stripe.disputes.values())
        if owed(self.state):
            assert called
            assert self.refund_failed or lost
        if not (self.refund_failed or self.stripe.charged_back):
            assert kept(self.state) == 0


TestPaymentAgainstStripe = PaymentAgainstStripe.TestCase
TestPaymentAgainstStripe.settings = settings(
    max_examples=some(300), stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
