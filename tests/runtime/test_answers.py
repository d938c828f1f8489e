"""What a room decides goes back to who asked for it, and to nobody else; what nobody asked for goes nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.cart.messages import CartLine, CreateCart, LockCart, SetCartLine
from schemas.checkout.messages import CheckoutStarted, StartCheckout
from schemas.envelope import begin, derive_id
from schemas.inventory.holds import HoldStock, ReleaseHold, ReleaseReason, StockHeld
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.payments.ledger import VatShare
from schemas.payments.messages import RecordIntent, RequestPayment
from schemas.placing import partition_of
from schemas.prices.messages import QuotePrice, SetPrice
from schemas.record import Record
from schemas.rooms import ROOMS, destination
from streams.rooms import DECIDERS
from streams.runtime.deciding import Deciding
from streams.runtime.records import Output
from streams.runtime.rows import Table
from tests.runtime.simulated import CODEC, IDENTITY, Logged

NOW = 1_790_000_000_000
ASKER = "checkout/k"
STOCK = {"sku": "VASE", "location": "warehouse"}
HOLD = HoldStock(**STOCK, cart_id="c", answer_to=ASKER, quantity=2, expires_at=NOW + 1_000)
HELD = StockHeld(
    **STOCK, cart_id="c", answer_to=ASKER, quantity=2, replaced_quantity=0, expires_at=0, on_hand_after=5, held_after=2
)


class Engine:
    """Some rooms, all partitions of them, on one worker; what it has for others goes through the log."""

    def __init__(self, *rooms: str) -> None:
        places = [(name, partition) for name in rooms for partition in range(IDENTITY.partitions)]
        self.tables = {place: Table(DECIDERS[place[0]], CODEC, place[1]) for place in places}
        self.number = 0

    def decides(self, room: str, message: Record, key: str | None = None, **envelope: Any) -> list[Output]:
        """All records that a message under a key leads to, its own unless said otherwise."""
        self.number += 1
        key = ROOMS[room].key_of(message) if key is None else key
        table = self.tables[room, partition_of(key, IDENTITY.partitions)]
        said = {"command_id": derive_id("test", self.number), "actor": "guest", "channel": "web"} | envelope
        headers = begin(occurred_at=NOW, **said).headers()
        deciding = Deciding(self.tables, CODEC, IDENTITY)
        deciding.take(table, Logged(table.position, NOW, key.encode(), CODEC.encode(message), headers))
        assert not table.halted, table.halted
        return deciding.finish(NOW)

    def wakes(self, room: str, at: int) -> list[Output]:
        """All records that the timers of a room lead to."""
        deciding = Deciding(self.tables, CODEC, IDENTITY)
        for (name, _), table in self.tables.items():
            if name == room:
                deciding.fire_timers(table, at)
        return deciding.finish(at)


def on(topic: str, written: list[Output]) -> list[Output]:
    return [each for each in written if each[0] == topic]


def answers(written: list[Output]) -> list[tuple[str, str]]:
    """Key and type of what goes to checkouts."""
    return [(each[2].decode(), type(CODEC.decode(each[3])).__name__) for each in on("checkout.commands", written)]  # type: ignore[union-attr]


def stocked() -> Engine:
    engine = Engine("inventory")
    engine.decides("inventory", ReceiveStock(**STOCK, quantity=5))
    return engine


def test_an_event_goes_to_who_asked_byte_for_byte_under_an_id_of_its_own() -> None:
    written = stocked().decides("inventory", HOLD)
    [event], [answer] = on("inventory.events", written), on("checkout.commands", written)
    assert (answer[1], answer[2], answer[3]) == (partition_of("k", IDENTITY.partitions), b"k", event[3])
    asked = dict(event[4])["command-id"].decode()
    headers = dict(answer[4])
    assert headers["command-id"].decode() == derive_id(asked, "send/0")
    assert headers["causation-id"] == headers["correlation-id"] == asked.encode()


def test_what_the_asker_does_not_hear_or_nobody_asked_for_goes_nowhere() -> None:
    engine = stocked()
    assert answers(engine.decides("inventory", replace(HOLD, answer_to=""))) == []
    assert answers(engine.decides("inventory", replace(HOLD, answer_to="till/7"))) == []
    assert answers(engine.decides("inventory", replace(HOLD, answer_to="orders/o"))) == []
    assert answers(engine.decides("inventory", replace(HOLD, answer_to="checkout/a@b"))) == [], "no key of a checkout"
    engine.decides("inventory", HOLD)
    released = ReleaseHold(**STOCK, cart_id="c", answer_to=ASKER, reason=ReleaseReason.CANCELLED)
    assert answers(engine.decides("inventory", released)) == []


def test_a_question_is_answered_by_a_record_that_is_no_event() -> None:
    engine = Engine("prices")
    engine.decides("prices", SetPrice(sku="VASE", title="Vase", unit_price_minor=1, vat_basis_points=0))
    written = engine.decides("prices", QuotePrice(sku="VASE", answer_to=ASKER))
    assert on("prices.events", written) == []
    assert answers(written) == [("k", "PriceQuoted")]


def test_late_answers_go_where_the_row_says() -> None:
    engine = stocked()
    engine.decides("inventory", HOLD)
    assert answers(engine.wakes("inventory", NOW + 1_000)) == [("k", "HoldExpired")]
    engine = Engine("payments")
    share = VatShare(vat_basis_points=0, gross_minor=1, vat_minor=0)
    request = RequestPayment(payment_id="p", answer_to=ASKER, order_id="o", amount_minor=1, vat_shares=(share,))
    assert answers(engine.decides("payments", request)) == []
    intent = RecordIntent(payment_id="p", intent_id="pi", client_secret="secret")
    assert answers(engine.decides("payments", intent)) == [("k", "PaymentIntentCreated")]
    engine = Engine("cart")
    for command in (
        CreateCart(cart_id="c", channel="web"),
        SetCartLine(cart_id="c", line=CartLine(sku="VASE", quantity=1)),
    ):
        engine.decides("cart", command)
    locked = engine.decides("cart", LockCart(cart_id="c", checkout_id="k", answer_to=ASKER))
    assert answers(locked) == [("k", "CartLocked")]
    other = engine.decides("cart", LockCart(cart_id="c", checkout_id="l", answer_to="checkout/l"))
    assert answers(other) == [("k", "CartLockLost"), ("l", "CartLocked")]


def test_an_answer_is_decided_on_as_a_command_is_and_once() -> None:
    engine = Engine("checkout")
    start = StartCheckout(
        checkout_id="k", cart_id="c", expected_total_minor=1, delivery_method="collect", channel="web", contact=b"",
        hold_seconds=900,
    )  # fmt: skip
    [started] = on("checkout.events", engine.decides("checkout", start))
    assert isinstance(CODEC.decode(started[3]), CheckoutStarted)
    for once in (True, False):
        written = engine.decides("checkout", HELD, command_id=derive_id("test", "held"))
        assert on("checkout.dead-letters", written) == []
        assert bool(on("checkout.state", written)) is once, "the second time it was decided before"


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (HELD, "l"),
        (HELD, ""),
        (replace(HELD, answer_to=""), "k"),
        (replace(HELD, answer_to=""), ""),
        (replace(HELD, answer_to="orders/k"), "k"),
        (replace(HELD, answer_to="orders/k"), ""),
        (replace(HELD, answer_to="checkout/\0"), "\0"),
        (HOLD, "k"),  # a command of another room
        (ReceiveStock(**STOCK, quantity=1), stock_key("VASE", "warehouse")),
    ],
)
def test_an_answer_that_is_not_for_this_aggregate_or_not_heard_here_is_set_aside(answer: Record, key: str) -> None:
    engine = Engine("checkout")
    written = engine.decides("checkout", answer, key)
    [letter] = written
    assert letter[0] == "checkout.dead-letters"
    assert not any(table.rows for table in engine.tables.values())


def test_a_command_with_what_is_no_return_address_is_set_aside() -> None:
    for wrong in ("checkout", "checkout/", "/k", "checkout/\0outcomes/1", "Checkout/k", "checkout/k/l", "checkout/k\n"):
        [letter] = stocked().decides("inventory", replace(HOLD, answer_to=wrong))
        assert (letter[0], "answer_to" in dict(letter[4])["dead-error"].decode()) == ("inventory.dead-letters", True)


def test_every_answer_says_whose_it_is() -> None:
    for room in ROOMS.values():
        for cls in (*room.hears, *room.answers):
            assert "answer_to" in cls.__struct_fields__, cls
    assert destination(HELD) == (ROOMS["checkout"], "k")
