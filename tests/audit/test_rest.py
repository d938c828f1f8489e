"""Shops in which shoppers, cards and staff do what they like: sound at any moment, and nothing undone at rest."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.checkout.messages import CancelCheckout, StartCheckout
from schemas.envelope import derive_id
from schemas.orders.messages import CancelOrder
from schemas.placing import derive_near
from schemas.record import Record
from tests.audit.auditing import audited
from tests.audit.story import Story, goods
from tests.fake_provider import FakeProvider, Shopper

CARTS = 6


def begin(cart_id: str, checkout_id: str) -> Record:
    return StartCheckout(
        checkout_id=checkout_id,
        cart_id=cart_id,
        expected_total_minor=3 * 4_50 + 3_95,
        delivery_method="standard",
        channel="web",
        contact=b"sealed",
        hold_seconds=900,
        postcode_area="SW",
    )


def interruptions(cart_id: str, checkout_id: str) -> Iterator[Record]:
    """What may come in the way of a checkout."""
    yield CancelCheckout(checkout_id=checkout_id)
    yield CancelOrder(order_id=derive_near(checkout_id, checkout_id, "order", 1), reason="changed_mind")
    yield SetCartLine(cart_id=cart_id, line=CartLine(sku="TEA", quantity=4))
    yield begin(cart_id, derive_id(cart_id, "another checkout"))
    yield SetCartLine(cart_id=cart_id, line=CartLine(sku="TEA", quantity=3))  # as it is: in nobody's way


def go_on(story: Story, chance: Random) -> None:
    """Decide a little, and let the provider answer."""
    for _ in range(chance.randrange(30)):
        story.log.now += 10
        story.worker.decide(chance.randrange(1, 4))
        assert story.worker.commit()
        for command in story._answers():
            story.send(command)


@pytest.mark.parametrize("seed", range(12))
def test_a_shop_is_sound_at_any_moment_and_has_nothing_undone_at_rest(seed: int) -> None:
    chance, story = Random(seed), Story(local=seed % 2 == 0)
    story.provider = FakeProvider(seed, tuple(Shopper))
    story.tell(*goods())
    for number in range(CARTS):
        cart_id = f"cart-{seed}-{number}"
        checkout_id = derive_id(cart_id, "checkout")
        story.tell(
            CreateCart(cart_id=cart_id, channel="web"),
            SetCartLine(cart_id=cart_id, line=CartLine(sku="TEA", quantity=3)),
        )
        story.send(begin(cart_id, checkout_id))
        go_on(story, chance)
        story.send(chance.choice(list(interruptions(cart_id, checkout_id))))
        go_on(story, chance)
        verdict = audited(story, settled=False)
        assert verdict.ok, verdict.witnesses
        if chance.random() < 0.5:
            story.rest(later_ms=chance.choice((0, 3_600_000)))
    for later_ms in (0, 3_600_000):  # first with shoppers who may still pay, then without
        story.rest(later_ms=later_ms)
        verdict = audited(story)
        assert verdict.ok, verdict.witnesses
