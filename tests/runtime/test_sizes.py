"""No accepted request leads to a record that a broker refuses; one that comes all the same halts one partition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.checkout.requests import NewCheckout
from api.prices.requests import NewPrice
from schemas.cart.messages import CartLine, CartState, CreateCart, SetCartLine
from schemas.cart.rules import LINES_PER_CART_MAX, UNITS_PER_LINE_MAX
from schemas.checkout.messages import CheckoutFailed, CheckoutFailure, StartCheckout
from schemas.delivery import DeliveryMethod, delivery_charge_minor
from schemas.envelope import derive_id
from schemas.inventory.messages import ReceiveStock, StockReceived
from schemas.locations import LOCATIONS
from schemas.orders.messages import CancelOrder, OrderPlaced, OrderState, OrderStatus
from schemas.placing import partition_of
from schemas.prices.messages import Component, SetPrice
from schemas.prices.rules import COMPONENTS_MAX
from schemas.record import Record
from schemas.topics import DEAD_LETTER_BYTES_MAX, PARTITIONS, TOPICS
from streams.cart.room import CART
from streams.inventory.room import INVENTORY
from streams.runtime.deciding import Deciding
from streams.runtime.records import RECORD_BYTES_MAX, TooLarge
from tests.audit.story import Story
from tests.runtime.one_transaction import KEY, NOW, PLACE, RECEIVE, decide, record, table
from tests.runtime.simulated import CODEC, IDENTITY, Logged

BROKER_BYTES_MAX = 1_048_588  # message.max.bytes of a broker, as it comes: of a batch, its headers included
TITLE = "\N{SLICE OF PIZZA}" * 120
UNIT_PRICE = 10  # of a thousand lines of the most units, what a card can just be charged with
LONGEST = "x" * 64
LINE = "\N{SLICE OF PIZZA}" * 120


def sku(number: int, kind: str = "S") -> str:
    return f"{kind}{number:04d}".ljust(64, "x")


def longest_contact() -> bytes:
    """The longest that the edge takes, sealed: as many bytes, and a nonce and a tag."""
    address = {
        "name": LINE, "line1": LINE, "line2": LINE, "city": LINE, "postcode": "SW1A 1AA", "country": "GB",
    }  # fmt: skip
    body = NewCheckout.model_validate({
        "cart_id": LONGEST, "email": "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".co", "shipping_address": address,
        "billing_address": address, "delivery_method": "standard",
        "expected_total": {"amount_minor": 1, "currency": "GBP"},
    })  # fmt: skip
    return body.model_dump_json().encode() + bytes(64)


def longest_price(number: int, parts: tuple[Component, ...] = ()) -> SetPrice:
    """A price of the longest title and SKU that the edge takes, at a VAT rate of its own."""
    price = NewPrice.model_validate({
        "title": TITLE, "unit_price": {"amount_minor": 1_000, "currency": "GBP"}, "vat_basis_points": number,
        "components": [{"sku": part.sku, "quantity": part.quantity} for part in parts],
    })  # fmt: skip
    return SetPrice(
        sku=sku(number), title=price.title, unit_price_minor=UNIT_PRICE, vat_basis_points=number, components=parts
    )


def ordered(lines: int, bundles: int, parts: int) -> Story:
    """An order of so many lines, of which some are bundles of that many parts; bought at the location with the longest
    name, cancelled and paid back."""
    story, location = Story(), max(LOCATIONS, key=len)
    components = {
        number: tuple(Component(sku=sku(number * parts + part, "P"), quantity=1_000) for part in range(parts))
        for number in range(bundles)
    }
    story.tell(*(longest_price(number, components.get(number, ())) for number in range(lines)))
    stocked = [part.sku for each in components.values() for part in each] + [sku(n) for n in range(bundles, lines)]
    story.tell(*(ReceiveStock(sku=each, location=location, quantity=10**8) for each in stocked))
    story.tell(CreateCart(cart_id=LONGEST, channel="web"))
    story.tell(
        *(SetCartLine(cart_id=LONGEST, line=CartLine(sku=sku(n), quantity=UNITS_PER_LINE_MAX)) for n in range(lines))
    )
    goods = lines * UNITS_PER_LINE_MAX * UNIT_PRICE
    checkout_id = derive_id("longest", "checkout")
    story.tell(
        StartCheckout(
            checkout_id=checkout_id,
            cart_id=LONGEST,
            expected_total_minor=goods + delivery_charge_minor(DeliveryMethod.STANDARD, goods),
            delivery_method="standard",
            channel="android",
            contact=longest_contact(),
            hold_seconds=900,
            postcode_area="SW",
        )
    )
    return story


def largest(story: Story) -> int:
    """Of all records, with keys and headers."""
    return max(
        len(each.key or b"") + len(each.value or b"") + sum(len(name) + len(value) for name, value in each.headers)
        for records in story.log.topics.values()
        for each in records
    )


def test_the_largest_order_of_all_fits_and_is_paid_cancelled_and_paid_back() -> None:
    story = ordered(LINES_PER_CART_MAX, bundles=50, parts=COMPONENTS_MAX)
    placed = story.body(OrderPlaced)
    assert len(placed.lines) == LINES_PER_CART_MAX and len(placed.allocations) == 950 + 50 * COMPONENTS_MAX
    assert story.body(OrderState, -1).status is OrderStatus.CONFIRMED
    story.tell(CancelOrder(order_id=placed.order_id, reason="r" * 120))
    assert story.body(OrderState, -1).status is OrderStatus.CANCELLED
    assert 800_000 < largest(story) < RECORD_BYTES_MAX < BROKER_BYTES_MAX
    assert not [topic for topic, _ in story.log.topics if topic.endswith("dead-letters")]


def test_bundles_of_more_parts_than_an_order_can_have_are_refused() -> None:
    story = ordered(51, bundles=51, parts=COMPONENTS_MAX)
    assert story.body(CheckoutFailed).failure is CheckoutFailure.TOO_MANY_PARTS
    assert story.body(CartState, -1).lines.keys() == {sku(number) for number in range(51)}


def test_a_cart_that_is_filled_line_by_line_is_not_remembered_a_thousand_times() -> None:
    cart = table(CART, partition_of(LONGEST, PARTITIONS))
    decide(cart, of_cart(CreateCart(cart_id=LONGEST, channel="web"), 0))
    for number in range(LINES_PER_CART_MAX):
        out, _ = decide(
            cart, of_cart(SetCartLine(cart_id=LONGEST, line=CartLine(sku=sku(number), quantity=1)), number + 1)
        )
        segment = next(value for _, _, key, value, _ in out["cart.state"] if (key or b"").startswith(b"\0"))
        assert len(segment or b"") < 400
    [(_, _, _, reply, _)] = out["edge.replies"]
    assert len(CODEC.decode(reply).lines) == LINES_PER_CART_MAX  # type: ignore[attr-defined]


def of_cart(command: Record, offset: int) -> Logged:
    return record(command, key=LONGEST, offset=offset, name=f"cart/{offset}", reply_to=1)


# --- and if one comes all the same ---


def long_event(_command: Any, _stock: Any, _at: int) -> tuple[Record, ...]:
    return (
        StockReceived(
            sku="VASE",
            location="warehouse",
            quantity=1,
            reference="x" * RECORD_BYTES_MAX,
            on_hand_after=1,
            held_after=0,
        ),
    )


def long_send(_command: Any, _state: Any, _events: Any) -> tuple[Record, ...]:
    return (ReceiveStock(sku="b", location="c", quantity=1, reference="x" * 10**6),)


@pytest.mark.parametrize("what", ["event", "reply", "send"])
def test_a_command_that_makes_too_large_a_record_halts_its_partition(what: str) -> None:
    if what == "event":
        decider = replace(INVENTORY, decide=long_event)
    elif what == "send":
        decider = replace(INVENTORY, react=long_send)
    else:
        decider = replace(INVENTORY, reply=lambda *_: long_event(None, None, 0)[0])
    stock = table(decider)
    stock.caught_up_at = 1  # it waits since the start, so whatever it makes is measured
    out, _ = decide(stock, record(reply_to=1), record(offset=1, name="two"))
    assert stock.halted and "a record may have" in stock.halted and stock.halted_at == 0
    assert stock.position == 0 and stock.row(KEY).version == 0
    assert set(out) <= {"inventory.state"} and not stock.rows


def swollen() -> Any:
    """An inventory whose row grows to a megabyte at a receipt of 7 units."""

    def head(stock: Any) -> Record:
        reference = "x" * RECORD_BYTES_MAX if stock.on_hand == 7 else ""
        return ReceiveStock(sku="", location="", quantity=stock.on_hand, reference=reference)

    assert INVENTORY.parts is not None
    return replace(INVENTORY, parts=replace(INVENTORY.parts, head=head))


def test_a_row_that_outgrows_its_record_unforeseen_ends_the_worker_and_the_next_one_halts_the_partition() -> None:
    seven = ReceiveStock(sku="VASE", location="warehouse", quantity=7)
    stock = table(swollen())
    deciding = Deciding({("inventory", PLACE): stock}, CODEC, IDENTITY)
    deciding.take(stock, record(seven))
    with pytest.raises(TooLarge, match="a row would have"):
        deciding.finish(NOW)
    restarted = table(swollen())
    restarted.caught_up_at = 1
    out, _ = decide(restarted, record(seven))
    assert restarted.halted and "the row would have" in restarted.halted and restarted.halted_at == 0
    assert set(out) <= {"inventory.state"} and not restarted.rows


def test_a_row_that_is_large_already_is_measured_with_each_command() -> None:
    stock = table(swollen())
    decide(stock, record())
    stock.rows[KEY].size = RECORD_BYTES_MAX - 100
    decide(stock, record(ReceiveStock(sku="VASE", location="warehouse", quantity=2), offset=1, name="two"))
    assert stock.halted and "the row would have" in stock.halted and stock.halted_at == 1
    assert stock.row(KEY).state.on_hand == 5


def test_garbage_of_a_megabyte_is_set_aside_whatever_it_quotes() -> None:
    large = b"x" * (BROKER_BYTES_MAX - 200)
    keyed = b"k" * 600_000
    for garbage in (
        Logged(0, NOW, KEY.encode(), large, []),
        Logged(0, NOW, keyed, CODEC.encode(RECEIVE), record().headers),
        Logged(0, NOW, keyed, large[:400_000], []),
    ):
        out, deciding = decide(table(), garbage)
        assert deciding.counts["dead"] == 1
        [(topic, _, key, value, headers)] = out["inventory.dead-letters"]
        assert (key, value) == (garbage.key, garbage.value)
        size = len(key or b"") + len(value or b"") + sum(len(name) + len(said) for name, said in headers)
        assert size < DEAD_LETTER_BYTES_MAX
        assert TOPICS[topic].config["max.message.bytes"] == str(DEAD_LETTER_BYTES_MAX)
