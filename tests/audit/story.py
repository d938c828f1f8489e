"""A day in the shop, decided by the real engine onto a log in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from msgspec.structs import replace as with_fields

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.checkout.messages import CheckoutStarted, StartCheckout
from schemas.checkout.uses import Proposal, ProposedUse
from schemas.envelope import begin, derive_id
from schemas.inventory.holds import HoldStock
from schemas.inventory.messages import ReceiveStock, SetReorderThreshold, TransferStock
from schemas.orders.messages import CancelOrder
from schemas.payments.disputes import DisputeStatus
from schemas.payments.refunds import RefundPayment
from schemas.placing import partition_of
from schemas.prices.messages import Component, SetPrice
from schemas.promotions.messages import AddCodes, SetPromotion, StopPromotion
from schemas.promotions.terms import CodeKind, Limits, Rule, RuleKind, Target, TargetKind, Terms
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from tests.fake_provider import FakeProvider, Shopper
from tests.runtime.simulated import CODEC, Log, Logged, Worker

D = DisputeStatus
START = 1_800_000_000_000


class Story:
    """Commands in, a log out. `local=False` sends every onward command through the log."""

    def __init__(self, *, local: bool = True) -> None:
        self.log = Log(now=START)
        self.worker = Worker(self.log, DECIDERS, local=local)
        self.provider = FakeProvider()
        self._sent = 0
        self._heard = [0] * PARTITIONS

    def send(self, command: Record, command_id: str = "") -> str:
        """Somebody outside requests something; returns the command's id."""
        self._sent += 1
        command_id = command_id or derive_id("story", self._sent)
        room = ROOM_OF[type(command)]
        key = room.key_of(command)
        envelope = begin(command_id=command_id, occurred_at=self.log.now, actor="guest", channel="web")
        place = room.topic("commands"), partition_of(key, PARTITIONS)
        self.log.append(*place, key.encode(), CODEC.encode(command), envelope.headers())
        return command_id

    def tell(self, *commands: Record) -> None:
        """Send commands and let everything come to rest."""
        for command in commands:
            self.send(command)
        self.rest()

    def rest(self, *, later_ms: int = 0) -> None:
        """Decide, commit and let the provider act until nothing moves."""
        self.log.now += later_ms
        moved = True
        while moved:
            self.log.now += 10
            self.worker.decide(1_000)
            moved = self.worker.open is not None
            assert self.worker.commit()
            for command in self._answers():
                self.send(command)
                moved = True

    def _answers(self) -> Iterator[Record]:
        for partition in range(PARTITIONS):
            events = self.log.topics.get(("payments.events", partition), [])
            news, self._heard[partition] = events[self._heard[partition] :], len(events)
            for record in news:
                for deed in self.provider.hear(CODEC.decode(record.value)):
                    yield from deed()

    def buy(
        self,
        name: str,
        lines: dict[str, int],
        total: int,
        shopper: Shopper = Shopper.PAYS,
        *,
        promotions: tuple[ProposedUse, ...] = (),
    ) -> str:
        """A checkout from the first line to the last cent; returns its id."""
        self.provider._shoppers = (shopper,)
        self.tell(CreateCart(cart_id=name, channel="web"))
        self.tell(*(SetCartLine(cart_id=name, line=CartLine(sku=sku, quantity=units)) for sku, units in lines.items()))
        checkout_id = derive_id(name, "checkout")
        self.tell(
            StartCheckout(
                checkout_id=checkout_id,
                cart_id=name,
                expected_total_minor=total,
                delivery_method="standard",
                channel="web",
                contact=b"sealed",
                hold_seconds=900,
                postcode_area="SW",
                proposal=Proposal(promotions=promotions),
            )
        )
        return checkout_id

    def paid(self, name: str) -> CheckoutStarted:
        """Somebody who buys a packet of tea."""
        self.buy(name, {"TEA": 1}, 4_50 + 3_95)
        return self.started(name)

    def started(self, cart_id: str) -> CheckoutStarted:
        """The checkout of a cart, as it began."""
        checkout_id = derive_id(cart_id, "checkout")
        lists = (self.log.topics.get(("checkout.events", number), []) for number in range(PARTITIONS))
        bodies = (_decoded(record) for records in lists for record in records)
        return next(each for each in bodies if isinstance(each, CheckoutStarted) and each.checkout_id == checkout_id)

    def copy(self) -> Story:
        """The same log, to be broken; nothing more can be decided on it."""
        story = Story()
        topics = {place: list(records) for place, records in self.log.topics.items()}
        story.log = Log(topics=topics, positions=dict(self.log.positions), now=self.log.now)
        return story

    # --- reading and breaking the log ---

    def find(self, kind: type[Record], number: int = 0) -> tuple[list[Logged], int]:
        """The list a message of a kind lies in, and its place there; a number below zero counts from the end."""
        found = [
            (records, index)
            for (topic, _), records in sorted(self.log.topics.items())
            if not topic.startswith("edge.")
            for index, record in enumerate(records)
            if record.value and type(_decoded(record)) is kind
        ]
        return found[number]

    def body(self, kind: type[Record], number: int = 0) -> Any:
        """A message of a kind."""
        records, index = self.find(kind, number)
        return _decoded(records[index])

    def change(self, kind: type[Record], number: int = 0, **fields: Any) -> None:
        """Alter a message where it lies."""
        self.edit(kind, number, lambda record: _with_fields(record, fields))

    def edit(self, kind: type[Record], number: int, change: Callable[[Logged], Logged]) -> None:
        """Alter a record where it lies."""
        records, index = self.find(kind, number)
        records[index] = change(records[index])

    def drop(self, kind: type[Record], number: int = 0) -> None:
        """Lose a record."""
        records, index = self.find(kind, number)
        del records[index]

    def again(self, kind: type[Record], number: int = 0) -> None:
        """Write a record once more, at the end of its partition."""
        records, index = self.find(kind, number)
        records.append(replace(records[index], offset=records[-1].offset + 1))


