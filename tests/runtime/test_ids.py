"""An id that has not the shape of one reaches no row, no event and no other room, whoever sent it."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.avro import full_name
from schemas.cart.messages import CartLine, CartLocked, CreateCart, SetCartLine
from schemas.checkout.messages import StartCheckout
from schemas.envelope import begin, derive_id
from schemas.ids import no_id
from schemas.inventory.messages import ReceiveStock, TransferStock
from schemas.orders.messages import CancelOrder
from schemas.payments.refunds import RefundPayment
from schemas.placing import partition_of
from schemas.prices.messages import Component, SetPrice
from schemas.record import Record
from schemas.rooms import ROOM_OF, ROOMS
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table
from tests.runtime.simulated import CODEC, IDENTITY, Logged

NOW = 1_790_000_000_000
NO_IDS = ("", "\0", "\0outcomes/1", "a b", "é", "\u202e", "a\n", "../x", "A@warehouse", "x" * 65, "-", "\x7f", "%00")


def started(**changed: str) -> StartCheckout:
    fields: dict[str, Any] = {
        "checkout_id": "k", "cart_id": "c", "expected_total_minor": 1, "delivery_method": "standard", "channel": "web",
        "contact": b"", "hold_seconds": 900, "postcode_area": "SW",
    }  # fmt: skip
    return StartCheckout(**fields | changed)


def priced(sku: str, part: str) -> SetPrice:
    components = (Component(sku=part, quantity=1),)
    return SetPrice(sku=sku, title="t", unit_price_minor=1, vat_basis_points=0, components=components)


def with_id(text: str) -> list[Record]:
    return [
        started(cart_id=text),
        started(checkout_id=text),
        CreateCart(cart_id=text, channel="web"),
        SetCartLine(cart_id="c", line=CartLine(sku=text, quantity=1)),
        ReceiveStock(sku=text, location="warehouse", quantity=1),
        ReceiveStock(sku="VASE", location=text, quantity=1),
        TransferStock(sku="VASE", location="warehouse", target=text, quantity=1),
        CancelOrder(order_id=text, reason="changed_mind"),
        RefundPayment(payment_id="p", refund_id=text, amount_minor=1, reason="goodwill"),
        priced("SET", text),
    ]


def decided(command: Record) -> Any:
    """What one command leads to when every partition of every room is here."""
    tables = {(name, p): Table(decider, CODEC, p) for name, decider in DECIDERS.items() for p in range(PARTITIONS)}
    room = ROOM_OF[type(command)]
    key = room.key_of(command)
    table = tables[room.name, partition_of(key, PARTITIONS)]
    envelope = begin(command_id=derive_id("test", "id"), occurred_at=NOW, actor="guest", channel="web", reply_to=0)
    deciding = Deciding(tables, CODEC, IDENTITY)
    deciding.take(table, Logged(0, NOW, key.encode(), CODEC.encode(command), envelope.headers()))
    return room, deciding.finish(NOW)


def test_a_command_with_what_is_no_id_is_set_aside_and_leads_to_nothing() -> None:
    for text in NO_IDS:
        for command in with_id(text):
            room, written = decided(command)
            [(topic, _, _, _, headers)] = written
            assert topic == room.topic("dead-letters"), command
            assert "is no id" in dict(headers)["dead-error"].decode()


def test_a_command_with_ids_is_decided() -> None:
    for text in ("c", "VASE-01", "5d1c7f0a-b0c5-5a0e-9d4b-1f3be1c0ffee", "re_3PqK", "0", "x" * 64):
        for command in with_id(text):
            room, written = decided(command)
            assert room.topic("dead-letters") not in [topic for topic, *_ in written], command


def test_every_id_that_a_command_can_hold_is_marked_as_one() -> None:
    """By its name: what is called an id, a SKU or a location is one of ours, but for what Stripe made up."""
    theirs = {"intent_id", "stripe_event_id", "stripe_refund_id"}
    empty_or_ours = {"bloomfield.payments.RecordStripeEvent.refund_id"}  # out of Stripe's metadata, and only looked up

    def unmarked(cls: type[Record]) -> set[str]:
        found = set()
        for field in msgspec.structs.fields(cls):
            marks = [each.extra or {} for each in getattr(field.type, "__metadata__", ())]
            named = field.name.endswith("_id") or field.name in ("sku", "location", "source", "target")
            if named and field.name not in theirs and not any("id" in mark for mark in marks):
                found.add(f"{full_name(cls)}.{field.name}")
        return found

    missing = set().union(*(unmarked(cls) for room in ROOMS.values() for cls in room.commands), unmarked(Component))
    assert missing == empty_or_ours


def test_an_id_within_a_list_is_found_and_named() -> None:
    def locked(*skus: str) -> CartLocked:
        lines = tuple(CartLine(sku=sku, quantity=1) for sku in skus)
        return CartLocked(cart_id="c", checkout_id="k", answer_to="checkout/k", lines=lines, version=1, touched_at=NOW)

    assert no_id(locked("VASE", "\0")) == ("lines.sku", "\0")
    assert no_id(locked("VASE", "MUG")) is None
