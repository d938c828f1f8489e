"""What whoever waits for a decision is replied, by the engine over every room."""

from __future__ import annotations

import pytest

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.checkout.messages import CheckoutState, CheckoutStep, StartCheckout
from schemas.envelope import begin, derive_id
from schemas.inventory.messages import ReceiveStock
from schemas.placing import derive_near, partition_of
from schemas.prices.messages import SetPrice
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import PARTITIONS, REPLIES
from streams.rooms import DECIDERS
from streams.runtime.decided import REMEMBERED_BYTES_MAX
from tests.audit.story import Story, a_day
from tests.runtime.simulated import CODEC

SKUS = ("VASE", "BOWL", "LAMP")
STEPS = list(CheckoutStep)


def asks(story: Story, command: Record, command_id: str) -> list[tuple[dict[str, bytes], Record | None]]:
    """Send a command whose replies somebody waits for; headers and states of the replies."""
    room = ROOM_OF[type(command)]
    key = room.key_of(command)
    at, place = story.log.now, (room.topic("commands"), partition_of(key, PARTITIONS))
    envelope = begin(command_id=command_id, occurred_at=at, actor="guest", channel="web", reply_to=3)
    story.log.append(*place, key.encode(), CODEC.encode(command), envelope.headers())
    before = len(story.log.topics.get((REPLIES.name, 3), ()))
    story.rest()
    replies = story.log.topics[REPLIES.name, 3][before:]
    return [(dict(each.headers), CODEC.decode(each.value) if each.value else None) for each in replies]


@pytest.mark.parametrize("local", [True, False])
def test_a_checkout_replies_to_its_command_and_with_the_newest_state_of_each_transaction(*, local: bool) -> None:
    story = Story(local=local)
    for sku in SKUS:
        story.tell(SetPrice(sku=sku, title=sku, unit_price_minor=2_000, vat_basis_points=2_000))
        story.tell(ReceiveStock(sku=sku, location="warehouse", quantity=5))
    story.tell(CreateCart(cart_id="c", channel="web"))
    story.tell(*(SetCartLine(cart_id="c", line=CartLine(sku=sku, quantity=1)) for sku in SKUS))
    command_id = derive_id("test", "checkout")
    checkout_id = derive_near("c", command_id, "checkout", PARTITIONS)
    start = StartCheckout(
        checkout_id=checkout_id, cart_id="c", expected_total_minor=6_000, delivery_method="collect", channel="web",
        contact=b"sealed", hold_seconds=900,
    )  # fmt: skip
    replies = asks(story, start, command_id)
    own = [headers["command-id"] == command_id.encode() for headers, _ in replies]
    assert own == [True] + [False] * (len(replies) - 1)
    states = [state for _, state in replies if isinstance(state, CheckoutState)]
    steps = [STEPS.index(state.step) for state in states]
    assert steps == sorted(steps) and states[0].step is CheckoutStep.LOCKING
    assert states[-1].step is CheckoutStep.PREPARING_PAYMENT and states[-1].total_minor == 6_000
    assert {state.contact for state in states} == {b""} and {state.checkout_id for state in states} == {checkout_id}
    if local:
        assert len(replies) == 2, "one transaction: to the command, and how far it went"


def test_a_repeated_command_is_replied_what_it_was_at_first() -> None:
    story = Story()
    receive, command_id = ReceiveStock(sku="VASE", location="warehouse", quantity=5), derive_id("test", "receipt")
    [(first, state)] = asks(story, receive, command_id)
    story.tell(ReceiveStock(sku="VASE", location="warehouse", quantity=7))
    [(again, repeated)] = asks(story, receive, command_id)
    assert (again, repeated) == ({**first, "replayed": b"1"}, state)


def test_what_is_replied_to_a_request_with_a_key_is_short_enough_to_be_remembered() -> None:
    story, sizes = a_day(), dict[str, int]()
    for room in ("orders", "payments", "inventory"):
        states = [
            CODEC.decode(each.value)
            for (topic, _), records in story.log.topics.items()
            for each in records
            if topic == f"{room}.state" and each.value and b"\0" not in (each.key or b"")
        ]
        # What is on the topic of stock is already the head that is replied.
        reply = (lambda state: state) if room == "inventory" else DECIDERS[room].reply
        sizes[room] = max(len(CODEC.encode(reply(state))) for state in states)
    assert all(0 < size <= REMEMBERED_BYTES_MAX for size in sizes.values()), sizes