def _decoded(record: Logged) -> Record | None:
    try:
        return CODEC.decode(record.value)
    except ValueError:
        return None


def _with_fields(record: Logged, fields: dict[str, Any]) -> Logged:
    return replace(record, value=CODEC.encode(with_fields(CODEC.decode(record.value), **fields)))


def with_header(record: Logged, name: str, value: bytes) -> Logged:
    """The record with another value of one header."""
    return replace(record, headers=[(each, value if each == name else old) for each, old in record.headers])


def goods() -> Iterable[Record]:
    """What the shop sells and has."""
    yield SetPrice(sku="VASE", title="Vase", unit_price_minor=19_99, vat_basis_points=2000)
    yield SetPrice(sku="TEA", title="Tea", unit_price_minor=4_50, vat_basis_points=0)
    parts = (Component(sku="VASE", quantity=1), Component(sku="TEA", quantity=2))
    yield SetPrice(sku="GIFT", title="Gift", unit_price_minor=60_00, vat_basis_points=2000, components=parts)
    for sku, units in {"VASE": 20, "TEA": 50}.items():
        yield ReceiveStock(sku=sku, location="warehouse", quantity=units, reference="delivery 1")
    yield SetReorderThreshold(sku="VASE", location="warehouse", threshold=16)


def a_day(*, local: bool = True) -> Story:
    """Sales, a declined card, a walk-away, a failed capture, cancels, refunds, disputes, a transfer, a dead letter."""
    story = Story(local=local)
    story.tell(*goods())
    story.tell(TransferStock(sku="VASE", location="warehouse", target="popup-soho", quantity=3))
    story.tell(SetReorderThreshold(sku="CUP", location="popup-soho", threshold=2))
    story.tell(ReceiveStock(sku="CUP", location="popup-soho", quantity=1, reference="delivery 2"))
    story.tell(ReceiveStock(sku="CUP", location="popup-soho", quantity=2, reference="delivery 3"))
    story.buy("anna", {"VASE": 1, "TEA": 3}, 19_99 + 3 * 4_50 + 3_95)
    story.buy("ben", {"GIFT": 1}, 60_00, Shopper.DECLINED_THEN_PAYS)
    story.buy("carl", {"VASE": 1}, 19_99 + 3_95, Shopper.WALKS_AWAY)
    story.buy("dora", {"TEA": 1}, 4_50 + 3_95, Shopper.CANNOT_BE_CAPTURED)
    story.buy("emil", {"VASE": 2}, 39_98 + 3_95)
    anna, emil = (story.started(name) for name in ("anna", "emil"))
    story.tell(CancelOrder(order_id=emil.order_id, reason="changed_mind"))
    fay, gus = story.paid("fay"), story.paid("gus")
    story.tell(*story.provider.dispute(fay.payment_id, D.NEEDS_RESPONSE, D.LOST))
    story.tell(*story.provider.dispute(gus.payment_id, D.NEEDS_RESPONSE))
    story.tell(CancelOrder(order_id=gus.order_id, reason="changed_mind"))
    story.tell(*story.provider.dispute(gus.payment_id, D.WON))
    story.provider.refund_by_hand(gus.payment_id, 1_00)  # its webhook never comes
    story.tell(CancelOrder(order_id=gus.order_id, reason="changed_mind"))
    story.tell(RefundPayment(payment_id=anna.payment_id, refund_id="goodwill", amount_minor=5_00, reason="late"))
    _promoted(story)
    for_years = START + 10**12  # a real broker's clock must not overtake it
    held = {
        "sku": "TEA",
        "location": "warehouse",
        "cart_id": "frida",
        "answer_to": "checkout/of-no-saga",
        "lock_version": 4,
    }
    story.send(HoldStock(**held, quantity=2, expires_at=for_years), derive_id("frida", "hold"))
    story.send(HoldStock(**held, quantity=2, expires_at=for_years), derive_id("frida", "hold"))
    later = held | {"answer_to": "checkout/of-no-saga-either", "lock_version": 7}
    story.send(HoldStock(**later, quantity=2, expires_at=for_years))
    story.send(HoldStock(**held | {"sku": "NONE"}, quantity=1, expires_at=for_years))
    _poison(story)
    story.rest()
    story.rest(later_ms=3_600_000)
    return story


