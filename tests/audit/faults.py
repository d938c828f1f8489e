"""Faults to plant in a log, and the check that each must fail."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from msgspec.structs import replace as with_fields

from schemas.cart.messages import CartLineSet, CartUnlocked
from schemas.checkout.messages import CheckoutFailed, CheckoutLinePriced
from schemas.envelope import derive_id
from schemas.inventory.holds import Hold, HoldCommitted, HoldExpired, StockHeld
from schemas.inventory.messages import (
    StockLow,
    StockReceived,
    StockRecovered,
    StockReturned,
    StockState,
    StockTransferredIn,
    StockTransferredOut,
)
from schemas.orders.messages import OrderCancelled, OrderMoney, OrderMoneyRecorded, OrderPlaced, OrderState
from schemas.outcomes import Outcome, OutcomeSegment
from schemas.payments.disputes import DisputeStatus
from schemas.payments.ledger import Account, LedgerEntry
from schemas.payments.messages import DisputeRecorded, PaymentCaptured, PaymentRequested
from schemas.payments.refunds import RefundSucceeded
from schemas.promotions.messages import PromotionSet, Standing, UseGivenBack, UseRedeemed, UseReserved
from schemas.promotions.terms import Limits
from tests.audit.story import Story, with_header
from tests.runtime.simulated import CODEC, Logged

D = DisputeStatus


def wrong_line_vat(story: Story) -> None:
    first, *others = story.body(OrderPlaced).lines
    story.change(OrderPlaced, lines=(with_fields(first, vat_minor=first.vat_minor + 1), *others))


def wrong_delivery_vat(story: Story) -> None:
    delivery = story.body(OrderPlaced).delivery
    story.change(OrderPlaced, delivery=with_fields(delivery, vat_minor=delivery.vat_minor + 3))


def promoted(story: Story) -> int:
    """The number of an order with a discount on its line."""
    return next(n for n in itertools.count() if story.body(OrderPlaced, n).lines[0].discount_minor)


def a_discount_of_no_promotion(story: Story) -> None:
    number = promoted(story)
    story.change(OrderPlaced, number, promotions=())


def a_discount_that_is_not_what_was_taken(story: Story) -> None:
    number = promoted(story)
    [line] = story.body(OrderPlaced, number).lines
    story.change(OrderPlaced, number, lines=(with_fields(line, discounts=line.discounts * 2),))


def a_limit_below_what_is_used(story: Story) -> None:
    number = next(n for n in itertools.count() if story.body(PromotionSet, n).promotion_id == "spring")
    terms = story.body(PromotionSet, number).terms
    story.change(PromotionSet, number, terms=with_fields(terms, limits=Limits(uses=1)))


def a_code_used_twice(story: Story) -> None:
    number = next(n for n in itertools.count() if story.body(UseReserved, n).single_code)
    story.change(UseReserved, number, single_code="CCCC")


def one_cart_ordered_twice(story: Story) -> None:
    story.change(OrderPlaced, 0, cart_id=story.body(OrderPlaced, 1).cart_id)


def ledger_off_by_one(story: Story) -> None:
    first, *others = story.body(PaymentCaptured).entries
    story.change(PaymentCaptured, entries=(with_fields(first, amount_minor=first.amount_minor + 1), *others))


def ledger_books_something_else(story: Story) -> None:
    entries: tuple[LedgerEntry, ...] = story.body(PaymentCaptured).entries
    balance, sales, *others = entries
    more, less = balance.amount_minor + 1, sales.amount_minor - 1
    changed = (with_fields(balance, amount_minor=more), with_fields(sales, amount_minor=less), *others)
    story.change(PaymentCaptured, entries=changed)


def sales_for_vat(story: Story) -> None:
    entries: tuple[LedgerEntry, ...] = story.body(PaymentCaptured).entries
    swapped = {Account.SALES: Account.VAT_OUTPUT, Account.VAT_OUTPUT: Account.SALES}
    changed = tuple(with_fields(each, account=swapped.get(each.account, each.account)) for each in entries)
    story.change(PaymentCaptured, entries=changed)


def vat_of_another_rate(story: Story) -> None:
    entries: tuple[LedgerEntry, ...] = story.body(PaymentCaptured).entries
    changed = tuple(with_fields(each, vat_basis_points=500) if each.vat_basis_points else each for each in entries)
    story.change(PaymentCaptured, entries=changed)


def a_penny_of_sales_refunded_as_vat(story: Story) -> None:
    number = 0
    while not any(entry.vat_basis_points for entry in story.body(RefundSucceeded, number).entries):
        number += 1
    entries: tuple[LedgerEntry, ...] = story.body(RefundSucceeded, number).entries
    more = {Account.SALES: -1, Account.VAT_OUTPUT: 1}
    changed = tuple(
        with_fields(each, amount_minor=each.amount_minor + more.get(each.account, 0)) if each.vat_basis_points else each
        for each in entries
    )
    assert changed != entries
    story.change(RefundSucceeded, number, entries=changed)


def a_dispute_that_books_otherwise(story: Story) -> None:
    entries: tuple[LedgerEntry, ...] = story.body(DisputeRecorded).entries
    story.change(DisputeRecorded, entries=tuple(with_fields(each, amount_minor=0) for each in entries))


def a_dispute_that_the_order_does_not_know(story: Story) -> None:
    number = next(each for each in range(99) if story.body(OrderMoneyRecorded, each).money.dispute_status is D.LOST)
    told = story.body(OrderMoneyRecorded, number).money
    story.change(OrderMoneyRecorded, number, money=with_fields(told, dispute_status=None, lost_minor=0))


def an_order_cancelled_during_a_dispute(story: Story) -> None:
    number = next(each for each in range(99) if story.body(OrderMoneyRecorded, each).money.dispute_status is D.WON)
    told = story.body(OrderMoneyRecorded, number).money
    story.change(OrderMoneyRecorded, number, money=with_fields(told, dispute_status=D.UNDER_REVIEW))


def order_never_written(story: Story) -> None:
    order_id = story.body(PaymentCaptured).order_id.encode()
    for (topic, _), records in story.log.topics.items():
        if topic.startswith("orders."):
            records[:] = [each for each in records if each.key != order_id]


def outcome_lost(story: Story) -> None:
    story.change(OutcomeSegment, 0, outcomes=story.body(OutcomeSegment, 0).outcomes[1:])


def outcome_twice(story: Story) -> None:
    story.change(
        OutcomeSegment, 1, outcomes=(*story.body(OutcomeSegment, 1).outcomes, story.body(OutcomeSegment, 0).outcomes[0])
    )


def dead_letters(story: Story) -> list[Logged]:
    [records] = [found for (topic, _), found in story.log.topics.items() if topic.endswith("dead-letters")]
    return records


def dead_letter_lost(story: Story) -> None:
    dead_letters(story).clear()


def dead_letter_altered(story: Story) -> None:
    records = dead_letters(story)
    records[0] = replace(records[0], value=b"other bytes")


def dead_and_decided(story: Story) -> None:
    [letter] = dead_letters(story)
    [partition] = [number for (topic, number), found in story.log.topics.items() if found is dead_letters(story)]
    segments = story.log.topics[("inventory.state", partition)]
    index = next(number for number, each in enumerate(segments) if each.key and each.key.startswith(b"\0"))
    segment = CODEC.decode(segments[index].value)
    assert isinstance(segment, OutcomeSegment)
    decided = Outcome(command_id=dict(letter.headers)["command-id"].decode(), version=0)
    segment = with_fields(segment, outcomes=(*segment.outcomes, decided))
    segments[index] = replace(segments[index], value=CODEC.encode(segment))


def event_of_a_stranger(story: Story) -> None:
    story.again(StockReceived)
    records, _ = story.find(StockReceived)
    stranger = derive_id("nobody", "command")
    records[-1] = with_header(records[-1], "command-id", stranger.encode())
    records[-1] = with_header(records[-1], "event-id", derive_id(stranger, 0).encode())


def live_row_forgotten(story: Story) -> None:
    records, place = story.find(StockState, -1)
    records[place] = replace(records[place], value=None)


def stale_row(story: Story) -> None:
    story.drop(StockState, -1)


def part_lost(story: Story) -> None:
    story.drop(Hold, -1)


def part_altered(story: Story) -> None:
    story.change(Hold, -1, quantity=7)


def parts_without_a_row(story: Story) -> None:
    story.edit(Hold, -1, lambda record: replace(record, key=b"GHOST@warehouse\0cart"))


def row_without_events(story: Story) -> None:
    story.edit(StockState, -1, lambda record: replace(record, key=b"GHOST@warehouse"))


def late_hold_replaces_a_later_one(story: Story) -> None:
    number = 0
    while not story.body(StockHeld, number).replaced_quantity:
        number += 1
    story.change(StockHeld, number, lock_version=1)


def of(kind: type, number: int = 0, **fields: object) -> Callable[[Story], None]:
    return lambda story: story.change(kind, number, **fields)


def lost(kind: type) -> Callable[[Story], None]:
    return lambda story: story.drop(kind)


def both(first: Callable[[Story], None], second: Callable[[Story], None]) -> Callable[[Story], None]:
    def plant(story: Story) -> None:
        first(story)
        second(story)

    return plant


def twice(kind: type) -> Callable[[Story], None]:
    return lambda story: story.again(kind)


def header(kind: type, name: str, value: bytes) -> Callable[[Story], None]:
    return lambda story: story.edit(kind, 0, lambda record: with_header(record, name, value))


FAULTS: list[tuple[str, str, Callable[[Story], None]]] = [
    ("more held than there is", "stock.bounds", of(StockHeld, quantity=1_000)),
    ("oversold at one offset, by its own words", "stock.bounds", of(StockHeld, held_after=1_000)),
    ("negative stock, by its own words", "stock.bounds", of(HoldCommitted, on_hand_after=-1)),
    ("a sum off by one", "stock.fold", of(StockReceived, on_hand_after=51)),
    ("a hold committed twice", "stock.holds", twice(HoldCommitted)),
    ("a hold committed after its end", "stock.holds", lambda s: s.change(HoldExpired, cart_id="somebody")),
    ("a hold ended by another checkout", "stock.holds", of(HoldExpired, answer_to="checkout/another")),
    ("a hold that replaces what was not there", "stock.holds", of(StockHeld, replaced_quantity=1)),
    ("a hold that replaces that of a later checkout", "stock.holds", late_hold_replaces_a_later_one),
    ("a second warning", "stock.low", twice(StockLow)),
    ("a warning that never came", "stock.low", lost(StockLow)),
    ("a recovery that was not told", "stock.low", lost(StockRecovered)),
    ("a recovery told twice", "stock.low", twice(StockRecovered)),
    ("a recovery short of well above", "stock.low", of(StockReceived, -1, quantity=1, on_hand_after=2)),
    ("a warning above the threshold", "stock.low", of(StockLow, available=99)),
    ("a transfer that grew on the way", "stock.transfers", of(StockTransferredIn, quantity=4)),
    ("a transfer that never arrived", "stock.transfers", lost(StockTransferredIn)),
    ("a transfer that never left", "stock.transfers", lost(StockTransferredOut)),
    ("an order of other stock", "stock.orders", of(OrderPlaced, allocations=())),
    ("a cancelled order's stock not returned", "stock.orders", lost(StockReturned)),
    ("units committed for nobody", "stock.orders", of(HoldCommitted, order_id="somebody")),
    ("an event twice", "log.once", twice(CartLineSet)),
    ("an event lost", "log.versions", lost(CheckoutLinePriced)),
    ("a version repeated", "log.versions", header(CartLineSet, "version", b"1")),
    ("an event id of its own", "log.whole", header(CartLineSet, "event-id", derive_id("x", 0).encode())),
    ("an event under another key", "log.key", lambda s: s.edit(StockReceived, 0, lambda r: replace(r, key=b"A@b"))),
    ("bytes on an event topic", "log.readable", lambda s: s.edit(CartLineSet, 0, lambda r: replace(r, value=b"?"))),
    ("an event without a header", "log.readable", header(CartLineSet, "event-id", b"")),
    ("a line that was not so before", "log.fold", of(CartLineSet, quantity_before=5)),
    ("a failure in another step", "log.fold", of(CheckoutFailed, step="locking")),
    ("a command lost", "commands.answered", outcome_lost),
    ("a command decided twice", "commands.once", outcome_twice),
    ("a command both dead and decided", "commands.once", dead_and_decided),
    ("an event of no command", "commands.known", event_of_a_stranger),
    ("a dead letter lost", "commands.answered", dead_letter_lost),
    ("a dead letter twice", "dead_letters", lambda s: dead_letters(s).append(dead_letters(s)[0])),
    ("a dead letter altered", "dead_letters", dead_letter_altered),
    ("a total off by a penny", "orders.total", of(OrderPlaced, total_minor=1)),
    ("VAT of a line off by a penny", "orders.vat", wrong_line_vat),
    ("VAT of the delivery too high", "orders.vat", wrong_delivery_vat),
    ("a discount that no promotion takes off", "orders.discounts", a_discount_of_no_promotion),
    ("a discount that is not the sum", "orders.discounts", a_discount_that_is_not_what_was_taken),
    ("more uses than may be", "promotions.limits", a_limit_below_what_is_used),
    ("a code that was never made", "promotions.limits", a_code_used_twice),
    ("uses that do not add up", "promotions.uses", of(UseReserved, after=Standing(reserved=7))),
    ("a use lost", "promotions.uses", lost(UseReserved)),
    ("a promotion that nobody redeemed", "promotions.orders", lost(UseRedeemed)),
    ("a use of an ended checkout", "uses_return", lost(UseGivenBack)),
    ("two orders of one cart", "orders.unique", one_cart_ordered_twice),
    ("another amount captured", "orders.money", of(PaymentCaptured, amount_minor=1)),
    (
        "an order that believes in other money",
        "orders.money",
        of(OrderMoneyRecorded, -1, money=OrderMoney(sequence=99, captured_minor=1)),
    ),
    ("a payment of another amount", "orders.money", of(PaymentRequested, amount_minor=1)),
    ("a cancelled order's money kept", "orders.money", both(lost(RefundSucceeded), lost(RefundSucceeded))),
    ("a cancellation lost", "orders.money", both(lost(OrderCancelled), lost(OrderCancelled))),
    ("money captured without an order", "payments.order", order_never_written),
    ("a ledger off by one", "ledger.balanced", ledger_off_by_one),
    ("a ledger that books something else", "ledger.balanced", ledger_books_something_else),
    ("sales booked as VAT, and VAT as sales", "ledger.balanced", sales_for_vat),
    ("VAT booked at another rate", "ledger.balanced", vat_of_another_rate),
    ("a penny of sales refunded as VAT", "ledger.balanced", a_penny_of_sales_refunded_as_vat),
    ("a dispute that books something else", "ledger.balanced", a_dispute_that_books_otherwise),
    ("a dispute that its order does not know", "orders.money", a_dispute_that_the_order_does_not_know),
    ("a dispute forgotten, whose money is gone", "log.versions", lost(DisputeRecorded)),
    ("an order cancelled during a dispute", "orders.held", an_order_cancelled_during_a_dispute),
    ("a balance that is not what was captured", "ledger.balance", ledger_books_something_else),
    ("a table that differs", "tables", of(StockState, -1, on_hand=7)),
    ("a part of a row that is lost", "tables", part_lost),
    ("a part of a row that differs", "tables", part_altered),
    ("parts of no row", "tables", parts_without_a_row),
    ("an order row that differs", "tables", of(OrderState, -1, money=OrderMoney(refunded_minor=7))),
    ("a row that fell behind", "tables", stale_row),
    ("a row deleted too early", "tables", live_row_forgotten),
    ("a row of no event", "tables", row_without_events),
    ("a hold of an ended checkout", "holds_return", lost(HoldExpired)),
    ("a cart kept by a checkout that failed", "incomplete.cart", lost(CartUnlocked)),
]
