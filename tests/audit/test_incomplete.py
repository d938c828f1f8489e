"""What was asked for and never done is no fault of an open shop, and one of a shop at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from ops.audit import incomplete, sagas
from ops.audit.findings import Findings, Verdict, verdict
from ops.audit.run import fold, snapshot_at_rest
from schemas.cart.messages import CartUnlocked
from schemas.checkout.messages import CancelCheckout, CheckoutStarted
from schemas.inventory.holds import HoldReleased, HoldStock
from schemas.inventory.messages import StockLow, StockReceived, TransferStock
from schemas.orders.messages import CancelOrder
from schemas.payments.messages import CaptureRequested, PaymentRequested, RecordStripeEvent, VoidRequested
from schemas.payments.refunds import RecordRefund, RefundPayment, RefundRequested, RefundStatus
from schemas.record import Record
from tests.audit.auditing import MemoryLog, audited, folded
from tests.audit.story import Story, goods
from tests.fake_provider import Deed, FakeProvider, Shopper
from tests.runtime.simulated import CODEC

HOUR_MS = 3_600_000
TEA = {"sku": "TEA", "location": "warehouse", "cart_id": "frida", "answer_to": "checkout/of-no-saga", "lock_version": 1}


class SilentProvider(FakeProvider):
    """Never answers one kind of request."""

    deaf_to: type[Record]

    def hear(self, event: Record) -> Iterable[Deed]:
        return () if isinstance(event, self.deaf_to) else super().hear(event)


def shop(deaf_to: type[Record] = Record) -> Story:
    """A shop with goods; its provider may be deaf."""
    story = Story(local=False)
    if deaf_to is not Record:
        story.provider = SilentProvider()
        story.provider.deaf_to = deaf_to
    story.tell(*goods())
    return story


def bought(deaf_to: type[Record] = Record, shopper: Shopper = Shopper.PAYS) -> Story:
    story = shop(deaf_to)
    story.buy("anna", {"TEA": 3}, 3 * 4_50 + 3_95, shopper)
    return story


def an_hour_later(story: Story) -> Story:
    """Something else happens an hour later; no timer has rung."""
    records, place = story.find(StockReceived)
    records[place] = replace(records[place], timestamp=story.log.now + HOUR_MS)
    return story


def a_command_waits() -> Story:
    story = shop()
    story.send(TransferStock(sku="VASE", location="warehouse", target="popup-soho", quantity=3))
    return story


def a_transfer_does_not_arrive() -> Story:
    story = a_command_waits()
    story.worker.decide(1)
    assert story.worker.commit()
    return story


def no_intent_is_made() -> Story:
    return bought(PaymentRequested)


def nothing_is_captured() -> Story:
    return bought(CaptureRequested)


def the_checkout_never_hears_of_a_capture() -> Story:
    story = nothing_is_captured()
    story.send(taken_by_hand(story))
    story.worker.decide(1)
    assert story.worker.commit()
    return story


def money_is_taken_and_no_order_placed() -> Story:
    story = bought(shopper=Shopper.WALKS_AWAY)
    story.send(taken_by_hand(story))
    story.worker.decide(1)
    assert story.worker.commit()
    return story


def nothing_is_voided() -> Story:
    story = bought(VoidRequested, Shopper.WALKS_AWAY)
    story.rest(later_ms=HOUR_MS)
    return story


def nothing_goes_back() -> Story:
    story = bought(RefundRequested)
    story.tell(refund(story))
    return story


def a_cancelled_orders_money_does_not_go_back() -> Story:
    story = bought(RefundRequested)
    story.tell(CancelOrder(order_id=story.started("anna").order_id, reason="changed_mind"))
    return story


def a_refund_stays_pending() -> Story:
    story = nothing_goes_back()
    answer = RecordRefund(
        payment_id=story.started("anna").payment_id,
        refund_id="goodwill",
        stripe_refund_id="re_1",
        status=RefundStatus.PENDING,
    )
    story.tell(answer)
    return story


def a_hold_has_no_end() -> Story:
    story = shop()
    story.tell(HoldStock(**TEA, quantity=2, expires_at=story.log.now + HOUR_MS))
    return an_hour_later(story)


def a_checkout_has_no_end() -> Story:
    return an_hour_later(bought(shopper=Shopper.WALKS_AWAY))


def taken_by_hand(story: Story) -> Record:
    payment_id = story.started("anna").payment_id
    return RecordStripeEvent(
        payment_id=payment_id,
        stripe_event_id="evt_by_hand",
        type="payment_intent.succeeded",
        intent_id=f"pi_{payment_id}",
        amount_received_minor=3 * 4_50 + 3_95,
    )


def refund(story: Story) -> Record:
    payment_id = story.started("anna").payment_id
    return RefundPayment(payment_id=payment_id, refund_id="goodwill", amount_minor=5_00, reason="late")


UNDONE: list[tuple[Callable[[], Story], set[str]]] = [
    (a_command_waits, {"incomplete.commands"}),
    (a_transfer_does_not_arrive, {"incomplete.commands", "stock.transfers"}),
    (no_intent_is_made, {"incomplete.checkout", "incomplete.payments"}),
    (nothing_is_captured, {"incomplete.checkout", "incomplete.payments", "incomplete.orders"}),
    (
        the_checkout_never_hears_of_a_capture,
        {"incomplete.commands", "incomplete.checkout", "incomplete.orders", "orders.money"},
    ),
    (money_is_taken_and_no_order_placed, {"incomplete.commands", "payments.order"}),
    (nothing_is_voided, {"incomplete.payments"}),
    (nothing_goes_back, {"incomplete.refunds"}),
    (a_cancelled_orders_money_does_not_go_back, {"incomplete.refunds"}),
    (a_refund_stays_pending, {"incomplete.refunds"}),
    (a_hold_has_no_end, {"holds_return"}),
    (a_checkout_has_no_end, {"incomplete.checkout", "incomplete.payments", "holds_return"}),
]


@pytest.mark.parametrize(("tell", "checks"), UNDONE, ids=[tell.__name__ for tell, _ in UNDONE])
def test_what_was_never_done_is_a_fault_of_a_shop_at_rest_alone(tell: Callable[[], Story], checks: set[str]) -> None:
    story = tell()
    verdict = audited(story, settled=False)
    assert verdict.ok, verdict.witnesses
    assert audited(story).failed.keys() == checks


def test_a_warning_that_never_came_is_excused_in_an_open_shop_alone() -> None:
    story = shop()
    story.tell(TransferStock(sku="VASE", location="warehouse", target="popup-soho", quantity=9))
    story.drop(StockLow)
    for settled in (False, True):
        findings = Findings()
        model = fold(MemoryLog(story.log, settled_before=0), CODEC.decode, findings, lambda _: None)
        sagas.check(model, findings, settled=settled)
        assert ("stock.low" in findings.failed) is settled


def test_a_cart_kept_by_a_checkout_that_failed_is_found() -> None:
    story = bought(shopper=Shopper.WALKS_AWAY)
    story.rest(later_ms=HOUR_MS)
    assert audited(story).ok
    story.drop(CartUnlocked)
    assert "incomplete.cart" in audited(story).failed
    assert "incomplete.cart" not in audited(story, settled=False).failed


def test_a_checkout_whose_beginning_is_lost_is_undone_too() -> None:
    story = bought(shopper=Shopper.WALKS_AWAY)
    story.drop(CheckoutStarted)
    assert audited(story).failed.keys() >= {"log.fold", "incomplete.checkout"}


def test_a_shopper_who_may_still_pay_leaves_nothing_undone() -> None:
    story = bought(shopper=Shopper.WALKS_AWAY)
    verdict = audited(story)
    assert verdict.ok, verdict.witnesses
    assert story.body(PaymentRequested)


def test_a_hold_of_a_checkout_that_ended_is_undone_before_its_own_end() -> None:
    story = bought(shopper=Shopper.WALKS_AWAY)
    checkout_id = story.started("anna").checkout_id
    story.tell(CancelCheckout(checkout_id=checkout_id))
    assert audited(story).ok
    story.drop(HoldReleased)
    assert "holds_return" in audited(story).failed
    assert "holds_return" not in audited(story, settled=False).failed


def test_a_hold_before_its_end_leaves_nothing_undone() -> None:
    story = shop()
    story.tell(HoldStock(**TEA, quantity=2, expires_at=story.log.now + 2 * HOUR_MS))
    assert audited(an_hour_later(story)).ok


def test_an_order_that_waits_for_a_picker_leaves_nothing_undone() -> None:
    assert audited(bought()).ok


def resting(*stories: Story, seconds_max: float) -> tuple[Verdict, int]:
    """What the audit says that finds these, one cut after the other; and how many of them it did not look at."""
    left = list(stories)
    model, findings = snapshot_at_rest(lambda: folded(left.pop(0)), seconds_max=seconds_max, pause_seconds=0)
    sagas.check(model, findings, settled=True)
    return verdict(findings, {}), len(left)


def test_what_is_under_way_is_given_time_to_be_done() -> None:
    found, left = resting(nothing_is_voided(), a_command_waits(), bought(), bought(), seconds_max=HOUR_MS)
    assert found.ok
    assert left == 1, "a shop at rest is looked at no more"


def test_what_is_undone_in_the_end_is_a_fault() -> None:
    found, left = resting(nothing_is_voided(), bought(), seconds_max=0)
    assert found.failed == {"incomplete.payments": 1}
    assert left == 1, "the time was over"


def test_a_cut_during_which_events_were_written_is_made_again() -> None:
    story = bought()
    assert incomplete.at_rest(folded(story)[0])
    during = fold(MemoryLog(story.log, settled_before=0), CODEC.decode, Findings(), lambda _: None)
    assert not incomplete.at_rest(during)