def _promoted(story: Story) -> None:
    """A code that two of three get, one who walks away, a code for one order, and an order of nothing."""
    tenth = Terms(
        title="A tenth off",
        rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=1_000),
        target=Target(kind=TargetKind.BASKET),
        codes=CodeKind.SHARED,
        code="SPRING",
        limits=Limits(uses=2, uses_per_customer=1, units=9),
    )
    every_penny = with_fields(tenth, rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=10_000), limits=Limits())
    story.tell(
        SetPromotion(promotion_id="spring", terms=tenth),
        SetPromotion(promotion_id="gift", terms=with_fields(every_penny, codes=CodeKind.SINGLE_USE, code="")),
        AddCodes(promotion_id="gift", codes=("AAAA", "BBBB")),
    )
    teas = 2 * 4_50 - 90 + 3_95
    for name, shopper in (("hana", Shopper.PAYS), ("ivan", Shopper.WALKS_AWAY), ("jane", Shopper.PAYS)):
        if name == "jane":
            story.rest(later_ms=3_600_000)
        spring = ProposedUse(promotion_id="spring", code="SPRING", customer=name, units=2)
        story.buy(name, {"TEA": 2}, teas, shopper, promotions=(spring,))
    story.buy(
        "karl", {"TEA": 2}, teas, promotions=(ProposedUse(promotion_id="spring", code="SPRING", customer="karl"),)
    )
    story.tell(SetPrice(sku="CUP", title="Cup", unit_price_minor=60_00, vat_basis_points=2000))
    story.buy("lena", {"CUP": 1}, 0, promotions=(ProposedUse(promotion_id="gift", code="AAAA", units=1),))
    story.tell(StopPromotion(promotion_id="spring"))


def _poison(story: Story) -> None:
    place = "inventory.commands", partition_of("VASE@warehouse", PARTITIONS)
    envelope = begin(command_id=derive_id("story", "poison"), occurred_at=START, actor="guest", channel="web")
    story.log.append(*place, b"VASE@warehouse", b"\x00\xff?", envelope.headers())
