"""Cancels, refunds and captures by hand, and disputes at once, in hundreds of schedules of all rooms: one truth."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from schemas.envelope import derive_id
from schemas.orders.messages import AdvanceOrder, CancelOrder, OrderStatus
from schemas.payments.disputes import DisputeStatus
from schemas.payments.refunds import RefundFailed, RefundPayment
from streams.payments.state import money, owed, refunded
from tests.seeds import some
from tests.shop import PATIENCE_MS, PRICE, Shop

D, S = DisputeStatus, OrderStatus
LIVES = (
    (D.NEEDS_RESPONSE,),
    (D.NEEDS_RESPONSE, D.UNDER_REVIEW, D.WON),
    (D.NEEDS_RESPONSE, D.LOST),
    (D.WARNING_NEEDS_RESPONSE, D.WARNING_CLOSED),
    (D.WARNING_NEEDS_RESPONSE, D.NEEDS_RESPONSE, D.WON),
)


def bought(seed: int, *, ordered: bool) -> tuple[Shop, Any]:
    """A paid order, or one whose money is just being taken."""
    shop = Shop(seed, ordered=ordered)
    shop.sells("A")
    shop.receives("A", 3)
    shop.cart("cart", {"A": 1})
    checkout = shop.start("cart", PRICE)
    reserved = (intent.status for intent in shop.provider.intents.values())
    while not any(status in ("requires_capture", "succeeded") for status in reserved):
        assert shop.rooms.step()
        reserved = (intent.status for intent in shop.provider.intents.values())
    if shop.rooms.random.random() < 0.6:
        shop.rooms.run(patience_ms=PATIENCE_MS)
    return shop, shop.checkout(checkout)


def disturb(shop: Shop, checkout: Any) -> None:
    """Two to five things at once, each of which somebody does or tells of at some moment."""
    chance, provider, payment_id, order_id = shop.rooms.random, shop.provider, checkout.payment_id, checkout.order_id
    for number in range(chance.randint(2, 5)):
        amount = chance.randint(1, PRICE)
        match chance.randrange(6):
            case 0 | 1:
                shop.rooms.later(CancelOrder(order_id=order_id, reason="changed_mind"))
            case 2:
                shop.rooms.happens(partial(provider.refund_by_hand, payment_id, chance.choice((amount, PRICE))))
            case 3:
                shop.rooms.happens(partial(provider.capture_by_hand, payment_id, chance.choice((amount, PRICE))))
            case 4:
                shop.rooms.happens(partial(provider.dispute, payment_id, *chance.choice(LIVES)))
            case _:
                refund_id = derive_id(payment_id, number)
                shop.rooms.later(
                    RefundPayment(payment_id=payment_id, refund_id=refund_id, amount_minor=amount, reason="late"),
                    AdvanceOrder(order_id=order_id, status=S.PICKING),
                )


def agree(shop: Shop, checkout: Any) -> str:
    """Both rooms say of the money what is true; what is cancelled is not kept. Returns how it ended."""
    payment = shop.rooms.state("payments", checkout.payment_id)
    order, intent = shop.rooms.state("orders", checkout.order_id), shop.provider.intents[checkout.payment_id]
    assert (payment.captured_minor, refunded(payment)) == (intent.captured, intent.refunded)
    assert payment.disputes == intent.disputes
    if order.status is S.UNKNOWN:
        assert intent.captured - intent.refunded == 0 or owed(payment) or intent.charged_back
        return "no order"
    assert order.money == money(payment)
    if order.status is not S.CANCELLED:
        assert checkout.failure is None
        return order.money.dispute_status or "stands"
    called = any(event.for_people for event in shop.rooms.of(RefundFailed))
    lost = any(each.status is D.LOST for each in intent.disputes.values())
    kept = intent.captured - intent.refunded - sum(each.withdrawn_minor for each in intent.disputes.values())
    assert kept <= 0 or (lost and called), "money of a cancelled order is kept, and nobody was called"
    return "cancelled, lost" if lost else "cancelled"


def test_in_every_schedule_orders_and_payments_say_the_same_and_nothing_cancelled_is_kept() -> None:
    ends: Counter[str] = Counter()
    for seed in range(some(800)):
        shop, checkout = bought(seed, ordered=seed % 2 == 0)
        disturb(shop, checkout)
        try:
            shop.rooms.run(patience_ms=PATIENCE_MS)
            ends[agree(shop, shop.checkout(checkout.checkout_id))] += 1
            assert shop.on_hand("A") == (3 if ends.total() and _taken(shop, checkout) else 2)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    assert {"stands", "cancelled", "cancelled, lost", D.WON, D.LOST, D.NEEDS_RESPONSE} <= ends.keys(), ends


def _taken(shop: Shop, checkout: Any) -> bool:
    """Whether the order does not have its unit."""
    return shop.rooms.state("orders", checkout.order_id).status in (S.UNKNOWN, S.CANCELLED)
